"""What one run leaves behind: steps in order, who was asked, and what came of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from synthcraft.graph.contracts import Frozen

Kind = Literal["action", "job", "fault", "card", "answer", "plan", "model", "refused"]
Ended = Literal["finished", "waiting", "stopped", "failed", "gave_up", "infrastructure"]
SIMULATED = "simulated person"


class Step(Frozen):
    """One thing that happened.

    Attributes:
        kind: `action`: a specialist did something; `job`: heavy work was started for it; `fault`:
            that work was made to fail; `card`: a person was shown something; `answer`: they
            replied; `plan`: the model changed the plan by itself; `model`: a language model
            spoke; `refused`: it wanted a tool that does not exist.
        name: the action, job, gate or tool.
        outcome: `ok`, `fail`, or the verdict of an answer.
        engines: generators that a card proposes, a plan names, or a job trains, with parameters.
        families: what a job measures.
        seconds: what a job takes, counted also where its result was there already.
        actor: who answered; nobody where no answer came.
        marks: what is noticed in a language model's words (`evals.ablation.marks`).
        tokens: what the model read and wrote.
        text: words, shortened.
    """

    kind: Kind
    name: str = ""
    episode: str = ""
    outcome: str = ""
    engines: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    seconds: float = 0.0
    actor: str = ""
    marks: tuple[str, ...] = ()
    tokens: int = 0
    text: str = ""


class Key(NamedTuple):
    """What a run is of; systems are compared on equal task and seed."""

    system: str
    model: str
    task: str
    seed: int


class Trace(Frozen):
    """A whole run.

    Attributes:
        system: who decides.
        model: name of the language model, empty where none takes part.
        emulated: whether that model is a script.
        task: name of the task.
        seed: of the person, the faults and the run.
        ended: how it ended; `infrastructure` says nothing about the system.
        message: its last sentence.
        target: the outcome that the plan names at the end.
        tables: synthetic tables that were made.
        quality: of the best table on the holdout, 0 to 1; None: no table, or no endpoint.
        strict: whether privacy was agreed to be strict.
        seconds: wall time.
        steps: in order.
    """

    system: str
    model: str = ""
    emulated: bool = False
    task: str
    seed: int
    ended: Ended
    message: str = ""
    target: str = ""
    tables: int = 0
    quality: float | None = None
    strict: bool = False
    seconds: float = 0.0
    steps: tuple[Step, ...] = Field(default=())

    @property
    def key(self) -> Key:
        """What it is of."""
        return Key(self.system, self.model, self.task, self.seed)


def shortened(text: str, most: int = 160) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
