"""What a metric may ask of the tables before it is computed; an unmet need is said in words."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from synthcraft.tools.metrics.base import EvalContext


def _target(ctx: EvalContext) -> str:
    if ctx.target is None or ctx.task == "none":
        return "No target column was chosen."
    if ctx.target not in ctx.train.columns:
        return "The target column is not in the real table."
    if ctx.target not in ctx.synthetic.columns:
        return "The target column is not in the synthetic table."
    return "" if ctx.features else "There is no column besides the target."


def _classes(ctx: EvalContext) -> str:
    return _target(ctx) or ("" if ctx.task == "classification" else "The target has no classes.")


def _binary(ctx: EvalContext) -> str:
    if reason := _classes(ctx):
        return reason
    two = ctx.target is not None and ctx.train[ctx.target].nunique() == 2
    return "" if two else "Built for a target with two classes only."


def _predictable(ctx: EvalContext) -> str:
    known = ctx.task in {"classification", "regression"}
    return _target(ctx) or ("" if known else "Built for a target of classes or numbers.")


def _numbers(ctx: EvalContext) -> str:
    return _target(ctx) or ("" if ctx.task == "regression" else "The target is not a number.")


def _survival(ctx: EvalContext) -> str:
    if ctx.task != "survival" or ctx.time_column is None:
        return _target(ctx) or "The outcome is no time until an event."
    here = ctx.time_column in ctx.train.columns and ctx.time_column in ctx.synthetic.columns
    return _target(ctx) or ("" if here else "The time until the event is not in both tables.")


def _both(ctx: EvalContext) -> str:
    two = ctx.target is not None and ctx.holdout[ctx.target].nunique() > 1
    return "" if two else "The holdout has rows of one class only."


def _separate(ctx: EvalContext) -> str:
    """Rows are compared as they are: on a coarse table strangers coincide, and that is no doubt."""
    names = [c.name for c in ctx.columns]
    train, holdout = ctx.train[names], ctx.holdout[names]
    known = set(pd.util.hash_pandas_object(train, index=False))
    shared = pd.util.hash_pandas_object(holdout, index=False).isin(known).mean()
    if len(known) > len(train) / 2 and shared > 0.5:
        return "Most holdout rows are training rows too: nothing tells a leak from chance."
    return ""


def _rows(ctx: EvalContext) -> str:
    if ctx.synthetic.empty:
        return "The synthetic table has no rows."
    return "" if ctx.columns else "The synthetic table has no column of the real one."


def _several(ctx: EvalContext) -> str:
    few = "The synthetic table has under 20 rows." if len(ctx.synthetic) < 20 else ""
    return _rows(ctx) or few


def _protected(ctx: EvalContext) -> str:
    here = {c.name for c in ctx.columns}
    return "" if here & set(ctx.protected) else "No protected column was named."


def _quasi(ctx: EvalContext) -> str:
    here = {c.name for c in ctx.columns}
    named = here & set(ctx.quasi_identifiers)
    return "" if named else "No quasi-identifier was declared, or none is in the file."


def _sensitive(ctx: EvalContext) -> str:
    here = {c.name for c in ctx.columns}
    found = here & set(ctx.sensitive or (ctx.target,))
    return "" if found else "No sensitive column was named, or none is in the file."


def _claim(ctx: EvalContext) -> str:
    return "" if ctx.claim else "No epsilon is claimed: there is no formal guarantee to check."


NEEDS: dict[str, Callable[[EvalContext], str]] = {
    "target": _target,
    "predictable": _predictable,
    "numbers": _numbers,
    "survival": _survival,
    "classes": _classes,
    "binary": _binary,
    "both outcomes": _both,
    "folds": lambda ctx: "" if ctx.folds else ctx.folds_missing,
    "shadows": lambda ctx: "" if ctx.shadows else ctx.shadows_missing,
    "protected": _protected,
    "quasi": _quasi,
    "sensitive": _sensitive,
    "claim": _claim,
    "separate": _separate,
    "unseen": lambda ctx: ctx.holdout_seen,
    "holdout": lambda ctx: "" if len(ctx.holdout) >= 20 else "The holdout has under 20 rows.",
    "rows": _rows,
    "several rows": _several,
}
"""Need -> why it is not met; empty if it is."""
