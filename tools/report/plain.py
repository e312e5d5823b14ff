"""The summary without technical terms."""

from __future__ import annotations

from synthcraft.tools.report.results import CandidateDecision, Results

MEANING = {
    "BLOCKED": "must not be passed on as it is: a check that may not fail has failed",
    "REFER": "needs a person's judgement, because not everything was met or could be tested",
    "CRITERIA MET": "met what was agreed beforehand; somebody still has to decide",
}


def plain_summary(results: Results) -> tuple[str, ...]:
    """A few sentences that a reader without statistics understands."""
    data = results.data
    lines = [
        f"From a table about {data.rows:,} people or records, "
        f"{data.train:,} rows were used to learn what the data look like.",
        f"{data.holdout:,} other rows were kept away from that, to test against.",
    ]
    failed = [c.id for c in results.candidates if c.status != "ok"]
    if failed:
        lines.append(f"These attempts gave no data: {', '.join(failed)}.")
    lines += [_said(decision) for decision in results.decision.candidates]
    lines.append("The made-up rows describe nobody, but they were learnt from real people.")
    lines.append("Whatever is found in them has to be checked on the real data.")
    return tuple(lines)


def _said(decision: CandidateDecision) -> str:
    open_items = len(decision.not_assessed)
    things = "1 thing was" if open_items == 1 else f"{open_items} things were"
    more = f" {things} not tested." if open_items else ""
    return f"The file {decision.candidate} {MEANING[decision.state]}.{more}"
