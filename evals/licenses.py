"""Which licence every installed package is under, by its own metadata: `make licenses`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from synthcraft.tools.artifacts import publish

UNKNOWN = "not said"
_LONGEST = 60
_CONDITIONS = re.compile(
    r"\b(A?GPL|LGPL|MPL|EPL|EUPL|CC-BY-SA)|General Public|Mozilla|Proprietary", re.IGNORECASE
)


class Licence(NamedTuple):
    """One package."""

    name: str
    version: str
    licence: str

    @property
    def conditions(self) -> bool:
        """Whether passing the package on, changed or built in, has conditions."""
        return bool(_CONDITIONS.search(self.licence))


def licence_of(about: metadata.PackageMetadata) -> str:
    """What a package says of its licence: the expression, the classifiers, or a line of words."""
    if expression := _said(about, "License-Expression"):
        return expression
    classified = [c for c in about.get_all("Classifier") or () if c.startswith("License ::")]
    named = [c.rpartition(" :: ")[2] for c in classified if not c.endswith("OSI Approved")]
    if named:
        return "; ".join(dict.fromkeys(named))
    words = _said(about, "License")
    first = words.splitlines()[0].strip() if words else ""
    return first if 0 < len(first) <= _LONGEST else UNKNOWN


def _said(about: metadata.PackageMetadata, field: str) -> str:
    return " ".join(about.get_all(field) or ()).strip()


def installed(pinned: Iterable[str]) -> Iterator[Licence]:
    """The pinned packages that are installed here, by name."""
    for name in sorted({line.partition("==")[0] for line in pinned if "==" in line}):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        yield Licence(name, str(about["Version"]), licence_of(about))


def page(packages: Iterable[Licence]) -> str:
    """The list as Markdown, with what has conditions first."""
    every = list(packages)
    kinds = Counter(one.licence for one in every)
    most = ", ".join(f"{kind} ({number})" for kind, number in kinds.most_common(6))
    lines = [
        "# Licences of what is installed",
        "",
        "Written by `make licenses` from the metadata of the packages in `constraints.txt` that "
        "are installed with all extras for tests. SynthCraft itself is Apache-2.0 and contains "
        "none of them; whoever passes an installation on has to keep to each.",
        "",
        f"{len(every)} packages; most often {most}.",
        "",
    ]
    for title, chosen in (
        (
            "With conditions for passing on (copyleft, proprietary)",
            [p for p in every if p.conditions],
        ),
        ("Not said in the metadata", [p for p in every if p.licence == UNKNOWN]),
        ("All", every),
    ):
        rows = [f"| {p.name} | {p.version} | {p.licence.replace('|', '/')} |" for p in chosen]
        table = ["| package | version | licence |", "| --- | --- | --- |", *rows]
        lines += [f"## {title}", "", *(table if rows else ["None."]), ""]
    return "\n".join(lines).rstrip() + "\n"


def main(constraints: str, out: str) -> None:
    """Write the page."""
    publish(Path(out), page(installed(Path(constraints).read_text("utf-8").splitlines())).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
