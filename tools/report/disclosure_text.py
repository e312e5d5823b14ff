"""What authors say in a paper about synthetic data; what the tool cannot know is theirs to fill."""

from __future__ import annotations

from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import CandidatePart


def paper_texts(record: ReportRecord) -> dict[str, str]:
    """Candidate -> its sentences. Source: evaluation 5.3."""
    made = [c for c in record.results.candidates if c.status == "ok" and c.sha256]
    return {c.id: _text(c, record) for c in made}


def _text(candidate: CandidatePart, record: ReportRecord) -> str:
    source = f"the file {record.source.name}" if record.source else "[the real data set]"
    fits = 1 + sum(fit.status == "ok" for fit in candidate.replicates)
    return (
        f"The data are synthetic. They were generated with {candidate.generator} "
        f"({record.software}, report of {record.created[:10] or '[date]'}) from {source}; "
        f"m = {fits} synthetic {'tables' if fits > 1 else 'table'} of {candidate.rows:,} rows, "
        f"SHA-256 beginning with {candidate.sha256[:16]}. They are not observations of people. "
        "Results were run again on the real data: [yes or no]. Report of the evaluation: "
        "[DOI or address]."
    )
