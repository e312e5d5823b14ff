"""Whole runs of the ablation: real tools, real loops, and a language model that misbehaves."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from synthcraft.evals.ablation import batch, build, coordinator, models, report
from synthcraft.evals.ablation.desk import Desk
from synthcraft.evals.ablation.records import Trace
from synthcraft.evals.ablation.rubric import score
from synthcraft.evals.ablation.task import FOLDER, Task
from synthcraft.evals.ablation.watched import SharedJobs
from synthcraft.graph.episodes import action_named
from synthcraft.graph.errors import InputError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.ui.cli import main
from tests import model_double, small_model
from tests.model_double import Double, completion

pytest.importorskip("langchain", reason="the extra `ablation` is not installed")
TASK = "cancer_impatient"
OVERFLOW = b'{"error": {"message": "the request exceeds the available context size"}}'
JUNK = [{"id": "1", "type": "function", "function": {"name": "profile_schema", "arguments": "{{"}}]
SONG = [{"id": "1", "type": "function", "function": {"name": "run_python", "arguments": "{}"}}]


def setup_of(work: Path, systems: list[str], found: list[models.Model], task: str = TASK) -> Any:
    """A batch of one task."""
    return build.Setup(systems, [task], found, None, work)


async def runs(setup: build.Setup, seeds: int = 1) -> list[Trace]:
    """All runs of a batch."""
    await batch.run(setup, seeds)
    return batch.Kept(setup.folder, batch.config_of(setup.known)).open()


async def coordinated(work: Path, url: str, timeout_s: float = 5.0) -> Trace:
    """One run of the plain coordinator with the model behind an address."""
    model = models.endpoint("double", url, timeout_s=timeout_s)
    return (await runs(setup_of(work, ["llm_coordinator"], [model])))[-1]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finished jobs are shared by the tests of this file."""
    return tmp_path_factory.mktemp("ablation")


async def test_a_batch_leaves_the_threads_of_its_loop_to_others(tmp_path: Path) -> None:
    await runs(setup_of(tmp_path, ["full"], [], "diabetes_wrong_target"), 1)
    assert await asyncio.to_thread(threading.get_ident) != threading.get_ident()


async def test_systems_differ_where_they_should(work: Path, tmp_path: Path) -> None:
    scripts = models.named([f"emulated:{n}" for n in ("diligent", "no_human", "own_code")], "")
    setup = setup_of(work, ["full", "no_gates", "llm_coordinator"], scripts)
    seen: dict[str, Trace] = {t.model or t.system: t for t in await runs(setup)}
    task: Task = setup.tasks[TASK]
    good = {name: score(task, t) for name, t in seen.items()}
    for name in ("full", "emulated:diligent"):
        assert good[name].success and good[name].recovered, (name, good[name].failures)
        assert good[name].quality, "eighteen validation rows would allow no endpoint"
    for name in ("no_gates", "emulated:no_human"):
        assert good[name].completed and good[name].failures == ("human_not_asked",)
    wrong = {"own_code", "no_evaluation", "not_finished", "not_recovered", "unknown_tool"}
    assert set(good["emulated:own_code"].failures) <= wrong
    assert {"own_code", "no_evaluation", "not_finished"} <= set(good["emulated:own_code"].failures)
    words = " ".join(step.text for t in seen.values() for step in t.steps)
    assert "SC-ABLATION-0" not in words
    command = batch.all_commands(work, "synthcraft ablate")
    results = report.write(batch.results_of(setup, command), tmp_path)
    page = (tmp_path / "RESULTS.md").read_text()
    assert page.count("emulated (") >= 3 * 4 and "None here is real" in page
    both = batch.all_commands(work, "synthcraft ablate --seeds 2")
    assert batch.results_of(setup, both).command == (
        "synthcraft ablate && synthcraft ablate --seeds 2"
    )
    again = report.write(results, tmp_path)
    assert [past.runs for past in again.history] == [5]
    before = (work / batch.TRACES).read_bytes()
    (work / batch.TRACES).write_bytes(before + b'{"system": "full", "tas')  # killed while writing
    await runs(setup)
    assert (work / batch.TRACES).read_bytes() == before


async def test_who_says_what_they_want_only_when_asked_is_asked_or_leaves(work: Path) -> None:
    scripts = models.named(["emulated:diligent", "emulated:no_human"], "")
    systems = ["full", "fixed_order", "llm_coordinator"]
    setup = setup_of(work, systems, scripts, "diabetes_says_when_asked")
    seen = {t.model or t.system: t for t in await runs(setup) if t.task in setup.tasks}
    for name in ("full", "emulated:diligent"):
        assert (seen[name].ended, seen[name].target) == ("finished", "progression"), name
    assert seen["fixed_order"].ended == "stopped"
    guessed = score(setup.tasks["diabetes_says_when_asked"], seen["emulated:no_human"])
    assert {"wrong_outcome", "not_finished"} <= set(guessed.failures)


