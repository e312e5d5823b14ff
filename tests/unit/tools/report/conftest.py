"""A record as a finished run leaves it: three generators, one of which failed."""

from __future__ import annotations

from typing import Any

import pytest

from synthcraft.graph.contracts import Approval, Changes, GateName
from synthcraft.graph.records import (
    ArtifactRef,
    Candidate,
    GeneratorPlan,
    Plan,
    Source,
    Split,
    Verdict,
)
from synthcraft.tools.report.left_tables import LeftTable
from synthcraft.tools.report.record import Marginal, ReportRecord, TraceLine
from synthcraft.tools.report.render import render_html
from synthcraft.tools.report.results import (
    DataPart,
    Result,
    Results,
    approval_part,
    candidate_part,
    decision_part,
    plan_part,
)

SHA = {"data": "a" * 64, "bayesian_network": "b" * 64, "ctgan": "c" * 64}
ANCHORS = {
    "fidelity.marginal": {"A0": 0.61, "A1": 0.031, "A2": 0.012},
    "fidelity.association": {"A0": 0.118, "A1": 0.019, "A2": 0.009},
    "utility.auc_logistic": {"A0": 0.5, "A1": 0.812, "A2": 0.806},
    "privacy.copies": {"A0": 0.0, "A1": 0.011, "A2": 0.94},
    "detectability.boosting": {"A0": 0.97, "A1": 0.51, "A2": 0.5},
}
METRICS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("sanity.schema", "Same columns as the real table", "pass", {"value": 0.0}),
    ("sanity.domain", "Values inside the declared domain", "pass", {"value": 0.0}),
    (
        "fidelity.marginal",
        "Distribution of each column",
        "pass",
        {"value": 0.038, "threshold_text": "mean difference at most 0.05; refer up to 0.10"},
    ),
    ("fidelity.association", "Relations between columns", "refer", {"value": 0.064}),
    (
        "utility.auc_logistic",
        "Prediction learnt from synthetic rows (logistic)",
        "refer",
        {"value": 0.794, "ci_low": 0.741, "ci_high": 0.853, "ci_method": "bootstrap"},
    ),
    (
        "utility.calibration",
        "Calibration of the synthetic-trained model",
        "error",
        {"message": "The logistic fit did not converge on this table."},
    ),
    ("privacy.copies", "Near copies of training rows", "pass", {"value": 0.012}),
    (
        "privacy.membership",
        "Guessing who was in the training data",
        "not_assessed",
        {"message": "Needs at least 50 holdout rows of the outcome."},
    ),
    ("subgroup.auc_gap", "Prediction lost in the worst-off group", "uninformative", {}),
    (
        "detectability.boosting",
        "Telling synthetic from real rows (boosting)",
        "refer",
        {"value": 0.72},
    ),
]


def results_of(candidate: str, shift: float) -> list[Result]:
    rows = [
        Result(
            candidate=candidate,
            metric_id=metric,
            family=metric.split(".")[0],
            title=title,
            explanation="One sentence on what good looks like.",
            status=status,
            anchors=ANCHORS.get(metric, {}),
            rows_used={"T": 1755, "H": 585},
            threshold_source="convention",
            **extra | ({"value": extra["value"] + shift} if extra.get("value") else {}),
        )
        for metric, title, status, extra in METRICS
    ]
    rows += [
        Result(
            candidate=candidate,
            metric_id="fidelity.marginal",
            family="fidelity",
            title="Distribution of each column",
            column=column,
            status=status,
            value=value + shift,
            anchors={"A0": 0.6, "A1": 0.03, "A2": 0.01},
        )
        for column, value, status in (("age", 0.04, "pass"), ("insulin", 0.12, "fail"))
    ]
    return rows


def approvals() -> tuple[Approval, ...]:
    def one(gate: GateName, actor: str, at: str, **extra: Any) -> Approval:
        extra = {"verdict": "approve", **extra}
        return Approval(gate=gate, proposal_digest="d" * 64, actor=actor, at=at, **extra)

    return (
        one("intake", "Dr. Jane Roe", "2026-03-02T09:12:00Z"),
        one(
            "intent",
            "Dr. Jane Roe",
            "2026-03-02T09:20:31Z",
            verdict="revise",
            changes=Changes(rows=2000, sensitive=("heart_attack",)),
            comment="Use 2,000 rows.",
        ),
        one("generation", "auto:demo", "2026-03-02T09:41:05Z"),
    )


