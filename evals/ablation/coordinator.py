"""The plain coordinator: a language model with the same tools, and nothing that holds it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.desk import Desk
from synthcraft.evals.ablation.models import ModelError
from synthcraft.evals.ablation.records import Step, shortened
from synthcraft.evals.ablation.systems import system
from synthcraft.graph.contracts import Action, Changes, GateName
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.errors import GuardError, InputError
from synthcraft.graph.records import UseCase

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

PROMPT = (Path(__file__).parent / "prompts.md").read_text(encoding="utf-8")
MODEL_CALLS = 60
"""Calls of the model in one stretch between two words of the person."""
NUDGES = 3
"""Times that the person says "go on" to a coordinator that only talks."""
GO_ON = "I am here. Please go on."


@system("llm_coordinator", asks_model=True, gated=False)
async def llm_coordinator(bench: Bench) -> Ending:
    """LangChain's own agent loop around the desk."""
    try:
        from langchain.agents import create_agent
    except ModuleNotFoundError:
        raise InputError(
            "The plain coordinator needs LangChain.",
            "Install it: pip install 'synthcraft[ablation]'",
        ) from None
    from synthcraft.evals.ablation.overheard import overhearing

    if bench.model is None:
        raise GuardError("A coordinator without a model was to be run.")
    desk = Desk(bench)
    await desk.begin()
    tools = tools_of(desk)
    ears = overhearing({tool.name for tool in tools}, bench.steps.append, MODEL_CALLS)
    agent = create_agent(bench.model.make(bench.seed), tools, system_prompt=PROMPT, middleware=ears)
    return await _conversation(desk, agent)


async def _conversation(desk: Desk, agent: Any) -> Ending:
    """Turns of the model, with a person who says "go on" a few times."""
    messages: list[Any] = [{"role": "user", "content": opening(desk)}]
    for _ in range(NUDGES + 1):
        try:
            result = await agent.ainvoke({"messages": messages}, {"recursion_limit": 500})
        except ModelError as error:
            desk.bench.steps.append(Step(kind="model", outcome="fail", marks=(error.message,)))
            return desk.ending("gave_up", f"The model failed: {error.message}.")
        said = shortened(str(result["messages"][-1].content))
        if "draft_report" in desk.progress("documentation").done:
            return desk.ending("finished", said)
        if desk.silent or desk.left:
            return desk.ending("waiting", said)
        messages = [*result["messages"], {"role": "user", "content": GO_ON}]
    return desk.ending("gave_up", said)


class Nothing(BaseModel):
    """Arguments of a tool that takes none."""


def opening(desk: Desk) -> str:
    """What the person says first: their words, and what they chose on the form."""
    task, source = desk.bench.task, desk.state["source"]
    form = ", ".join(f"{name} = {value}" for name, value in task.request.named().items())
    words = task.prompt or "Please make synthetic data."
    return f"{words} The table has {source.rows} rows, {source.columns} columns. {form}."


def tools_of(desk: Desk) -> list[BaseTool]:
    """One tool for each action of the episode table, and what the graph does otherwise."""
    from langchain_core.tools import StructuredTool

    async def act(action: Action) -> str:
        return await (desk.ask(action) if action.asks else desk.act(action))

    async def present(gate: GateName) -> str:
        """Show the person the card of a part, or `parameters`, and return what they say."""
        return await desk.show(gate)

    async def change_plan(
        target: str | None = None,
        use_case: UseCase | None = None,
        include: tuple[str, ...] = (),
        preset: Literal["quick", "standard", "paper"] | None = None,
    ) -> str:
        """Change the plan: the outcome, the purpose, the generators by name, the preset."""
        said = {"target": target, "use_case": use_case, "include": include, "preset": preset}
        return desk.change(Changes.model_validate(said), by_model=True)

    actions = [action for episode in EPISODES.values() for action in episode.actions]
    tools: list[BaseTool] = [
        StructuredTool.from_function(
            coroutine=_no_arguments(partial(act, action)),
            name=action.name,
            description=described(action),
            args_schema=Nothing,
        )
        for action in actions
    ]
    tools += [StructuredTool.from_function(coroutine=each) for each in (present, change_plan)]
    return tools


def described(action: Action) -> str:
    """What a tool does, where it belongs and what it needs before."""
    before = f" After {', '.join(action.needs)}." if action.needs else ""
    return f"{action.sentence} Part: {action.episode}.{before}"


def _no_arguments(call: Callable[[], Awaitable[str]]) -> Callable[[], Awaitable[str]]:
    async def run() -> str:
        return await call()

    return run
