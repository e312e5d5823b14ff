"""Table E: does adding synthetic rows to the groups that are short of them help?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.augmentation_trial import Effect, Outcome
from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.inference.table import UNKNOWN, Table, fixed, with_interval
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import is_number
from synthcraft.tools.metrics.groups import shown
from synthcraft.tools.procedures.augmentation import AugmentationStudy, augmentation
from synthcraft.tools.procedures.discrimination import SubgroupAuc, subgroup_auc
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.procedures.study_discrimination import subgroup_table
from synthcraft.tools.report.auc_forest import auc_forest
from synthcraft.tools.report.figure import Picture, number_of
from synthcraft.tools.report.printed import printed
from synthcraft.tools.report.study_figures import Curve, curves
from synthcraft.tools.report.words import sentence

_ARMS = ("Trained on", "Rows", "AUC", "AUC, target group", "Calibration slope",
         "AUC minus real alone (95 % CI)", "The same in the target group",
         "No harm shown", "Note")  # fmt: skip


@procedure(
    "augmentation",
    "Augmentation (Table E)",
    needs=("target", "generators", "group"),
)
def run(asked: Question) -> Answer:
    """Groups of the first protected column, one study a generator. Source: evaluation P4."""
    tables, pictures, facts = [], [], []
    for i, name in enumerate(asked.generators):
        asked.tell(i / len(asked.generators), f"augmentation by {name}")
        study = _study(asked, name)
        grouped = _by_group(asked, study, name)
        told = subgroup_table(grouped, "Discrimination by subgroup, with and without augmentation")
        tables += [
            printed("augmentation_counts", _counts(study, asked.ctx.least)).of(name),
            printed("augmentation", _arms(study)).of(name),
            printed("augmentation_subgroups", told).of(name),
        ]
        if forest := auc_forest(grouped):
            pictures.append(replace(forest, name=f"augmentation_subgroups_{name}"))
        facts += [_fact(study.group, name, o) for o in study.arms]
        pictures += [p for along in ("dose", "hybrid") if (p := _curve(study, along, name))]
    every = (fact for pair in facts for fact in pair)
    return Answer(tuple(tables), tuple(pictures), tuple(every))


def _by_group(asked: Question, study: AugmentationStudy, generator: str) -> SubgroupAuc:
    """Models of the real rows alone, and of these with the rows that were added to groups."""
    ctx = asked.ctx
    real = pd.concat([ctx.train, ctx.validation], ignore_index=True)
    whole = EvalContext(
        real, real.iloc[:0], ctx.holdout, real, ctx.schema, target=ctx.target, task=ctx.task,
        protected=ctx.protected, bands=ctx.bands, least=ctx.least, seed=ctx.seed,
    )  # fmt: skip
    return subgroup_auc(whole, {f"real and {generator}": [study.cohort]}, asked.mode)


def _fact(group: str, generator: str, outcome: Outcome) -> list[Fact]:
    """What an arm gains over the real rows alone, for everybody and in the target group."""
    effects = (("", outcome.overall), (group, outcome.group))
    return [
        Fact(
            name=f"auc gained by {outcome.arm}", about=generator, group=of, value=e.difference,
            low=e.low, high=e.high,
        )
        for of, e in effects
        if e is not None and np.isfinite(e.difference)
    ]  # fmt: skip


def _study(asked: Question, generator: str) -> AugmentationStudy:
    ctx = asked.ctx
    by, target = ctx.protected[0], str(ctx.target)
    if ctx.task != "classification":
        raise InputError("Augmentation is tried on an outcome with two values only.")
    bands = ctx.bands.get(by, ())
    if is_number(ctx.schema[by]) and not bands:
        raise InputError(
            f"The groups of the number {by!r} need limits.",
            f"For example: --bands {by}=40,60; or name a column of categories.",
        )
    return augmentation(
        (pd.concat([ctx.train, ctx.validation], ignore_index=True), ctx.holdout),
        ctx.schema,
        target=target,
        event=ctx.train[target].value_counts().index[-1],
        by=by,
        generator=generator,
        params=asked.params.get(generator),
        bands=bands,
        mode=asked.mode,
        seed=ctx.seed,
        bootstrap=ctx.bootstrap,
    )


def _counts(study: AugmentationStudy, least: int) -> Table:
    asked = {each.cell: each for each in study.made.deliveries}
    rows = []
    for cell in study.cells:
        made = asked.get(cell.name)
        counts = (shown(cell.rows, least), shown(cell.events, least))
        told = (f"under {least}" if n is None else f"{n:,}" for n in counts)
        extra = (UNKNOWN, UNKNOWN, UNKNOWN)
        if made is not None and None not in counts:
            extra = (_to_five(made.asked), _to_five(made.delivered), fixed(made.acceptance, 2))
        elif made is not None:
            extra = ("suppressed",) * 3
        rows.append((cell.name, *told, *extra))
    return Table(
        f"Groups and what was added ({study.unit} evened out, rule {study.rule})",
        ("Group", "Real rows", "Real events", "Asked for", "Made", "Accepted"),
        tuple(rows),
        ("Counts to the nearest five; what is asked for a withheld group would tell its count.",),
        study.stamp,
    )


def _to_five(count: int) -> str:
    return f"{to_five(count):,}"


def _arms(study: AugmentationStudy) -> Table:
    rows = [_cells(outcome) for outcome in study.arms]
    rows += [_cells(o, f", dose {o.dose:g}") for o in study.doses]
    rows += [_cells(o, f", {o.real:.0%} of real rows") for o in study.hybrid]
    notes = (study.hypothesis, f"Target group: {study.group}.")
    return Table("Augmentation and its comparators", _ARMS, tuple(rows), notes, study.stamp)


def _cells(outcome: Outcome, more: str = "") -> tuple[str, ...]:
    each = (outcome.overall, outcome.group, outcome.slope)
    return (
        f"{outcome.arm}{more}",
        _to_five(outcome.rows),
        *(UNKNOWN if e is None else fixed(e.value, 3) for e in each),
        _difference(outcome.overall),
        _difference(outcome.group),
        "yes" if outcome.no_harm else "no",
        outcome.note,
    )


def _difference(effect: Effect | None) -> str:
    if effect is None or not np.isfinite(effect.difference):
        return UNKNOWN
    return with_interval(effect.difference, effect.low, effect.high, 3)


def _curve(study: AugmentationStudy, along: Curve, generator: str) -> Picture | None:
    found = curves(study.doses if along == "dose" else study.hybrid, along)
    if found is None:
        return None
    return Picture(
        f"{found.name}_{generator}",
        found.sketch,
        f"{found.alt} {generator}; {study.stamp}.",
        f"{generator}: {found.caption} {sentence(study.stamp)}.",
        tuple(
            row | {"rows": to_five(number_of(row, "rows") or 0), "stamp": study.stamp}
            for row in found.rows
        ),
    )