def sample() -> ReportRecord:
    candidates = [
        Candidate(
            id="bayesian_network",
            generator="bayesian_network",
            params={"struct_learning_search_method": "tree_search", "struct_max_indegree": 4},
            claim_level="heuristic, no guarantee",
            seed=11,
            rows=2000,
            sha256=SHA["bayesian_network"],
            seconds=6.4,
            peak_mb=812.0,
        ),
        Candidate(
            id="ctgan",
            generator="ctgan",
            params={"n_iter": 300, "batch_size": 200, "lr": 0.001},
            claim_level="heuristic, no guarantee",
            seed=12,
            rows=2000,
            sha256=SHA["ctgan"],
            seconds=148.2,
            peak_mb=1430.0,
        ),
        Candidate(
            id="privbayes",
            generator="privbayes",
            claim_level="formal mechanism, domain from data",
            seed=13,
            seconds=31.0,
            status="failed",
            message="It needed more than 6,000 MB of memory and was stopped at its limit.",
        ),
    ]
    plan = Plan(
        target="heart_attack",
        task="classification",
        sensitive=("heart_attack", "insulin"),
        protected=("gender", "ethnicity"),
        quasi_identifiers=("age", "gender", "ethnicity", "bmi"),
        rows=2000,
        requested=("bayesian_network", "ctgan"),
        metrics=("sanity", "fidelity", "utility", "privacy"),
        generators=tuple(
            GeneratorPlan(
                id=c.id,
                generator=c.generator,
                params=c.params,
                claim_level=c.claim_level,
                reason="Quick and close on tables of this size.",
                group="gen_fast",
                seconds=12.0,
                memory_mb=900.0,
                seed=c.seed,
            )
            for c in candidates
        ),
    )
    verdicts = (
        Verdict(
            candidate="bayesian_network",
            state="REFER",
            reasons=("Relations between columns: 0.064, to be judged by a person",),
            not_assessed=("Guessing who was in the training data",),
            headline={metric: 0.0 for metric in ANCHORS},
        ),
        Verdict(
            candidate="ctgan",
            state="BLOCKED",
            reasons=("Distribution of insulin: difference 0.17, limit 0.10",),
            not_assessed=("Guessing who was in the training data",),
        ),
    )
    results = Results(
        session="nhanes-1f0c",
        status="finished",
        seed=1,
        data=DataPart(
            rows=2924, columns=7, sha256=SHA["data"], train=1755, validation=584, holdout=585
        ),
        plan=plan_part(plan),
        candidates=[candidate_part(c) for c in candidates],
        results=results_of("bayesian_network", 0.0) + results_of("ctgan", 0.05),
        decision=decision_part(verdicts),
        approvals=[approval_part(a) for a in approvals()],
        steps=3,
        questions_asked=1,
    )
    return ReportRecord(
        results=results,
        source=Source(
            name="nhanes_2021_2023.csv", format="csv", rows=2924, columns=7, sha256=SHA["data"]
        ),
        split=Split(train=1755, validation=584, holdout=585),
        plan=plan,
        profile={
            "schema_section": {
                "rows": 2924,
                "columns": [
                    {"name": "age", "kind": "integer", "dtype": "Int64", "distinct": 61},
                    {
                        "name": "insulin",
                        "kind": "numeric",
                        "dtype": "float64",
                        "distinct": 900,
                        "missing": 0.0013,
                    },
                    {
                        "name": "heart_attack",
                        "kind": "binary",
                        "dtype": "Int64",
                        "distinct": 2,
                        "missing": 0.12,
                    },
                ],
                "near_constant": ["heart_attack"],
            },
            "missingness": {"columns": {"insulin": 0.0013, "heart_attack": 0.12}},
        },
        thresholds={
            "fidelity.marginal": {
                "text": "at most 0.05",
                "source": "our choice",
                "pass_high": 0.05,
            },
            "utility.auc_logistic": 0.02,
        },
        trace=tuple(trace()),
        messages=("The table has 2,924 rows; every column was read.",),
        approvals=approvals(),
        verdicts=verdicts,
        always_said=("The smallest attack success that could have been seen is AUC 0.55.",),
        marginals={
            "bayesian_network": (
                Marginal(
                    column="age",
                    kind="integer",
                    labels=(20, 30, 40, 50, 60, 70, 80),
                    real=(0.12, 0.15, 0.16, 0.18, 0.22, 0.17),
                    synthetic=(0.11, 0.16, 0.15, 0.19, 0.21, 0.18),
                ),
                Marginal(
                    column="ethnicity",
                    labels=("White", "Black", "Mexican American", "Asian", "Other"),
                    real=(0.58, 0.14, 0.1, 0.07, None),
                    synthetic=(0.6, 0.13, 0.1, 0.06, 0.11),
                ),
            )
        },
        environment={
            "synthcraft": "0.1.0",
            "python": "3.11.7",
            "cpus": 2,
            "packages": {"numpy": "1.26.4", "torch": None},
        },
        artefacts={"train": ArtifactRef(sha256="e" * 64, kind="table", bytes=81234)},
        generators={"ctgan": {"weaknesses": "A penalty or a side effect, no mechanism."}},
        reverted_branches=1,
        left_tables=(LeftTable(candidate="tvae-1", generator="tvae", sha256="e7" * 32),),
        auto_approver="auto:demo",
        audit_head="f" * 64,
        created="2026-03-02T10:02:11Z",
    )


def trace() -> list[TraceLine]:
    return [
        TraceLine.model_validate(
            {
                "step": 1,
                "episode": "intake",
                "attempt": 1,
                "action": "profile_columns",
                "score": 0.71,
                "confidence": 0.42,
                "interval": (0.2, 0.66),
                "alternatives": [{"action": "ask_user", "score": 0.4}],
                "why": "It answers the most open question at no cost.",
                "feedback": {"source": "tool", "outcome": "ok", "cost": 0, "message": "7 columns"},
            }
        ),
        TraceLine(step=2, episode="generation", action="gen_dp", score=0.3, outcome="fail", cost=1),
    ]


@pytest.fixture
def record() -> ReportRecord:
    return sample()


@pytest.fixture
def lean(record: ReportRecord) -> ReportRecord:
    """The same without what is drawn, for tests that need no figure."""
    bare = [r.model_copy(update={"anchors": {}, "ci_low": None}) for r in record.results.results]
    timeless = [c.model_copy(update={"seconds": None}) for c in record.results.candidates]
    results = record.results.model_copy(update={"results": bare, "candidates": timeless})
    return record.model_copy(update={"results": results, "marginals": {}})


@pytest.fixture(scope="session")
def html() -> str:
    """The rendered report of the record."""
    return render_html(sample())


@pytest.fixture
def empty_record() -> ReportRecord:
    """A run that was stopped before anything was read."""
    return ReportRecord(results=Results(session="empty", status="failed"))
