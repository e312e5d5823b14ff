"""What a workspace keeps from one project to the next: learnt counts, and how projects went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthcraft.agents.learnt import taught
from synthcraft.agents.searching import choice_made
from synthcraft.graph.bandit import policy_named
from synthcraft.graph.contracts import AUTO, EpisodeName
from synthcraft.graph.deps import Settings
from synthcraft.graph.drift import WINDOW, Outcome, alarmed, cautious
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES
from synthcraft.graph.policy_file import load_policy, locked, merge_into, not_written, put_aside
from synthcraft.graph.records import digest_of
from synthcraft.graph.router import situation_of
from synthcraft.graph.state import Progress, RunState
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.artifacts import ArtifactStore, write_atomically
from synthcraft.tools.counts import Counts, add_counts

SCHEMA = "emab-drift/1"
THEN = "The drift alarm counts anew."
Net = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


class DriftFile(BaseModel):
    """`drift.json`: the numbers of the last projects, nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: str = Field(alias="schema")
    outcomes: list[tuple[Net, Net]] = Field(max_length=WINDOW)
    digest: str


def recall(settings: Settings) -> Statistics:
    """What a new project starts from; the priors alone where learning is switched off."""
    if not policy_named(settings.policy).learnt:
        return Statistics()
    known = load_policy(settings.policy_file)
    return cautious(known) if alarmed(recent(settings.policy_file)) else known


def keep(settings: Settings, state: RunState) -> None:
    """Add what a project taught and how it went; nothing where learning is switched off."""
    if not policy_named(settings.policy).learnt:
        return
    counts = state.get("counts", {})
    if not _automatic(state):
        choice = choice_made(state, ArtifactStore(settings.home / "artifacts"))
        counts = add_counts(counts, taught(state, choice))
    merge_into(settings.policy_file, counts)
    outcome = outcome_of(state)
    if outcome is not None:
        remember(settings.policy_file, outcome)


def keep_qualities(settings: Settings, counts: Counts, actor: str) -> bool:
    """Add what runs outside a project taught, if a person approved them; whether it was added."""
    if not counts or actor.startswith(AUTO) or not policy_named(settings.policy).learnt:
        return False
    merge_into(settings.policy_file, counts, pipelines=0)
    return True


def outcome_of(state: RunState) -> Outcome | None:
    """What a project brought; None where no person, or not only persons, judged it."""
    ended = dict(_ended(state))
    if not ended or _automatic(state):
        return None
    net = sum(sum(progress.returns) - progress.asks for progress in ended.values())
    rules, fresh = policy_named("rules"), dict.fromkeys(ended, Progress())
    begun: RunState = {**state, "progress": state["progress"] | fresh}
    predicted = (rules.choose(situation_of(begun, name), Statistics()).score for name in ended)
    return Outcome(net, round(sum(predicted), 6))


def _automatic(state: RunState) -> bool:
    """Whether anything was approved by no person."""
    return any(a.actor.startswith(AUTO) for a in state["approvals"].values())


def _ended(state: RunState) -> Iterator[tuple[EpisodeName, Progress]]:
    for name in EPISODES:
        progress = state["progress"].get(name, Progress())
        if progress.status == "approved" or progress.attempt >= ATTEMPT_LIMIT:
            yield name, progress


def drift_file(policy_file: Path) -> Path:
    """The file beside the learnt counts that holds how the last projects went."""
    return policy_file.with_name("drift.json")


def recent(policy_file: Path) -> tuple[Outcome, ...]:
    """How the last projects went, the newest last; a file that cannot be used is set aside."""
    path = drift_file(policy_file)
    found, problem = _read(path)
    if not problem:
        return found
    with suppress(OSError), locked(path):
        return _read_or_set_aside(path)
    return ()


def remember(policy_file: Path, outcome: Outcome) -> None:
    """Add a project and drop the oldest; safe against other processes."""
    path = drift_file(policy_file)
    try:
        with locked(path):
            known = [*_read_or_set_aside(path), outcome][-WINDOW:]
            content: dict[str, Any] = {"schema": SCHEMA, "outcomes": [list(o) for o in known]}
            text = json.dumps({**content, "digest": digest_of(content)}, indent=1)
            write_atomically(path, (text.encode(),))
    except OSError as error:
        raise not_written(path, error) from error


def _read(path: Path) -> tuple[tuple[Outcome, ...], str]:
    """The outcomes, or why the file cannot be used."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        file = DriftFile.model_validate(content)
    except FileNotFoundError:
        return (), ""
    except (OSError, ValueError, ValidationError, RecursionError):
        return (), "it is damaged"
    if file.schema_ != SCHEMA:
        return (), "it has another format"
    stated = content.pop("digest")
    if digest_of(content) != stated:
        return (), "it was changed by hand or damaged"
    return tuple(Outcome(*pair) for pair in file.outcomes), ""


def _read_or_set_aside(path: Path) -> tuple[Outcome, ...]:
    """The outcomes; a file that cannot be used is moved out of the way. Call under the lock."""
    found, problem = _read(path)
    if problem:
        put_aside(path, problem, THEN)
    return found
