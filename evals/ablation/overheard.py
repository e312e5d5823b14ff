"""What a coordinator's model says, noted at every call; LangChain's own hooks are used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelCallLimitMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage

from synthcraft.evals.ablation import marks
from synthcraft.evals.ablation.models import text_of, tokens_of, told_apart
from synthcraft.evals.ablation.records import Step, shortened


class Ears(AgentMiddleware):
    """Notes tokens, words of interest and tools that do not exist."""

    def __init__(self, known: set[str], note: Callable[[Step], None]) -> None:
        super().__init__()
        self.known, self.note = known, note

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Let the call happen and write down what came back."""
        with told_apart():
            response = await handler(request)
        read = [text_of(message) for message in request.messages]
        for message in response.result:
            if isinstance(message, AIMessage):
                self._hear(message, read)
        return response

    def _hear(self, message: AIMessage, read: Sequence[str]) -> None:
        text = text_of(message)
        unreadable = (marks.UNREADABLE,) if message.invalid_tool_calls else ()
        names = [call["name"] for call in message.tool_calls]
        self.note(
            Step(
                kind="model",
                name=", ".join(names),
                outcome="ok",
                marks=(*marks.in_words(text), *marks.in_sight(read), *unreadable),
                tokens=tokens_of(message, read),
                text=shortened(text),
            )
        )
        for name in names:
            if name not in self.known:
                unknown = shortened(name, 60)
                self.note(Step(kind="refused", name=unknown, marks=marks.of_tool(name)))


def overhearing(known: set[str], note: Callable[[Step], None], calls: int) -> list[Any]:
    """Middleware that notes, and ends a loop that has no end."""
    return [Ears(known, note), ModelCallLimitMiddleware(run_limit=calls, exit_behavior="end")]
