"""Why the numbers may mislead: threats to validity that the records show (evaluation 5.1: 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synthcraft.tools.report.record import ReportRecord

_FEW_HELD = 500
_MUCH_MISSING = 0.2


def threats(record: ReportRecord) -> tuple[str, ...]:
    """One sentence a threat; what cannot be known from the records is left to the author."""
    return tuple(text for find in _KINDS for text in find(record))


def _nobody(record: ReportRecord) -> Iterator[str]:
    auto = len(record.automatic)
    if auto:
        yield (
            f"{auto} of {len(record.approvals)} decisions were automatic: roles, limits and "
            "parameters may be wrong in ways that only a person would notice."
        )


def _quick(record: ReportRecord) -> Iterator[str]:
    if record.plan and record.plan.tier == "quick":
        yield "The quick tier measures a part of what the plan names and is a first look only."


def _one_fit(record: ReportRecord) -> Iterator[str]:
    made = [c for c in record.results.candidates if c.status == "ok"]
    single = [c.id for c in made if not any(f.status == "ok" for f in c.replicates)]
    if single:
        yield (
            f"One fit and one split stand behind {', '.join(single)}: intervals do not hold what "
            "another fit or another split would have given."
        )


def _few(record: ReportRecord) -> Iterator[str]:
    if 0 < record.results.data.holdout < _FEW_HELD:
        yield (
            "The holdout is small, so that attacks and differences between models could be seen "
            "only if they were large: read the smallest detectable effects."
        )


def _post_hoc(record: ReportRecord) -> Iterator[str]:
    entry = record.results.evaluation_plan
    if entry and entry.amendments:
        yield f"{len(entry.amendments)} amendments of the plan were made in knowledge of results."
    if entry and not entry.agreed:
        yield "Nobody had agreed to the evaluation plan when this report was made."


def _tried(record: ReportRecord) -> Iterator[str]:
    if record.reverted_branches:
        yield (
            "Other branches were tried and left: results that are chosen among several look "
            "better than they are."
        )
    if len(record.results.candidates) > 1:
        yield (
            f"{len(record.results.candidates)} candidates were made: the best of them on these "
            "rows is flattered by the choice."
        )


def _missing(record: ReportRecord) -> Iterator[str]:
    columns = ((record.profile or {}).get("schema_section") or {}).get("columns") or ()
    many = [str(c["name"]) for c in columns if float(c.get("missing") or 0) > _MUCH_MISSING]
    if many:
        yield (
            f"Over a fifth of the values is missing in {', '.join(many[:8])}; why they are missing "
            "is not known here, and the synthetic rows repeat the pattern."
        )


def _survey(record: ReportRecord) -> Iterator[str]:
    entry = record.results.evaluation_plan
    if entry and not (entry.plan.get("survey") or {}).get("weights"):
        yield (
            "Rows count alike: if the data come from a survey, numbers speak of the sample and "
            "not of the population."
        )


def _elsewhere(record: ReportRecord) -> Iterator[str]:
    if record.results.candidates:
        yield (
            "All real rows come from one source: how models or findings carry over to other "
            "places or times was not tested."
        )


_KINDS: tuple[Callable[[ReportRecord], Iterator[str]], ...] = (
    _nobody, _quick, _one_fit, _few, _post_hoc, _tried, _missing, _survey, _elsewhere,
)  # fmt: skip
