"""What the attacker knows and wants: the declared columns, or documented defaults."""

from __future__ import annotations

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.table_schema import Column


def sensitive(ctx: EvalContext) -> tuple[Column, ...]:
    """Columns an attacker wants to learn: those named as sensitive, else the target."""
    wanted = ctx.sensitive or (ctx.target,)
    return tuple(c for c in ctx.columns if c.name in wanted)


def absent(ctx: EvalContext) -> tuple[str, ...]:
    """Sensitive columns that were named and cannot be compared."""
    here = {c.name for c in ctx.columns}
    return tuple(name for name in ctx.sensitive if name not in here)


def known(ctx: EvalContext, besides: str | None = None) -> tuple[Column, ...]:
    """Columns an attacker knows of a person: the quasi-identifiers, else all but the sensitive."""
    hidden = {c.name for c in sensitive(ctx)}
    declared = [c for c in ctx.columns if c.name in ctx.quasi_identifiers]
    others = [c for c in ctx.columns if c.name not in hidden]
    chosen = [c for c in declared or others if c.name != besides]
    return tuple(chosen or [c for c in ctx.columns if c.name != besides])


def assumption(ctx: EvalContext) -> str:
    """A sentence on what the attacker is taken to know, with what the file lacks."""
    here = {c.name for c in ctx.columns}
    declared = [name for name in ctx.quasi_identifiers if name in here]
    lost = [name for name in ctx.quasi_identifiers if name not in here]
    said = "the quasi-identifiers" if declared else "all columns that are not sensitive"
    lacking = f" Not in the file: {', '.join(lost)}." if lost else ""
    return f"The attacker is taken to know {said}.{lacking}"