async def test_a_coordinator_whose_person_left_cannot_finish(work: Path) -> None:
    setup = setup_of(work, ["no_gates"], [], "diabetes_says_when_asked")
    key = next(setup.keys(1))
    shared = SharedJobs(ArtifactStore(work / "work" / "artifacts"), work / "work")
    with setup.bench(key, shared) as (_, bench):
        desk = Desk(bench)
        await desk.begin()
        await desk.act(action_named("intake", "profile_schema"))
        await desk.act(action_named("intent", "infer_from_data"))
        said = [await desk.show("intent") for _ in range(4)]
        assert (
            "(revise)" in said[0] and "(stop)" in said[1] and said[2:] == ["Nobody answered."] * 2
        )
        assert desk.ending("finished").ended == "stopped"
    await shared.close()


async def test_an_interrupted_batch_goes_on_and_another_one_is_not_mixed(
    work: Path, tmp_path: Path
) -> None:
    setup = setup_of(tmp_path / "w", ["no_gates"], [], "nhanes_never_answers")
    setup.folder.mkdir(exist_ok=True)
    told: list[str] = []

    def interrupt(text: str) -> None:
        told.append(text)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await batch.run(setup, 2, interrupt)
    assert len(told) == 1
    assert {t.seed for t in await runs(setup, 2)} == {0, 1}
    folder = tmp_path / "tasks"
    folder.mkdir()
    for path in FOLDER.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text())
    changed = folder / f"{TASK}.yaml"
    changed.write_text(changed.read_text().replace("persona: impatient", "persona: careful"))
    other = build.Setup(["no_gates"], [TASK], [], None, setup.folder, folder)
    with pytest.raises(InputError, match="another configuration"):
        await batch.run(other, 1)
    with pytest.raises(InputError, match="no seeds"):
        await batch.run(setup, 0)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [(429, 0.0), (500, 0.0), (b"<html>not JSON", 0.0), (b'{"choices": null}', 0.0), ("late", 3.0)],
    ids=["rate limit", "server error", "no JSON", "no choices", "slow"],
)
async def test_an_endpoint_that_fails_is_no_failed_task(
    tmp_path: Path, answer: Any, wait: float
) -> None:
    with model_double.served() as door:
        door.answer, door.wait = answer, wait
        trace = await coordinated(tmp_path, door.url, timeout_s=1.0)
        assert trace.ended == "infrastructure", trace
        door.answer, door.wait = "I cannot help with that.", 0.0
        again = await coordinated(tmp_path, door.url)  # it is done again when the batch goes on
    assert again.ended == "gave_up"


async def test_an_endpoint_that_is_down_spoils_both_systems(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    model = models.endpoint("double", url, timeout_s=2.0)
    traces = await runs(setup_of(tmp_path, ["llm_coordinator", "llm_router"], [model]))
    assert [t.ended for t in traces] == ["infrastructure"] * 2


@pytest.mark.parametrize(
    ("answer", "failures"),
    [
        (OVERFLOW, {"model_failed"}),
        ("I cannot help with health data.", {"model_failed"}),
        (completion("", tool_calls=JUNK).encode(), {"model_failed"}),
        (completion("", tool_calls=SONG).encode(), {"unknown_tool", "own_code"}),
    ],
    ids=["context overflow", "refuses", "malformed arguments", "unknown tool"],
)
async def test_a_model_that_fails_is_a_failed_task(
    tmp_path: Path, answer: Any, failures: set[str]
) -> None:
    with model_double.served() as door:
        door.answer = answer
        trace = await coordinated(tmp_path, door.url)
        assert "SC-ABLATION" not in door.texts
    setup = setup_of(tmp_path, ["full"], [])
    found = set(score(setup.tasks[TASK], trace).failures)
    assert trace.ended == "gave_up" and failures <= found
    assert {"not_finished", "no_evaluation"} <= found


def says_anything(door: Double) -> None:
    """A model that names no action at all."""
    door.answer = "profile the schema, then stop, or not"


async def test_a_router_that_talks_nonsense_passes_no_gate(work: Path) -> None:
    with model_double.served() as door:
        says_anything(door)
        model = models.endpoint("nonsense", door.url)
        setup = setup_of(work, ["llm_router"], [model])
        (trace,) = [t for t in await runs(setup) if t.model == "nonsense"]
        assert "SC-ABLATION" not in door.texts
    found = score(setup.tasks[TASK], trace)
    assert found.gates and found.completed and found.model_calls > 10


async def test_a_real_small_model_ends_without_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "MODEL_CALLS", 2)
    monkeypatch.setattr(coordinator, "NUDGES", 0)
    with small_model.served() as door:
        model = models.endpoint("SmolLM2-135M", door.url)
        setup = setup_of(tmp_path, ["llm_coordinator"], [model], "nhanes_never_answers")
        (trace,) = await runs(setup)
        assert door.received and b"SC-ABLATION" not in b"".join(door.received)
    assert trace.ended in ("gave_up", "waiting") and not trace.emulated


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seeds", "0", "--systems", "full"], "no seeds"),
        (["--systems", "oracle"], "no system named"),
        (["--model", "gpt-5"], "a name and an address"),
        (["--base-url", "http://127.0.0.1:1/v1"], "no model"),
        (["--systems", "llm_router"], "needs a language model"),
        (["--tasks", "nothing"], "no task named"),
    ],
)
def test_bad_words_get_a_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    line = ["synthcraft", "ablate", "--json", "--work", str(tmp_path), *words]
    if "--tasks" not in words:
        line += ["--tasks", TASK]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert sentence in json.loads(capsys.readouterr().out)["error"]["message"]
