"""Scripts that stand in for language models and replay how coordinators were seen to fail.

The failures are those that the paper reports of GPT-5 as the coordinator: own code instead of the
generators, every generator at once, no evaluation, and a person who is never asked. No language
model is called, so every result of these is called emulated.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from synthcraft.evals.ablation.habits import HABITS, Call, Habit
from synthcraft.evals.ablation.llm_router import LISTED
from synthcraft.evals.ablation.models import EMULATED, Model


class Scripted(BaseChatModel):
    """A chat model whose words come from a habit; it takes part in the usual agent loop."""

    habit_name: str
    seed: int = 0
    _habit: Habit = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """A new habit for every run."""
        super().model_post_init(context)
        self._habit = HABITS[self.habit_name](np.random.default_rng([self.seed, 31]))

    @property
    def _llm_type(self) -> str:
        return f"emulated-{self.habit_name}"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> BaseChatModel:
        """It knows its tools already."""
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        last = str(messages[-1].content)
        said: Call | str
        if LISTED in last:
            said = self._habit.pick(last.split(LISTED)[1].rstrip(".").split(", "))
        else:
            said = self._habit.say(last)
        return ChatResult(generations=[ChatGeneration(message=_message(said))])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return self._generate(messages)


def _message(said: Call | str) -> AIMessage:
    if isinstance(said, str):
        return AIMessage(content=said)
    call = {"name": said.tool, "args": dict(said.args), "id": uuid.uuid4().hex[:8]}
    return AIMessage(content=said.words, tool_calls=[{**call, "type": "tool_call"}])


def scripts() -> list[Model]:
    """A model for every habit."""
    return [Model(f"{EMULATED}{name}", partial(_scripted, name)) for name in HABITS]


def _scripted(name: str, seed: int) -> BaseChatModel:
    return Scripted(habit_name=name, seed=seed)
