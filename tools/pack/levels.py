"""What each level of a pack may say: seeds stay with the steward, real numbers are controlled."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Literal

from synthcraft.graph.contracts import Approval, Changes
from synthcraft.graph.records import Plan, Source, Verdict
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.release.governance import for_everybody
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.reproduce import reproduce_script
from synthcraft.tools.report.results import (
    WITHHELD,
    CandidatePart,
    DataPart,
    PlanEntry,
    Result,
    Results,
)
from synthcraft.tools.report.words import is_auto
from synthcraft.tools.signing import Keys

Level = Literal["steward", "research", "public"]
DIGITS = 3
"""Significant digits of a number in a public pack, so that no count can be read off a share."""
LEFT_OUT = (
    "Results of single columns and of groups of people are left out of this public report: where "
    "it says that nothing was measured by group, the steward's may hold more."
)
_NUMBERS = (
    "value", "ci_low", "ci_high", "normalised", "mde", "noise", "p_value", "p_adjusted",
)  # fmt: skip

_SIZES = ("rows", "columns", "train", "validation", "holdout", "rounded_to")

_PURPOSE = "fingerprint of real data"
"""What the key of public fingerprints is derived for."""
Fingerprint = Callable[[str], str]
"""SHA-256 of real data -> what stands for it where everybody may read it."""


def keyed(keys: Keys) -> Fingerprint:
    """An HMAC by a workspace: the plain hash of a table that can be guessed confirms the guess."""
    secret = keys.secret(_PURPOSE)
    return lambda sha256: "hmac:" + hmac.digest(secret, sha256.encode(), "sha256").hex()


def at_level(
    released: Released[ReportRecord], level: Level, fingerprint: Fingerprint
) -> ReportRecord:
    """The record as this level may show it: no level holds what output control keeps back."""
    record = released.value
    if level == "steward":
        return record
    bare = _public(record, fingerprint) if level == "public" else record
    made = bare.model_copy(
        update={
            "results": _without_seeds(bare.results),
            "plan": _plan(bare.plan) if bare.plan else None,
        }
    )
    script = reproduce_script(made) if record.code_log else ""
    return made.model_copy(update={"code_log": script})


def withheld(value: Any) -> Any:
    """A JSON value in which every seed, and every planted value, gives way to a word."""
    if isinstance(value, Mapping):
        return {k: _cover(v) if _secret(k) else withheld(v) for k, v in value.items()}
    return [withheld(each) for each in value] if isinstance(value, list) else value


def _secret(name: str) -> bool:
    return name in ("seed", "seeds", "canaries", "seed_path") or name.endswith("_seed")


def _cover(value: Any) -> Any:
    """A word for one seed; no entries where there were several."""
    if isinstance(value, Mapping | list | tuple):
        return type(value)()
    return WITHHELD


def _without_seeds(results: Results) -> Results:
    candidates = [c.model_copy(update={"seed": WITHHELD}) for c in results.candidates]
    entry = results.evaluation_plan
    if entry is not None:
        entry = entry.model_copy(update={"plan": _dropped(entry.plan)})
    made = {"seed": WITHHELD, "candidates": candidates, "evaluation_plan": entry}
    return results.model_copy(update=made)


def _dropped(plan: Any) -> Any:
    """The fields of a plan file without seeds and planted values: those who read it choose."""
    if not isinstance(plan, Mapping):
        return plan
    return {name: _dropped(value) for name, value in plan.items() if not _secret(name)}


def _plan(plan: Plan) -> Plan:
    """The same engines and parameters as wishes; their seeds follow from that of a new run."""
    engines = plan.generators
    return plan.model_copy(
        update={
            "generators": (),
            "requested": tuple(dict.fromkeys(each.generator for each in engines)),
            "overrides": {each.generator: each.params for each in reversed(engines)},
            "canaries": (),
        }
    )


def _public(record: ReportRecord, fingerprint: Fingerprint) -> ReportRecord:
    """Named fields alone: one that is added later stays inside until somebody lets it out."""
    source = record.source
    return ReportRecord(
        results=_public_results(record.results, fingerprint),
        source=_public_source(source, fingerprint) if source else None,
        split=record.split,
        plan=record.plan,
        thresholds=record.thresholds,
        approvals=tuple(map(_public_approval, record.approvals)),
        verdicts=tuple(map(_public_verdict, record.verdicts)),
        always_said=(*record.always_said, LEFT_OUT),
        plain_summary=record.plain_summary,
        checklist=record.checklist,
        governance=for_everybody(record.governance),
        language=record.language.model_copy(update={"addresses": ()}),
        lost=record.lost,
        reverted_branches=record.reverted_branches,
        environment=record.environment,
        generators=record.generators,
        run_options=record.run_options,
        auto_approver=record.auto_approver,
        created=record.created,
    )


def _public_source(source: Source, fingerprint: Fingerprint) -> Source:
    mark = fingerprint(source.sha256)
    return Source(
        name=f"real-data-{mark[5:17]}",
        format=source.format,
        rows=source.rows,
        columns=source.columns,
        sha256=mark,
    )


def _public_results(results: Results, fingerprint: Fingerprint) -> Results:
    data = results.data
    return results.model_copy(
        update={
            "data": DataPart(
                **{name: getattr(data, name) for name in _SIZES},
                sha256=fingerprint(data.sha256) if data.sha256 else "",
            ),
            "candidates": [_public_candidate(c) for c in results.candidates],
            "evaluation_plan": _public_entry(results.evaluation_plan),
            "results": [_public_result(r) for r in results.results if _whole(r)],
            "replicates": [_public_result(r) for r in results.replicates if _whole(r)],
            "approvals": [
                a.model_copy(update={"actor": _role(a.actor), "digest": ""})
                for a in results.approvals
            ],
            "choice": None,
        }
    )


def _public_candidate(candidate: CandidatePart) -> CandidatePart:
    """Without fits whose tables are no files; what scored them is in the results."""
    return candidate.model_copy(update={"replicates": [], "quality": None})


def _public_entry(entry: PlanEntry | None) -> PlanEntry | None:
    if entry is None:
        return None
    agreed = {**entry.agreed, "actor": _role(entry.agreed["actor"])} if entry.agreed else {}
    return entry.model_copy(update={"agreed": agreed, "amendments": []})


def _whole(result: Result) -> bool:
    """Whether it is of the whole table; columns and groups show real people more closely."""
    return result.column is None and result.group is None


def _public_result(result: Result) -> Result:
    numbers = {name: significant(getattr(result, name)) for name in _NUMBERS}
    return result.model_copy(
        update={
            **numbers,
            "noise": numbers["noise"] or 0.0,
            "anchors": {name: significant(value) for name, value in result.anchors.items()},
            "estimates": {},
            "events": None,
            "seeds": {},
        }
    )


def significant(value: float | None) -> float | None:
    """A number with three significant digits."""
    return None if value is None else float(f"{value:.{DIGITS}g}")


def _public_approval(approval: Approval) -> Approval:
    return Approval(
        gate=approval.gate,
        proposal_digest="",
        verdict=approval.verdict,
        changes=Changes(),
        actor=_role(approval.actor),
        at=approval.at,
    )


def _public_verdict(verdict: Verdict) -> Verdict:
    headline = {name: significant(value) or 0.0 for name, value in verdict.headline.items()}
    return verdict.model_copy(update={"headline": headline})


def _role(actor: str) -> str:
    """A program by its name, a person as a person."""
    return actor if is_auto(actor) else "a person"
