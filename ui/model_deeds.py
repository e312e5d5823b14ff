"""What the settings of the language model do: try one out, use one, say which is in use.

A key passes through this process's memory alone: it is never sent back to a browser or written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, get_args

from pydantic import SecretStr, ValidationError

from synthcraft.graph import model_choice
from synthcraft.graph.deps import LlmMode
from synthcraft.graph.errors import InputError, SessionBusyError
from synthcraft.graph.model_choice import ModelChoice
from synthcraft.ui.text import md

if TYPE_CHECKING:
    from synthcraft.agents.language.client import Endpoint
    from synthcraft.ui.project import Project
    from synthcraft.ui.projects import Projects

Deed = Callable[..., Awaitable[None]]
MODES: dict[LlmMode, str] = {
    "none": "No model",
    "local": "A model on this machine or in our network",
    "approved": "A named service outside",
}
PATIENCE_S = 15.0
_STATUS = {"ok": "Good", "note": "Note", "fail": "Not usable"}
_KEY_GONE = "Its key was in memory only and is gone: give it again. Until then nothing is sent."


def part(project: Project, projects: Projects) -> dict[str, dict[str, Any]]:
    """What is in use, as properties of the fields; never a key."""
    choice, now = in_use(project, projects)
    return {
        "llm_now": {"value": now},
        "llm_mode": {"value": choice.mode},
        "llm_box": {"visible": choice.mode != "none"},
        "llm_url": {"value": choice.base_url},
        "llm_name": {"value": choice.model},
        "llm_consent": {"value": choice.consent, "visible": choice.mode == "approved"},
    }


def note(project: Project) -> dict[str, dict[str, Any]]:
    """What came of the last click; apart from the fields, which keep what is being typed."""
    return {"llm_found": {"value": project.model_note}}


def in_use(project: Project, projects: Projects) -> tuple[ModelChoice, str]:
    """The choice that holds for a project, and a sentence about it."""
    try:
        deps = projects.runner.deps
    except InputError:  # the server is still starting
        return ModelChoice(), ""
    made = project.model_wish or model_choice.choice_of(deps, project.key)
    choice = made or model_choice.default_choice(deps)
    if choice.mode == "none":
        return choice, "**Language model:** none. Sentences are understood on this machine."
    name = f"{md(choice.model)} at {md(choice.base_url)}"
    if not project.model_wish and model_choice.waits_for_key(deps, project.key):
        return choice, f"**Language model:** {name}. {_KEY_GONE}"
    return choice, f"**Language model:** {name} ({MODES[choice.mode].lower()}) may be asked."


def begun(project: Project, projects: Projects, session: str) -> None:
    """A draft has become a project: what was chosen for it holds from its first step."""
    if project.model_wish is None:
        return
    held = project.model_held
    key = held.api_key if held else SecretStr("")
    actor = project.owner or projects.settings.actor
    model_choice.choose(projects.runner.deps, session, project.model_wish, key, actor=actor)
    project.model_wish = None


def told(deed: Deed) -> Deed:
    """The deed; what cannot be used is said beside the fields, where the person looks."""

    async def done(project: Project, *given: object) -> None:
        try:
            await deed(project, *given)
        except InputError as error:
            project.model_note = f"**Not done.** {md(error)}"

    return done


class ModelDeeds:
    """What the two buttons do."""

    def __init__(self, projects: Projects) -> None:
        self.projects = projects

    async def test(self, project: Project, *given: object) -> None:
        """Ask the model a few easy sentences of ours and say what was found; changes nothing."""
        from synthcraft.agents.language.ledger import Ledger
        from synthcraft.agents.language.probe import probe
        from synthcraft.tools.audit import ledger_path

        project.model_note = ""
        end = self._endpoint(project, *given)
        if end.mode == "none":
            project.model_note = "There is nothing to test: no model is asked."
            return
        project.model_note = "*Asking…*"
        ledger = Ledger(ledger_path(self.projects.settings.home, "doctor"))
        found = await probe(end.model_copy(update={"timeout_s": PATIENCE_S}), ledger)
        lines = (f"- **{_STATUS[f.status]}:** {md(f.detail)} {md(f.hint)}".strip() for f in found)
        project.model_note = "\n".join(lines)

    async def use(self, project: Project, *given: object) -> None:
        """From now on this project asks this model, or none."""
        if project.view is None and project.busy:
            raise SessionBusyError("I am reading the table.", "Choose the model in a moment.")
        end = self._endpoint(project, *given)
        fields = end.model_dump(include={"mode", "base_url", "model", "consent"})
        choice = ModelChoice(**fields)
        if project.view is None:
            project.model_wish = choice
        else:
            deps = self.projects.runner.deps
            actor, head = self.projects.actor(), project.view.audit_head
            model_choice.choose(deps, project.key, choice, end.api_key, actor=actor, head=head)
            project.sheets = await self.projects.runner.sheets(project.key)
        _, now = in_use(project, self.projects)
        project.model_note = "In use from now on."
        project.say(now)

    def _endpoint(
        self,
        project: Project,
        mode: object,
        url: object,
        name: object,
        key: object,
        consent: object,
    ) -> Endpoint:
        """What the fields name; it and its key are held until the program ends.

        Raises:
            InputError: it cannot be used. A team's server asks only what its operator named.
        """
        self.projects.check_owner(project)
        deps, held = self.projects.runner.deps, project.model_held
        given = {"mode": mode, "base_url": url, "model": name, "consent": consent is True}
        if mode not in get_args(LlmMode):
            raise InputError("Choose who may be asked.", "No model is a choice too.")
        try:
            choice = ModelChoice.model_validate(given)
        except ValidationError:
            raise InputError("The address and the name of a model are words.") from None
        ours = model_choice.default_choice(deps).base_url
        team = self.projects.team is not None
        if team and choice.mode != "none" and choice.base_url.strip() != ours:
            raise InputError(
                "On the server of a team only the model that its operator named can be asked.",
                f"That is {ours}." if ours else "None is named here.",
            )
        secret = SecretStr(key if isinstance(key, str) else "")
        same = held is not None and held.base_url == choice.base_url.strip()
        if held and same and not secret.get_secret_value().strip():
            secret = held.api_key
        project.model_held = model_choice.endpoint_for(deps, project.key, choice, secret)
        return project.model_held
