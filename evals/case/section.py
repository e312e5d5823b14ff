"""A case study on the page of results: a section that is made from the JSON."""

from __future__ import annotations

from pathlib import Path

from synthcraft.evals import page
from synthcraft.evals.case.protocol import MODES
from synthcraft.evals.case.records import CaseResults, Verdicts
from synthcraft.tools.report.words import duration, sentence

_NAMES = {"paper": "ours, the paper's way", "rigorous": "ours, rigorous"}

_PREDICTED = (
    "Predicted on a quiet core, for every pass: an engine that stops when it gains no more takes "
    "less. An augmentation takes more where a group is rare, since rows are drawn until enough of "
    "them belong to it."
)


def keep(results: CaseResults, folder: Path) -> None:
    """Keep the numbers, and replace the section of the page."""
    page.write(results, results.name, section, folder)


def section(results: CaseResults) -> str:
    """The whole section as Markdown."""
    head = ("the paper says", "printed", *(_NAMES[mode] for mode in MODES))
    counted = "; ".join(f"{_NAMES[mode]}: {results.counted(mode)}" for mode in MODES)
    parts = [
        f"## Case study: {results.title}, preset {results.preset}",
        f"Written from `{results.name}.json` by `{results.command}` on {results.at}; do not "
        f"edit. {results.machine.sentence()}.",
        f"{results.data['rows']:,} real rows. {sentence(counted)}. "
        "A figure agrees when the 95 % intervals overlap, which wide ones do "
        "easily; “less” and “larger” need an interval beyond the other's estimate, “like” an "
        "estimate in the interval of the real rows.",
        page.table(head, [_row(line) for line in results.compared]),
        _why(results),
        _took(results),
        _missing(results),
    ]
    return "\n\n".join(part for part in parts if part)


def _row(line: Verdicts) -> tuple[str, ...]:
    ours = (f"{line.ours[mode]}: **{line.verdict[mode]}**" for mode in MODES)
    return (f"{line.says} ({line.place})", line.printed, *ours)


def _why(results: CaseResults) -> str:
    lines = [f"- {note}" for note in results.notes]
    lines += [f"- {line.says}: {line.why}" for line in results.compared if line.why]
    return "Why ours may differ:\n\n" + "\n".join(lines)


def _took(results: CaseResults) -> str:
    """What each engine took, all its steps together."""
    rows = []
    for name in results.engines:
        done = [s for s in results.steps if s.about == name and s.status == "ok"]
        took, predicted = sum(s.seconds for s in done), sum(s.predicted for s in done)
        times = (duration(round(took)), duration(round(predicted)))
        fits = str(results.fits[name] or "–")
        rows.append((name, results.claims[name], fits, str(len(done)), *times))
    head = ("engine", "claim level", "rigorous fits", "steps done", "took", "predicted")
    return f"{page.table(head, rows)}\n\n{_PREDICTED}"


def _missing(results: CaseResults) -> str:
    lines = [
        f"- {step.name}: {step.status}, would take {duration(round(step.predicted))} on a quiet "
        f"core ({step.message})"
        for step in results.missing
    ]
    return "Without a result:\n\n" + "\n".join(lines) if lines else ""
