"""One question to a language model: typed or in prose, or None whatever it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from synthcraft.agents.language.egress import GuardedTransport, Mode, check_address
from synthcraft.agents.language.failures import kind
from synthcraft.agents.language.firewall import Prompt
from synthcraft.agents.language.ledger import Ledger
from synthcraft.agents.language.prose import LONGEST
from synthcraft.graph.errors import InputError
from synthcraft.tools.untraced import untraced

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

T = TypeVar("T", bound=BaseModel)
TIMEOUT_S = 30.0
_MOST_TOKENS = 400
_log = logging.getLogger(__name__)


class Endpoint(BaseModel):
    """Where a language model is, and under which rules it may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "none"
    base_url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")
    consent: bool = False
    timeout_s: float = TIMEOUT_S
    azure_version: str = ""
    """Version of the Azure API; set, the address is that of an Azure resource."""

    @property
    def address(self) -> str:
        """Host and port that may be spoken to.

        Raises:
            InputError: the address does not belong to the mode.
        """
        return check_address(self.base_url, self.mode, self.consent)


def azure(end: Endpoint, environ: Mapping[str, str]) -> Endpoint:
    """The Azure resource that the usual variables name, if they do."""
    names = {
        "base_url": "AZURE_OPENAI_ENDPOINT",
        "api_key": "AZURE_OPENAI_API_KEY",
        "azure_version": "OPENAI_API_VERSION",
        "model": "AZURE_OPENAI_DEPLOYMENT",
    }
    found = {field: environ[name] for field, name in names.items() if environ.get(name)}
    return Endpoint.model_validate({**end.model_dump(), **found}) if "base_url" in found else end


class Reply(BaseModel):
    """What came back, and what it took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""
    prompt_tokens: int = 0
    failed: str = ""
    """The kind of failure, by the name of its error; never its text."""


class Client:
    """Asks one endpoint; every byte passes the ledger of the project."""

    def __init__(self, endpoint: Endpoint, ledger: Ledger) -> None:
        self.endpoint = endpoint
        self.ledger = ledger

    async def typed(
        self, prompt: Prompt, form: type[T], prompts: dict[str, str]
    ) -> tuple[T | None, Reply]:
        """An answer in the form of a record, None where there is none, and what came back."""
        schema = {"name": form.__name__, "schema": form.model_json_schema(), "strict": False}
        reply = await self.ask(
            prompt, prompts, response_format={"type": "json_schema", "json_schema": schema}
        )
        try:
            answer = form.model_validate_json(_json_in(reply.text)) if reply.text else None
        except ValidationError:
            answer = None
        return answer, reply

    async def ask(self, prompt: Prompt, prompts: dict[str, str], **more: Any) -> Reply:
        """An answer as text; whatever goes wrong is a reply that says which kind."""
        try:
            async with (
                asyncio.timeout(self.endpoint.timeout_s),
                self._chat(prompts, **more) as chat,
            ):
                answer = await chat.ainvoke(_messages(prompt))
        except Exception as error:
            _log.info("The language model gave no answer (%s).", kind(error))
            return Reply(failed=kind(error))
        usage = getattr(answer, "usage_metadata", None) or {}
        text = answer.content if isinstance(answer.content, str) else ""
        return Reply(text=text[: 8 * LONGEST], prompt_tokens=int(usage.get("input_tokens") or 0))

    async def prose(
        self, prompt: Prompt, prompts: dict[str, str], take: Callable[[str], bool]
    ) -> Reply:
        """An answer piece by piece, as long as `take` wants more; the reply holds no text."""
        ended = ""
        try:
            async with (
                asyncio.timeout(self.endpoint.timeout_s),
                self._chat(prompts) as chat,
                aclosing(cast("AsyncGenerator[Any]", chat.astream(_messages(prompt)))) as pieces,
            ):
                async for piece in pieces:
                    ended = piece.response_metadata.get("finish_reason") or ended
                    if isinstance(piece.content, str) and not take(piece.content):
                        return Reply()
        except Exception as error:
            _log.info("The language model's answer broke off (%s).", kind(error))
            return Reply(failed=kind(error))
        return Reply(failed="" if ended not in ("", "length") else "Cut")

    @asynccontextmanager
    async def _chat(self, prompts: dict[str, str], **more: Any) -> AsyncIterator[BaseChatModel]:
        try:
            import httpx
            import langchain_openai  # noqa: F401
        except ModuleNotFoundError:
            raise InputError(
                "The library that speaks to language models is not installed.",
                "Install synthcraft[llm], or go on without a model.",
            ) from None
        end = self.endpoint
        transport = GuardedTransport(end.address, self.ledger, prompts, end.mode)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as web:
            untraced()
            yield self._made(web, more)

    def _made(self, web: Any, more: dict[str, Any]) -> BaseChatModel:
        from langchain_openai import AzureChatOpenAI, ChatOpenAI

        end = self.endpoint
        common: dict[str, Any] = {
            "api_key": end.api_key.get_secret_value() or "none",
            "http_async_client": web,
            "timeout": end.timeout_s,
            "max_retries": 1,
            "temperature": 0.0,
            "max_tokens": _MOST_TOKENS,
            "model_kwargs": more,
        }
        if end.azure_version:
            return AzureChatOpenAI(
                azure_endpoint=end.base_url,
                azure_deployment=end.model,
                api_version=end.azure_version,
                **common,
            )
        return ChatOpenAI(base_url=end.base_url, model=end.model, **common)


def _messages(prompt: Prompt) -> list[tuple[str, str]]:
    return [("system", prompt.system), ("human", prompt.user)]


def _json_in(text: str) -> str:
    """The object in an answer, also where a server wraps it in words."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else "{"
