"""The decision aid: what the pre-set criteria say about one file; a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from synthcraft.graph.records import Tier, UseCase, Verdict
from synthcraft.tools.evaluation_plan import FAMILIES, PUBLICATION, must_pass
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.metrics.headline import headline_titles

__all__ = ["always_said", "decide", "headline_titles", "not_assessed", "statement"]

QUICK = "The quick tier is a first look: it is never enough to release a file."
VALID_YEARS = 2
"""An evaluation is repeated after this time at the latest (specs: evaluation, 5.6)."""

_BLOCKING = frozenset({"sanity", "privacy_metrics", "shadow"})
_OPEN = frozenset({"error", "not_assessed", "uninformative", "suppressed"})
_WORDS = {
    "refer": "needs a person's judgement",
    "fail": "outside its limit",
    "error": "could not be computed",
    "not_assessed": "not assessed",
    "uninformative": "says nothing on this table",
    "suppressed": "suppressed, too few people",
}
_MEMBERSHIP = ("privacy.membership", "privacy.vulnerable", "privacy.shadow_models")
_SINGLE = "another fit of the generator may score differently."
_SEVERAL = (
    "what other fits of a generator scored stands beside them where it was fitted more than once, "
    "and a further fit may score differently again."
)
_SANITY = "Gross errors (columns, types, categories, classes, repeated rows)"


def _matches(result: Result, item: str) -> bool:
    return result.metric_id == item or result.metric_id.startswith(f"{item}.")


def _told(subject: str, status: str, *messages: str) -> str:
    return " ".join([f"{subject}: {_WORDS[status]}.", *filter(None, messages)])


def _sentence(rows: Sequence[Result]) -> str:
    """What is to be said of measures that share a status and a message."""
    subject = "; ".join(dict.fromkeys(r.title or r.metric_id for r in rows))
    return _told(subject, rows[0].status, rows[0].message)


def decide(
    results: Sequence[Result],
    use_case: UseCase,
    *,
    families: Iterable[str] = (),
    candidate: str = "",
    tier: Tier = "standard",
    primary: Iterable[str] = (),
    concerns: Iterable[str] = (),
) -> Verdict:
    """BLOCKED, REFER or CRITERIA MET for one candidate (specs: evaluation, 4.10).

    A failed sanity or privacy row blocks. Any other failure, any error, and anything in a
    must-pass item or a primary endpoint that is open, doubtful or missing, refers; so does a tier
    that is only a first look.

    Args:
        results: adjusted rows of the candidate; where its generator was fitted several times, taken
            over all fits (`over_fits`: the worst for privacy, the mean for everything else).
        use_case: what the file is for.
        families: those that were agreed; the others are listed as not assessed.
        candidate: its id, by default that of the results.
        tier: how thorough the evaluation was.
        primary: metric ids of the endpoints that were named beforehand.
        concerns: sentences from outside the results that a person has to weigh.
    """
    own = [r for r in results if r.column is None and r.group is None]
    blocked = [_sentence([r]) for r in own if r.family in _BLOCKING and r.status == "fail"]
    doubts = [_sentence([r]) for r in own if r.family not in _BLOCKING and r.status == "fail"]
    doubts += [_sentence([r]) for r in results if r.status == "error"]
    doubts += concerns
    doubts += [QUICK] if tier == "quick" else []
    needed: list[Result] = []
    for item in dict.fromkeys((*must_pass(use_case, tier), *primary)):
        found = [r for r in own if _matches(r, item)]
        if not found:
            what = _SANITY if item == "sanity" else item
            doubts.append(f"Required for this use but not assessed: {what}.")
        # a check that does not apply (no target was chosen) is no defect of the file
        needed += [r for r in found if _is_open(r)]
    doubts += [_sentence(alike) for alike in _alike(needed)]
    state: Literal["BLOCKED", "REFER", "CRITERIA MET"] = "CRITERIA MET"
    if blocked or doubts:
        state = "BLOCKED" if blocked else "REFER"
    met = [f"All criteria set beforehand for the use '{use_case}' are met."]
    titles = headline_titles()
    first = results[0].candidate if results else ""
    return Verdict(
        candidate=candidate or first,
        state=state,
        reasons=tuple(dict.fromkeys(blocked + doubts)) or tuple(met),
        not_assessed=not_assessed(results, families),
        headline={
            r.metric_id: r.value for r in own if r.metric_id in titles and r.value is not None
        },
    )


def statement(verdict: Verdict, use_case: UseCase, tier: Tier, on: str, sha256: str) -> str:
    """What the state says, with everything that it holds for; `on` is an ISO 8601 date."""
    met = {
        "CRITERIA MET": "Met the pre-specified criteria",
        "REFER": "Needs a person's judgement before it meets the pre-specified criteria",
        "BLOCKED": "Does not meet the pre-specified criteria",
    }[verdict.state]
    return f"{met} for the use '{use_case}' at the {tier} tier, on {on[:10]}, file {sha256[:16]}."


def _is_open(result: Result) -> bool:
    inapplicable = result.family == "sanity" and result.status == "not_assessed"
    return not inapplicable and (result.status == "refer" or result.status in _OPEN)


def not_assessed(results: Sequence[Result], families: Iterable[str] = ()) -> tuple[str, ...]:
    """Everything that was asked for or usually is, and has no answer here."""
    rows = [r for r in results if r.status in _OPEN]
    lines = [_line(alike) for alike in _alike(r for r in rows if r.group is None)]
    lines += map(_line, _alike_groups(r for r in rows if r.group is not None))
    measured, agreed = {r.family for r in results}, set(families)
    lines += [] if "sanity" in measured else [f"{_SANITY} – no result yet."]
    why = {True: "no result yet", False: "not part of this evaluation"}
    lines += [
        f"{what} ({how}) – {why[family in agreed]}."
        for family, (what, how) in FAMILIES.items()
        if family not in measured and family != "plots"
    ]
    present = {r.metric_id for r in results}
    lines += [
        f"{text} – part of the publication tier, no result here."
        for name, text in PUBLICATION.items()
        if name not in present
    ]
    return tuple(dict.fromkeys(lines))


def _alike(rows: Iterable[Result]) -> list[list[Result]]:
    """Measures that were not assessed for one and the same reason stand together."""
    found: dict[tuple[str, ...], list[Result]] = {}
    for r in rows:
        one_reason = r.status == "not_assessed" and r.column is None and bool(r.message)
        key = (r.status, r.message) if one_reason else (r.metric_id, r.column or "", r.status)
        found.setdefault(key, []).append(r)
    return list(found.values())


def _alike_groups(rows: Iterable[Result]) -> list[list[Result]]:
    """Groups of a measure stand together, and measures whose groups lack the same answers."""
    split: dict[tuple[str, str | None, str], list[Result]] = {}
    for r in rows:
        split.setdefault((r.metric_id, r.column, r.status), []).append(r)
    found: dict[tuple[object, ...], list[Result]] = {}
    for (_, column, status), groups in split.items():
        same = tuple((r.group, r.message) for r in groups)
        found.setdefault((column, status, same), []).extend(groups)
    return list(found.values())


def _line(rows: Sequence[Result]) -> str:
    """One line for measures that have no answer, or for all groups of a column that have none."""
    first = rows[0]
    subject = "; ".join(dict.fromkeys(r.title or r.metric_id for r in rows))
    if first.group is not None:
        groups = len({r.group for r in rows})
        count = "one group" if groups == 1 else f"{groups} groups"
        subject += f", {count} of {first.column}" if first.column else f", {count}"
    elif first.column:
        subject += f", {first.column}"
    reasons = list(dict.fromkeys(r.message for r in rows if r.message))
    if first.status == "not_assessed" and reasons:  # the list says so already
        return f"{subject}: {reasons[0][0].lower()}{' '.join(reasons)[1:]}"
    return _told(subject, first.status, *reasons)


def always_said(
    results: Sequence[Result], use_case: UseCase, on: str = "", *, several: bool = False
) -> tuple[str, ...]:
    """Lines that follow every state: what was not tested, detectable effect, attacker, who decides.

    One line of untested attacks, in full, so that a short card cannot leave them out. `on` is the
    date of the evaluation (ISO 8601), from which it expires; `several`: a generator was fitted
    more than once.
    """
    tested = {r.metric_id for r in results if r.value is not None}
    missing = [
        text[0].lower() + text[1:] for name, text in PUBLICATION.items() if name not in tested
    ]
    lines = []
    if missing:
        lines.append(f"Not tested: {'; '.join(missing)}.")
    lines += [
        _seen(results),
        _copies(results),
        "Attacker assumed: someone who holds the synthetic file, records of the people in question "
        "and of others like them, but not the generator"
        f"{'' if missing else '; in one attack they train generators of their own'}. Stronger or "
        "better-informed attackers were not tested.",
        f"Intervals describe the held-back rows; {_SEVERAL if several else _SINGLE}",
        "This does not show that re-identification is impossible.",
        *([_expiry(on)] if on else []),
        f"A named person still has to decide whether the file may be used for '{use_case}'.",
    ]
    return tuple(lines)


def expires(on: str) -> str:
    """Month in which an evaluation of that day (ISO 8601) expires; empty without a day."""
    return f"{int(on[:4]) + VALID_YEARS}-{on[5:7]}" if on else ""


def _expiry(on: str) -> str:
    return (
        f"This evaluation expires in {expires(on)}, or at once with refreshed data or a new attack."
    )


def _copies(results: Sequence[Result]) -> str:
    share = _largest_mde(results, "privacy.copies")
    if share is None:
        return "Smallest detectable share of copies: unknown, they were not tested."
    return (
        f"Smallest detectable effect: copies of {100 * share:.1f} % of the training rows; fewer "
        "copied rows could have gone unseen."
    )


def _seen(results: Sequence[Result]) -> str:
    """What the attacks could have seen, and whether one of them saw something."""
    whole, odd, trained = (_largest_mde(results, name) for name in _MEMBERSHIP)
    if whole is None:
        return "Smallest detectable success of an attack: unknown, membership was not attacked."
    size = f"AUC {whole:.2f} or more, whole file"
    size += f"; {odd:.2f} or more on the 5 % most unusual people" if odd is not None else ""
    size += f"; {trained:.2f} or more by trained generators" if trained is not None else ""
    tried = [r for r in results if r.metric_id in _MEMBERSHIP]
    if any(r.ci_low is not None and r.ci_low > 0.5 for r in tried):
        return f"An attack on membership beat guessing. Smallest detectable success: {size}."
    return (
        "No attack in the tested set beat guessing on records outside the training data by more "
        f"than could be detected ({size})."
    )


def _largest_mde(results: Sequence[Result], metric_id: str) -> float | None:
    return max(
        (r.mde for r in results if r.metric_id == metric_id and r.group is None and r.mde),
        default=None,
    )
