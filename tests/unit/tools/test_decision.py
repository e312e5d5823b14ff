"""The decision table, and the lines that always follow it."""

from __future__ import annotations

import pytest

from synthcraft.graph.records import UseCase
from synthcraft.tools.decision import always_said, decide
from synthcraft.tools.evaluation_plan import ATTACKS, FAMILIES, PUBLICATION, must_pass
from synthcraft.tools.metrics.base import Result

FORBIDDEN = ("safe", "anonym", "de-identified", "privacy-preserving", "compliant")
_FAMILY = {"privacy": "privacy_metrics"}


def result(metric_id: str, status: str = "pass", **more: object) -> Result:
    prefix = metric_id.split(".")[0]
    return Result.model_validate(
        {
            "metric_id": metric_id,
            "family": _FAMILY.get(prefix, prefix),
            "title": metric_id,
            "status": status,
            "value": None if status in {"error", "not_assessed"} else 0.01,
            "candidate": "c1",
            **more,
        }
    )


def passing(use_case: UseCase, **changed: str) -> list[Result]:
    """A passing row for all that the use case requires, some of them changed."""
    wanted = dict.fromkeys(
        "sanity.columns" if item == "sanity" else item for item in must_pass(use_case)
    )
    statuses = {name: "pass" for name in wanted} | {
        name.replace("__", "."): status for name, status in changed.items()
    }
    return [result(name, status) for name, status in statuses.items()]


@pytest.mark.parametrize("use_case", ["sharing", "augmentation", "privacy", "development"])
def test_all_required_items_passing_meets_the_criteria(use_case: UseCase) -> None:
    verdict = decide(passing(use_case), use_case, families=tuple(FAMILIES))
    assert verdict.state == "CRITERIA MET"
    assert verdict.candidate == "c1" and use_case in verdict.reasons[0]


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"sanity__columns": "fail"}, "BLOCKED"),
        ({"privacy__copies": "fail"}, "BLOCKED"),
        ({"privacy__dcr_share": "fail"}, "BLOCKED"),
        ({"privacy__copies": "refer"}, "REFER"),
        ({"privacy__copies": "error"}, "REFER"),
        ({"sanity__domain": "error"}, "REFER"),
        ({"sanity__classes": "not_assessed"}, "CRITERIA MET"),
        ({"privacy__membership": "not_assessed"}, "REFER"),
        ({"subgroup__worst_gap": "not_assessed"}, "REFER"),
        ({"fidelity__association": "uninformative"}, "REFER"),
        ({"fidelity__worst_column": "fail"}, "REFER"),
        ({"fidelity__worst_column": "refer"}, "CRITERIA MET"),
        ({"detectability__c2st_boosting": "error"}, "REFER"),
        ({"privacy__copies": "fail", "fidelity__association": "error"}, "BLOCKED"),
    ],
)
def test_states(changed: dict[str, str], state: str) -> None:
    verdict = decide(passing("sharing", **changed), "sharing", families=tuple(FAMILIES))
    assert verdict.state == state
    assert verdict.reasons


@pytest.mark.parametrize("name", ATTACKS)
def test_a_required_test_that_was_never_run_is_referred_and_named(name: str) -> None:
    some = [r for r in passing("sharing") if r.metric_id != name]
    verdict = decide(some, "sharing", families=tuple(FAMILIES))
    assert verdict.state == "REFER"
    assert f"Required for this use but not assessed: {name}." in verdict.reasons


def test_what_the_publication_tier_alone_has_is_named_where_it_was_not_run() -> None:
    verdict = decide(passing("sharing"), "sharing", families=tuple(FAMILIES))
    said = " ".join(always_said(passing("sharing"), "sharing"))
    for text in PUBLICATION.values():
        assert any(line.startswith(text) for line in verdict.not_assessed)
        assert text[1:] in said
    tested = [*passing("sharing"), result("privacy.shadow_models", family="shadow", mde=0.66)]
    said = " ".join(always_said([*tested, result("privacy.membership", mde=0.55)], "sharing"))
    assert "Not tested" not in said and "0.66 or more by trained generators" in said
    open_row = result("privacy.shadow_models", "not_assessed", family="shadow", message="No time.")
    assert "Not tested" in " ".join(always_said([open_row], "sharing"))


@pytest.mark.parametrize(
    ("use_case", "status", "state"),
    [
        ("sharing", "", "REFER"),
        ("sharing", "not_assessed", "REFER"),
        ("sharing", "refer", "REFER"),
        ("sharing", "fail", "BLOCKED"),
        ("sharing", "pass", "CRITERIA MET"),
        ("development", "", "CRITERIA MET"),
    ],
)
def test_shadow_models_count_at_the_publication_tier(
    use_case: UseCase, status: str, state: str
) -> None:
    row = [result("privacy.shadow_models", status, family="shadow")] if status else []
    rows = [*passing(use_case), *row]
    families = tuple(FAMILIES)
    assert decide(rows, use_case, families=families, tier="publication").state == state
    if not row:
        assert decide(rows, use_case, families=families).state == "CRITERIA MET"


