"""Language models of the harness: a real endpoint, or a script that is always called emulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from synthcraft.graph.errors import InputError, SynthCraftError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

EMULATED = "emulated:"
"""Beginning of the name of every script that stands in for a language model."""
TIMEOUT_S = 120.0
MOST_TOKENS = 300
PER_TOKEN = 4
"""Bytes of a token of English, about: used where a model does not count."""
Make = Callable[[int], "BaseChatModel"]


class EndpointError(SynthCraftError):
    """The language model could not be reached or refused for reasons of its own: no task failed."""

    code = "E_ENDPOINT"
    exit_code = 2


@dataclass(frozen=True)
class Model:
    """A language model for runs.

    Attributes:
        name: as results name it; begins with `emulated:` for every script.
        make: a new chat model for a seed.
    """

    name: str
    make: Make

    @property
    def emulated(self) -> bool:
        """Whether it is a script."""
        return self.name.startswith(EMULATED)


def emulated_models() -> dict[str, Model]:
    """Every script, by its full name."""
    from synthcraft.evals.ablation.emulated import scripts

    return {script.name: script for script in scripts()}


def endpoint(name: str, base_url: str, api_key: str = "", timeout_s: float = TIMEOUT_S) -> Model:
    """A model behind an OpenAI-compatible address.

    Raises:
        InputError: there is no address, or a name that is kept for scripts.
    """
    if not name or not base_url:
        raise InputError(
            "A language model needs a name and an address.",
            "Give both --model NAME and --base-url URL, or an emulated model alone: "
            f"{', '.join(emulated_models())}.",
        )
    if name.startswith(EMULATED) or not base_url.startswith(("http://", "https://")):
        raise InputError("This is not the name and address of a language model.")

    def make(seed: int) -> BaseChatModel:
        from langchain_openai import ChatOpenAI

        from synthcraft.tools.untraced import untraced

        untraced()
        settings: dict[str, Any] = {"max_tokens": MOST_TOKENS, "temperature": 0.0, "seed": seed}
        return ChatOpenAI(
            model=name,
            base_url=base_url,
            api_key=SecretStr(api_key or "none"),
            timeout=timeout_s,
            max_retries=1,
            **settings,
        )

    return Model(name, make)


def named(names: Sequence[str], base_url: str, api_key: str = "") -> list[Model]:
    """Scripts by their names (`emulated`: all of them), and models behind the address.

    Raises:
        InputError: an address without a name, or the other way round.
    """
    if base_url and not names:
        raise InputError("An address was given, and no model.", "Name it with --model.")
    known = emulated_models()
    found: dict[str, Model] = {}
    for name in names:
        if name == EMULATED.rstrip(":"):
            found |= known
        elif name.startswith(EMULATED) and name in known:
            found[name] = known[name]
        else:
            found[name] = endpoint(name, base_url, api_key)
    return list(found.values())


def text_of(message: BaseMessage) -> str:
    """The words of a message."""
    return message.content if isinstance(message.content, str) else str(message.content)


def tokens_of(message: AIMessage, read: Sequence[str]) -> int:
    """What was read and written, as the model counts, else by its size."""
    if message.usage_metadata:
        return int(message.usage_metadata["total_tokens"])
    return (sum(len(text) for text in read) + len(text_of(message))) // PER_TOKEN


OVERFLOW = "context_overflow"
_OWN_FAULT = {"BadRequestError", "UnprocessableEntityError", "LengthFinishReasonError"}
_ELSEWHERE = ("openai", "httpx", "json", "pydantic")
_UNREADABLE = (TypeError, AttributeError, KeyError, ValueError)
"""What the client raises where an answer is not in the form of the protocol."""


class ModelError(SynthCraftError):
    """The model itself failed: what it was given did not fit, or its answer cannot be read."""

    code = "E_MODEL"


@contextmanager
def told_apart() -> Iterator[None]:
    """Errors of a call: the endpoint's are `EndpointError`, the model's own `ModelError`."""
    try:
        yield
    except SynthCraftError:
        raise
    except Exception as error:
        kinds, text = type(error).__mro__, str(error).lower()
        if "context" in text and any(word in text for word in ("length", "size", "window")):
            raise ModelError(OVERFLOW) from error
        if own := _OWN_FAULT.intersection(kind.__name__ for kind in kinds):
            raise ModelError(own.pop()) from error
        away = any(kind.__module__.startswith(_ELSEWHERE) for kind in kinds)
        if away or isinstance(error, _UNREADABLE):
            name = type(error).__name__
            raise EndpointError(f"The language model gave no answer ({name}).") from error
        raise
