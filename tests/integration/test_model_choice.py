"""The language model of a project, chosen on the page: tried, used, kept without its key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.language.embedding import Embedded
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.graph.model_choice import choice_of, language_for, waits_for_key
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer
from synthcraft.tools.audit import audit_log
from synthcraft.ui import conversation, model_deeds
from synthcraft.ui.model_deeds import ModelDeeds
from synthcraft.ui.project import Project
from synthcraft.ui.projects import Projects
from tests.model_double import Double, served

KEY = "sk-canary-93b1f0d7"
VAGUE = "so how good is the result now, all in all?"
PROSE = "The table was read and waits for your decision on the intake card."


@pytest.fixture
def double() -> Iterator[Double]:
    with served() as server:
        server.answer = PROSE
        yield server


@asynccontextmanager
async def page(home: Path, **more: Any) -> AsyncIterator[tuple[Projects, ModelDeeds]]:
    """The registry of a page on a workspace."""
    settings = Settings.from_env(home=home, environ={}, actor="Dr Test", **more)
    projects = Projects(settings)
    async with open_runner(settings) as runner:
        await projects.connect(runner)
        yield projects, ModelDeeds(projects)
        await projects.close()


async def begun(projects: Projects, table: Path) -> Project:
    project = projects.draft()
    project.files = [table]
    projects.begin(project, seed=1, join_on=None)
    assert project.task is not None
    await project.task
    return project


async def talk(projects: Projects, project: Project, text: str) -> None:
    await conversation.say(projects, project, text)
    if project.task is not None:
        await project.task


def fields(double: Double, **more: Any) -> tuple[Any, ...]:
    given = {"mode": "local", "url": double.url, "name": "double", "key": KEY, "consent": False}
    return tuple((given | more).values())


def files_with(home: Path, text: str) -> list[Path]:
    return [p for p in home.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


async def test_a_model_is_tried_taken_and_speaks_and_its_key_is_written_nowhere(
    double: Double, tmp_path: Path, clinic_csv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    async with page(home) as (projects, deeds):
        project = await begun(projects, clinic_csv)
        before = model_deeds.part(project, projects)
        assert "none" in before["llm_now"]["value"] and before["llm_mode"]["value"] == "none"
        await deeds.test(project, *fields(double))
        assert "Good" in project.model_note and "double answers" in project.model_note
        assert model_deeds.part(project, projects)["llm_mode"]["value"] == "none"
        await deeds.use(project, *fields(double, key=""))  # the key of the test is held
        await talk(projects, project, VAGUE)
        shown = model_deeds.part(project, projects)
        assert "may be asked" in shown["llm_now"]["value"] and shown["llm_url"]["value"]
        assert KEY not in repr(project) + json.dumps(shown) + caplog.text
        log = audit_log(home, project.key)
        (noted,) = [e.body for e in log.all() if "language_model" in e.body]
        assert noted["actor"] == "Dr Test" and noted["language_model"]["mode"] == "local"
        assert noted["language_model"]["keyed"] and log.verify() == []
    assert any(PROSE in message.text for message in project.messages)
    assert all(f"Bearer {KEY}" == sent for sent in double.keys)
    assert files_with(home, KEY) == []
    async with page(home) as (projects, deeds):  # the program was started anew
        project = await projects.find(project.key)
        deps = projects.runner.deps
        assert waits_for_key(deps, project.key) and not language_for(deps, project.key).sends
        assert "give it again" in model_deeds.part(project, projects)["llm_now"]["value"]
        asked = len(double.received)
        await talk(projects, project, VAGUE)
        assert len(double.received) == asked
        await deeds.use(project, *fields(double))
        assert language_for(deps, project.key).sends


async def test_no_choice_becomes_another_when_the_program_starts_anew(
    double: Double, tmp_path: Path, clinic_csv: Path
) -> None:
    named = {"llm": "local", "llm_base_url": double.url, "llm_model": "double"}
    async with page(tmp_path / "home", **named) as (projects, deeds):
        project = await begun(projects, clinic_csv)
        assert language_for(projects.runner.deps, project.key).sends
        await deeds.use(project, *fields(double, mode="none"))
        assert not language_for(projects.runner.deps, project.key).sends
    async with page(tmp_path / "home", **named) as (projects, _):
        assert not language_for(projects.runner.deps, project.key).sends
        assert language_for(projects.runner.deps, "another").sends
    async with page(tmp_path / "home", llm="none") as (projects, deeds):
        with pytest.raises(InputError, match="switched off"):
            await deeds.use(await projects.find(project.key), *fields(double))


async def test_a_draft_may_choose_and_a_later_model_is_not_told_the_card_of_an_earlier_one(
    double: Double, tmp_path: Path, clinic_csv: Path
) -> None:
    async with page(tmp_path / "home") as (projects, deeds):
        draft = projects.draft()
        draft.files = [clinic_csv]
        await deeds.use(draft, *fields(double))
        assert not (tmp_path / "home" / "language").exists()
        projects.begin(draft, seed=1, join_on=None)
        assert draft.task is not None
        await draft.task
        assert draft.view is not None and draft.view.proposal is not None
        assert any("is told this of the table" in line for line in draft.view.proposal.lines)
        await asyncio.sleep(1.1)  # times are kept to the second; a person takes longer
        projects.answer(draft, draft.gate, Answer(verdict="approve"))
        await draft.task
        await talk(
            projects,
            draft,
            "my colleagues abroad cannot get the real thing, they will get this one",
        )
        assert "<card>" in double.received[-1].decode()
        with served() as other:
            other.answer = '{"means": ""}'
            await deeds.use(draft, *fields(other))
            await talk(
                projects, draft, "my partners cannot get the real file, they will get this one"
            )
            assert other.received and "<card>" not in other.texts
            assert KEY.encode() not in b"".join(other.received)


async def test_reading_by_meaning_stays_when_a_project_chooses_its_model(
    double: Double, tmp_path: Path, clinic_csv: Path
) -> None:
    async with page(tmp_path / "home", nlu="meaning") as (projects, deeds):
        project = await begun(projects, clinic_csv)
        deps = projects.runner.deps
        for mode in ("local", "none"):
            await deeds.use(project, *fields(double, mode=mode))
            chosen = language_for(deps, project.key)
            assert chosen.sends is (mode == "local")
            alone = getattr(chosen, "offline", chosen)
            assert isinstance(alone.understander.guess, Embedded)


async def test_nothing_of_a_deleted_project_stays_in_memory(
    double: Double, tmp_path: Path, clinic_csv: Path
) -> None:
    named = {"llm": "local", "llm_base_url": double.url, "llm_model": "double"}
    async with page(tmp_path / "home", **named) as (projects, deeds):
        project = await begun(projects, clinic_csv)
        runner = projects.runner
        await talk(projects, project, VAGUE)  # the model of the program met the table
        assert project.key in runner.deps.language.known  # type: ignore[attr-defined]
        await deeds.use(project, *fields(double))
        await talk(projects, project, VAGUE)
        await runner.history(project.key)
        assert runner.heard.before(project.key) and project.key in runner.read
        assert project.key in runner.deps.languages
        await runner.delete(project.key)
        assert project.key not in runner.deps.language.known  # type: ignore[attr-defined]
        assert project.key not in runner.deps.languages and project.key not in runner.read
        assert runner.heard.before(project.key) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mode": "gpt"}, "who may be asked"),
        ({"url": ""}, "an address and a name"),
        ({"name": " "}, "an address and a name"),
        ({"url": 17}, "are words"),
        ({"url": "file:///etc/passwd"}, "cannot be used"),
        ({"url": "http://user:pass@127.0.0.1/v1"}, "cannot be used"),
        ({"url": "http://127.0.0.1/v1?key=abc"}, "cannot be used"),
        ({"url": "http://127.0.0.1:99999/v1"}, "cannot be used"),
        ({"url": "http://[::1/v1"}, "cannot be used"),
        ({"url": "http://127.0.0.1/v1\nx"}, "an address and a name"),
        ({"url": "http://127.0.0.1@evil.example/v1"}, "cannot be used"),
        ({"url": "http://evil.example/v1"}, "private network"),
        ({"url": "http://169.254.169.254/v1"}, "private network"),
        ({"url": "http://" + "a" * 5_000}, "an address and a name"),
        ({"mode": "approved", "url": "https://api.example.org/v1"}, "consent"),
        ({"mode": "approved", "url": "http://api.example.org/v1", "consent": True}, "https"),
        ({"key": "x" * 10_000_000}, "key cannot be used"),
        ({"key": "two words"}, "key cannot be used"),
        ({"key": "schlüssel"}, "key cannot be used"),
        ({"key": "a\nX-Other: 1"}, "key cannot be used"),
    ],
    ids=lambda v: str(v)[:40],
)
async def test_what_cannot_be_used_is_refused_with_a_sentence_and_changes_nothing(
    given: dict[str, Any], words: str, double: Double, tmp_path: Path
) -> None:
    async with page(tmp_path / "home") as (projects, deeds):
        project = projects.draft()
        for deed in (deeds.test, deeds.use):
            with pytest.raises(SynthCraftError, match=words) as refused:
                await deed(project, *fields(double, **given))
            assert len(str(refused.value)) < 400 and "x" * 50 not in str(refused.value)
        assert project.model_wish is None and choice_of(projects.runner.deps, project.key) is None
    assert double.received == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (401, "refused the key"),
        (404, "does not know this address or model"),
        (429, "too many requests"),
        (500, "an error of its own"),
        (b"<html>hello</html>", "cannot be read"),
        (b'{"choices": []}', "cannot be read"),
        (b"x" * 10_000_000, "cannot be read"),
    ],
    ids=lambda v: str(v)[:20],
)
async def test_a_test_says_in_plain_words_what_is_wrong(
    answer: Any, words: str, double: Double, tmp_path: Path
) -> None:
    double.answer = answer
    async with page(tmp_path / "home") as (projects, deeds):
        project = projects.draft()
        await deeds.test(project, *fields(double))
    assert "Not usable" in project.model_note and words in project.model_note
    assert KEY not in project.model_note and "Error" not in project.model_note


async def test_nobody_there_and_silence(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with page(tmp_path / "home") as (projects, deeds):
        project = projects.draft()
        await deeds.test(project, *fields(double, url="http://127.0.0.1:9/v1"))
        assert "cannot be reached" in project.model_note
        monkeypatch.setattr(model_deeds, "PATIENCE_S", 0.3)
        double.wait = 2.0
        await deeds.test(project, *fields(double))
        assert "too long" in project.model_note


async def test_a_key_goes_to_the_address_that_it_was_given_for_and_to_no_other(
    double: Double, tmp_path: Path
) -> None:
    ours = {"llm": "local", "llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "m"}
    async with page(tmp_path / "home", **ours, llm_api_key="sk-of-the-server") as (projects, deeds):
        project = projects.draft()
        await deeds.test(project, *fields(double))
        with served() as other:
            other.answer = "ready"
            await deeds.test(project, *fields(other, key=""))
            assert other.keys and not any(
                KEY in k or "sk-of-the-server" in k for k in other.keys
            )  # fmt: skip


async def test_on_the_server_of_a_team_only_the_operators_model_can_be_asked(
    double: Double, tmp_path: Path
) -> None:
    from synthcraft.graph.team import Person

    named = {"llm": "local", "llm_base_url": double.url, "llm_model": "double"}
    async with page(tmp_path / "home", **named) as (projects, deeds):
        projects.team = lambda name: Person(name="ann", role="analyst")
        project = projects.draft()
        with pytest.raises(InputError, match="its operator named"):
            await deeds.test(project, *fields(double, url="http://10.0.0.7/v1"))
        await deeds.test(project, *fields(double))
        assert "double answers" in project.model_note