@pytest.mark.parametrize("use_case", ["sharing", "augmentation", "privacy", "development"])
def test_missing_sanity_is_never_passed_over(use_case: UseCase) -> None:
    rows = [r for r in passing(use_case) if r.family != "sanity"]
    verdict = decide(rows, use_case, families=tuple(FAMILIES))
    assert verdict.state == "REFER"
    assert any("Gross errors" in line for line in verdict.reasons)
    assert any("Gross errors" in line for line in verdict.not_assessed)


def test_an_agreed_family_without_results_is_listed_as_such() -> None:
    rows = [r for r in passing("sharing") if r.family != "privacy_metrics"]
    verdict = decide(rows, "sharing", families=tuple(FAMILIES))
    assert "Required for this use but not assessed: privacy.copies." in verdict.reasons
    what = FAMILIES["privacy_metrics"][0]
    (line,) = [line for line in verdict.not_assessed if line.startswith(what)]
    assert line.endswith("no result yet.")


def test_sentences_name_the_subject_then_what_is_wrong() -> None:
    rows = [
        result("utility.prevalence_ratio", "fail", title="How common the outcome is"),
        result("utility.delta_linear", "not_assessed", title="Loss", message="No target column."),
    ]
    verdict = decide(rows, "augmentation")
    assert verdict.reasons[0] == "How common the outcome is: outside its limit."
    assert "Loss: no target column." in verdict.not_assessed


def test_no_results_at_all_is_never_good_news() -> None:
    verdict = decide([], "development")
    assert verdict.state == "REFER" and verdict.not_assessed


def test_measures_without_an_answer_for_one_reason_share_a_line() -> None:
    why = "No protected column was named."
    names = ("fairness.representation", "subgroup.worst_gap")
    rows = [result(name, "not_assessed", message=why) for name in names]
    verdict = decide([*passing("sharing")[:3], *rows], "sharing")
    assert verdict.reasons.count(f"{'; '.join(sorted(names, reverse=True))}: not assessed. {why}")
    assert f"{'; '.join(names)}: no protected column was named." in verdict.not_assessed


def test_measures_that_lack_the_same_groups_share_a_line() -> None:
    rows = [
        result(name, "suppressed", column="site", group=group, message="Under ten rows.")
        for name, groups in (("a.b", "xy"), ("c.d", "xy"), ("e.f", "x"))
        for group in groups
    ]
    lines = [line for line in decide(rows, "sharing").not_assessed if "site" in line]
    assert lines == [
        "a.b; c.d, 2 groups of site: suppressed, too few people. Under ten rows.",
        "e.f, one group of site: suppressed, too few people. Under ten rows.",
    ]


def test_families_left_out_and_groups_not_assessed_are_listed() -> None:
    rows = [
        *passing("augmentation"),
        *(
            result("subgroup.worst_gap", "not_assessed", column="site", group=g, message="Too few.")
            for g in "abc"
        ),
    ]
    verdict = decide(rows, "augmentation", families=("utility",))
    groups = [line for line in verdict.not_assessed if "site" in line]
    assert groups == ["subgroup.worst_gap, 3 groups of site: too few."]
    assert any(FAMILIES["detectability"][0] in line for line in verdict.not_assessed)


def test_headline_numbers_come_from_the_metrics_own_rows() -> None:
    rows = [
        result("fidelity.column_distance", column="age", value=0.9),
        result("fidelity.column_distance", value=0.02),
    ]
    assert decide(rows, "sharing").headline == {"fidelity.column_distance": 0.02}


@pytest.mark.parametrize(("low", "beaten"), [(0.48, False), (0.53, True)])
def test_what_the_attacks_could_have_seen_is_said(low: float, beaten: bool) -> None:
    rows = [
        result("privacy.membership", mde=0.548, ci_low=low),
        result("privacy.membership", mde=0.9, group="one attack"),
        result("privacy.vulnerable", mde=0.684, ci_low=0.4),
    ]
    text = " ".join(always_said(rows, "sharing"))
    assert "AUC 0.55 or more" in text and "0.68 or more on the 5 %" in text
    assert ("An attack on membership beat guessing" in text) is beaten
    assert ("No attack in the tested set beat guessing" in text) is not beaten


def test_what_is_always_said() -> None:
    rows = [result("privacy.copies", mde=0.012)]
    lines = always_said(rows, "sharing")
    text = " ".join(lines)
    assert "1.2 %" in text and "Not tested" in text and "Attacker assumed" in text
    assert "person still has to decide" in text
    assert " ".join(always_said([], "sharing")).count("unknown") == 2
    blocked = decide(passing("sharing", privacy__copies="fail"), "sharing")
    spoken = " ".join((*lines, *blocked.reasons, *blocked.not_assessed)).lower()
    assert not [word for word in FORBIDDEN if word in spoken]


def test_several_fits_are_not_spoken_of_as_one() -> None:
    single, several = (" ".join(always_said([], "sharing", several=s)) for s in (False, True))
    assert "; another fit of the generator may score differently." in single
    assert "where it was fitted more than once" in several and "another fit" not in several
