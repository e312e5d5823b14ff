"""The profiler: what the table is, with evidence, for the person to confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from synthcraft.agents.acquaint import with_card
from synthcraft.agents.base import Handler, Toolbox, succeeded
from synthcraft.agents.context import flags_for
from synthcraft.agents.registry import specialist
from synthcraft.agents.tables import full_schema, full_table
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Plan
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.disclosure.aliases import odd
from synthcraft.tools.disclosure.project import least_in
from synthcraft.tools.disclosure.rounding import count, in_words
from synthcraft.tools.report.profile_table import missing_words
from synthcraft.tools.report.words import percent, plain, setting

if TYPE_CHECKING:
    from synthcraft.tools.profiling import Profile
    from synthcraft.tools.roles import Suggestion

profiler = specialist("profiler")

Telling = Callable[[Any, int, int], str]
"""From a section, the rows of the table and the least number of people to what is said."""

SHOWN = 12
"""Lines of a card before the rest is summed up."""


def profile_of(state: RunState, tools: Toolbox) -> Profile:
    """The profile as far as it has been made."""
    from synthcraft.tools.profiling import Profile

    ref = state["refs"].get("profile")
    return Profile.model_validate(tools.store.read_json(ref.sha256)) if ref else Profile()


def suggestion_of(state: RunState, tools: Toolbox) -> Suggestion:
    """Roles and outcomes suggested from names and values, with evidence."""
    from synthcraft.tools.roles import suggest

    known = profile_of(state, tools).suggestion
    return known or suggest(
        full_table(state, tools), full_schema(state, tools), labels_of(state, tools)
    )


def labels_of(state: RunState, tools: Toolbox) -> dict[str, str]:
    """What the file says about its columns, by column."""
    ref = state["refs"].get("labels")
    return dict(tools.store.read_json(ref.sha256)) if ref else {}


def _add_section(state: RunState, tools: Toolbox, **sections: Any) -> Delta:
    profile = profile_of(state, tools).model_copy(update=sections)
    value = profile.model_dump(mode="json")
    return Delta(refs={"profile": tools.store.put_json(value, "profile", "profiler")})


@profiler.handles("intake", "profile_schema")
async def profile_schema(state: RunState, tools: Toolbox) -> Delta:
    """Types, roles and flags: the part that everything else stands on."""
    from synthcraft.tools.profiling import schema_section
    from synthcraft.tools.roles import suggest

    def measure() -> tuple[Any, Suggestion]:
        frame, schema = full_table(state, tools), full_schema(state, tools)
        return schema_section(frame, schema), suggest(frame, schema, labels_of(state, tools))

    section, suggestion = await asyncio.to_thread(measure)
    plan = _with_roles(state["plan"], suggestion)
    flags = await asyncio.to_thread(flags_for, state, plan, tools, purpose_known=False)
    kinds = ", ".join(f"{each} {kind}" for kind, each in section.kinds.items() if each)
    delta = _add_section(state, tools, schema_section=section, suggestion=suggestion)
    counted = f"{section.rows:,} rows, {len(section.columns)} columns: {kinds}."
    return succeeded(
        " ".join((counted, *_kept_out(plan))),
        refs=delta.refs,
        plan=plan,
        flags=flags,
    )


def _kept_out(plan: Plan) -> tuple[str, ...]:
    """The columns that no generator will see, if there are any."""
    names = [n for n, role in plan.roles.items() if role in ("identifier", "free_text", "drop")]
    return (f"No generator will see: {setting(names[:SHOWN])}.",) if names else ()


def _with_roles(plan: Plan, suggestion: Suggestion) -> Plan:
    """What the person said about a column stands above what was suggested."""
    roles = {**suggestion.roles, **plan.roles}
    roles = {n: role for n, role in roles.items() if n not in (plan.target, plan.time_column)}
    known = tuple(e.name for e in suggestion.quasi_identifiers)
    return plan.model_copy(update={"roles": roles, "quasi_identifiers": known})


def _measures(section: str, sentence: Telling) -> Handler:
    """A handler that measures one section of the profile."""

    async def run(state: RunState, tools: Toolbox) -> Delta:
        from synthcraft.tools.profiling import SECTIONS

        frame, schema = full_table(state, tools), full_schema(state, tools)
        found = await asyncio.to_thread(SECTIONS[section], frame, schema)
        said = sentence(found, len(frame), least_in(state))
        return succeeded(said, refs=_add_section(state, tools, **{section: found}).refs)

    return run


def _say_missing(found: Any, rows: int, least: int) -> str:
    if not found.columns or found.cells == 0:
        return "No value is missing."
    worst = sorted(found.columns.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{name} ({missing_words(share, rows, least)})" for name, share in worst)
    return f"{percent(found.cells)} of all cells are missing, most in {named}."


def _say_identifiers(found: Any, rows: int, least: int) -> str:
    names = setting(list(found.columns))
    return f"These columns identify people: {names}." if found.columns else "No identifier found."


def _say_distributions(found: Any, rows: int, least: int) -> str:
    return f"I looked at the distributions of {len(found.columns)} columns."


def _say_associations(found: Any, rows: int, least: int) -> str:
    return "I looked at which columns go together."


def _say_duplicates(found: Any, rows: int, least: int) -> str:
    if not found.share:
        return "No row is an exact repeat of another."
    if count(found.rows, least) is None:
        return f"A few rows are exact repeats: {in_words(found.rows, least)}."
    return f"{percent(found.share)} of the rows are exact repeats."


for _action, _section, _sentence in (
    ("missingness_report", "missingness", _say_missing),
    ("detect_identifiers", "identifiers", _say_identifiers),
    ("distribution_eda", "distributions", _say_distributions),
    ("correlation_report", "associations", _say_associations),
    ("duplicate_check", "duplicates", _say_duplicates),
):
    profiler.handles("intake", _action)(_measures(_section, _sentence))


@profiler.proposes("intake")
async def intake_card(state: RunState, tools: Toolbox) -> Delta:
    """What was found, and the role of every column that is not an ordinary feature."""
    source, plan, least = state["source"], state["plan"], least_in(state)
    profile = await asyncio.to_thread(profile_of, state, tools)
    lines = [f"{source.name}: {source.rows:,} rows, {source.columns} columns.", *source.notes]
    lines += [say(found, source.rows, least) for found, say in _found(profile) if found is not None]
    schema = full_schema(state, tools)
    evidence = profile.suggestion.role_evidence if profile.suggestion else {}
    lines += _kept_out(plan)
    if plan.quasi_identifiers:
        lines.append(f"Together these may point to a person: {setting(plan.quasi_identifiers)}.")
    table = tuple(
        {
            "column": column.name,
            "kind": column.kind,
            "role": plain(
                "target" if column.name == plan.target else plan.roles.get(column.name, "feature")
            ),
            "evidence": evidence.get(column.name, ""),
        }
        for column in schema.columns[:60]
    )
    if strange := [column.name for column in schema.columns if odd(column.name)]:
        lines.append(
            "These column names read like instructions, or hold markup or hidden signs; they are "
            f"used as names and nothing else: {setting(strange[:SHOWN])}."
        )
    proposal = Proposal(
        gate="intake",
        title="Did I understand your table?",
        lines=tuple(lines),
        table=table,
        editable=("roles", "target"),
    )
    proposal, refs = await asyncio.to_thread(with_card, proposal, state, plan, tools)
    return Delta(proposal=proposal, refs=refs)


def _found(profile: Profile) -> tuple[tuple[Any, Telling], ...]:
    return (
        (profile.missingness, _say_missing),
        (profile.identifiers, _say_identifiers),
        (profile.duplicates, _say_duplicates),
    )
