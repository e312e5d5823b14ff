"""Which language model a project may ask: chosen for it by a person, kept without its key.

Keys live in the memory of this process alone. After a restart a project whose model needs one asks
nobody until it is given again: no choice ever becomes another by itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.deps import LlmMode, speaker
from synthcraft.graph.errors import InputError
from synthcraft.tools.artifacts import write_atomically
from synthcraft.tools.audit import audit_log
from synthcraft.tools.provenance import utc_now

if TYPE_CHECKING:
    from synthcraft.agents.language.base import Language
    from synthcraft.agents.language.client import Endpoint
    from synthcraft.graph.deps import Deps

LONGEST_KEY = 4_096
LONGEST_ADDRESS = 2_000


class ModelChoice(Frozen):
    """What a person chose for one project; the key is no part of it."""

    mode: LlmMode = "none"
    base_url: str = ""
    model: str = ""
    consent: bool = False
    """Whether the licence of the data allows a service outside."""
    keyed: bool = False
    """Whether it needs a key."""
    at: str = ""
    """UTC; a Profile Card that was approved before is not told to this model."""


def choice_of(deps: Deps, session: str) -> ModelChoice | None:
    """What was chosen for a project; None where the settings of the program hold."""
    try:
        return ModelChoice.model_validate_json(_file(deps, session).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        return ModelChoice()  # an unreadable choice is no permission


def default_choice(deps: Deps) -> ModelChoice:
    """What the settings of the program name."""
    end = _named(deps)
    if end is None:
        return ModelChoice()
    return ModelChoice(mode=end.mode, base_url=end.base_url, model=end.model, consent=end.consent)


def language_for(deps: Deps, session: str) -> Language:
    """Who understands and explains in a project."""
    if session in deps.languages:
        return deps.languages[session]
    choice = choice_of(deps, session)
    if choice is None or deps.settings.llm == "none":
        return deps.language
    end = _endpoint(deps, session, choice, SecretStr(""))
    deps.languages[session] = _made(deps, choice, end)
    return deps.languages[session]


def waits_for_key(deps: Deps, session: str) -> bool:
    """Whether a project's model cannot be asked before its key is given again."""
    choice = choice_of(deps, session)
    return bool(choice and choice.mode != "none" and not language_for(deps, session).sends)


def endpoint_for(deps: Deps, session: str, choice: ModelChoice, key: SecretStr) -> Endpoint:
    """The endpoint of a choice, with the key that was given, is held or stands in the environment.

    Raises:
        InputError: the address does not belong to the mode, or something cannot be used.
    """
    if deps.settings.llm == "none" and choice.mode != "none":
        raise InputError(
            "Language models are switched off here (--llm none).",
            "Whoever started the program can start it without that.",
        )
    if choice.mode != "none":
        _check(choice, key)
    end = _endpoint(deps, session, choice, key)
    if end.mode != "none":
        _ = end.address  # refused before anything is sent
    return end


def choose(
    deps: Deps, session: str, choice: ModelChoice, key: SecretStr, *, actor: str, head: str = ""
) -> ModelChoice:
    """Let a project ask this model, or none, from now on; on record without the key.

    Args:
        deps: the workspace.
        session: the project.
        choice: what the person chose.
        key: given now; empty: the one that is held for this address, or that of the environment.
        actor: who chose.
        head: last entry of the project's audit log.

    Raises:
        InputError: it cannot be used; nothing has changed then.
    """
    end = endpoint_for(deps, session, choice, key)
    choice = ModelChoice(
        mode=end.mode,
        base_url=end.base_url,
        model=end.model,
        consent=end.consent,
        keyed=bool(end.api_key.get_secret_value()),
        at=utc_now(),
    )
    told = choice.model_dump(mode="json", exclude={"at"})
    audit = audit_log(deps.settings.home, session)
    entry = {"kind": "message", "at": choice.at, "actor": actor, "language_model": told}
    audit.append(entry, head)
    write_atomically(_file(deps, session), (json.dumps(choice.model_dump(mode="json")).encode(),))
    deps.languages[session] = _made(deps, choice, end)
    return choice


def _made(deps: Deps, choice: ModelChoice, end: Endpoint) -> Language:
    if choice.mode == "none" or (choice.keyed and not end.api_key.get_secret_value()):
        return speaker(deps.settings)
    return speaker(deps.settings, end, choice.at)


def _endpoint(deps: Deps, session: str, choice: ModelChoice, given: SecretStr) -> Endpoint:
    """A key goes to the address that it was given for, and to no other."""
    from synthcraft.agents.language.client import Endpoint

    if choice.mode == "none":
        return Endpoint()
    url = choice.base_url.strip()
    held = getattr(deps.languages.get(session), "endpoint", None)
    known = [end for end in (held, _named(deps)) if end is not None and end.base_url == url]
    keys = (given.get_secret_value().strip(), *(end.api_key.get_secret_value() for end in known))
    return Endpoint(
        mode=choice.mode,
        base_url=url,
        model=choice.model.strip(),
        api_key=SecretStr(next(filter(None, keys), "")),
        consent=choice.consent,
        azure_version=known[-1].azure_version if known else "",
    )


def _named(deps: Deps) -> Endpoint | None:
    """The endpoint that the settings of the program name."""
    found: Endpoint | None = getattr(deps.language, "endpoint", None)
    return found


def _check(choice: ModelChoice, key: SecretStr) -> None:
    text = key.get_secret_value().strip()
    if len(text) > LONGEST_KEY or not text.isascii() or not text.isprintable() or " " in text:
        raise InputError(
            "This key cannot be used.",
            f"A key is one word of at most {LONGEST_KEY:,} letters, digits and signs.",
        )
    for words in (choice.base_url.strip(), choice.model.strip()):
        if not words or len(words) > LONGEST_ADDRESS or not words.isprintable():
            raise InputError(
                "A language model needs an address and a name.",
                "Such as http://127.0.0.1:8080/v1 and the name under which the server knows it.",
            )


def _file(deps: Deps, session: str) -> Path:
    return deps.settings.home / "language" / f"{session}.json"
