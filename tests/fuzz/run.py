"""Coverage-guided fuzzing of one target: `python -m tests.fuzz.run TARGET SECONDS | FILE`.

Stops at the first crash, hang or flood of memory and keeps the input under `out/fuzz/TARGET`;
with such a file in the place of SECONDS it does that one again.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

OUT = Path("out/fuzz")
LONGEST_S, MOST_MB, MOST_BYTES = 60, 3000, 20_000
"""What one input may take, and how long it may be."""


def main(name: str, what: str) -> None:
    """Fuzz, or repeat."""
    # Modules are instrumented while they are imported.
    with atheris.instrument_imports(include=["synthcraft", "openpyxl", "yaml"]):
        import openpyxl.reader.excel  # noqa: F401

        from tests.fuzz.seeds import write_seeds
        from tests.fuzz.targets import TARGETS
    warnings.simplefilter("ignore")
    options = [f"-timeout={LONGEST_S}", f"-rss_limit_mb={MOST_MB}"]
    if what.isdecimal():
        out = OUT / name
        corpus = write_seeds(name, out / "corpus")
        options += [f"-max_total_time={what}", f"-max_len={MOST_BYTES}", "-len_control=0"]
        options += [f"-artifact_prefix={out}/", "-print_final_stats=1", str(corpus)]
    else:
        options.append(what)
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
