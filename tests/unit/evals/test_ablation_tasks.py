"""Tasks, people and faults by name; what is not there is refused in a sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from synthcraft.evals.ablation import models
from synthcraft.evals.ablation.build import Setup
from synthcraft.evals.ablation.persons import PERSONAS, Scene
from synthcraft.evals.ablation.systems import systems
from synthcraft.evals.ablation.task import all_tasks, read
from synthcraft.graph.bandit import policies
from synthcraft.graph.contracts import Proposal
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.state import Progress

ROOT = Path(__file__).parents[3]
GOOD = """
title: t
table: {source: diabetes, columns: [age, bmi, progression]}
persona: careful
target: progression
"""


def test_every_task_can_be_read_and_every_persona_has_one() -> None:
    tasks = all_tasks()
    assert len(tasks) >= 6
    assert {task.persona for task in tasks.values()} == set(PERSONAS)
    assert len({task.digest for task in tasks.values()}) == len(tasks)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("careful", "clairvoyant", "no persona named 'clairvoyant'"),
        ("diabetes", "moon", "no table 'moon'"),
        ("title: t", "title: t\nrequires: [dance]", "no step 'dance'"),
        ("title: t", "title: t\nfaults: [{kind: flood, what: cart}]", "no fault named 'flood'"),
        ("title: t", "title: t\ncolour: red", "colour"),
        ("title: t", "title: [", "ParserError"),
        (GOOD, "42", "TypeError"),
    ],
)
def test_a_bad_task_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=words):
        read(path)
    path.write_text(GOOD)
    assert read(path).name == "mine"


def test_names_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no system named 'oracle'"):
        Setup(["oracle"], ["cancer_impatient"], [], None, tmp_path)
    with pytest.raises(NotFoundError, match="no task named 'x'"):
        Setup(["full"], ["x"], [], None, tmp_path)
    with pytest.raises(InputError, match="needs a language model"):
        Setup(["llm_router"], ["cancer_impatient"], [], None, tmp_path)
    with pytest.raises(NotFoundError, match="--data"):
        Setup(["full"], ["tcga_careful"], [], None, tmp_path)


def test_models_need_a_name_and_an_address() -> None:
    with pytest.raises(InputError, match="a name and an address"):
        models.named(["gpt"], "")
    with pytest.raises(InputError, match="no model"):
        models.named([], "http://127.0.0.1:1/v1")
    with pytest.raises(InputError, match="not the name and address"):
        models.named(["emulated:nobody"], "http://127.0.0.1:1/v1")
    scripts = models.named(["emulated"], "")
    assert scripts and all(m.emulated and m.name.startswith("emulated:") for m in scripts)
    (real,) = models.named(["m"], "http://127.0.0.1:1/v1")
    assert not real.emulated


@pytest.mark.parametrize("persona", PERSONAS)
def test_people_are_the_same_for_a_seed_and_bear_only_so_much(persona: str) -> None:
    task = next(t for t in all_tasks().values() if t.persona == persona)
    card = Proposal(gate="evaluation", title="t")
    poor = Scene(card=card, progress=Progress(done=("pick_fidelity",)), target=task.target)

    def said(seed: int) -> list[str]:
        person = task.person(seed)
        answers = [person.answer(poor.model_copy(update={"again": n})) for n in range(6)]
        return ["silence" if a is None else f"{a.verdict} {a.reasons}" for a in answers]

    assert said(3) == said(3)
    rejections = [sum(s.startswith("revise") for s in said(seed)) for seed in range(40)]
    assert max(rejections) <= PERSONAS[persona].patience
    assert (said(0) == ["silence"] * 6) == PERSONAS[persona].silent


def test_nothing_else_can_reach_the_systems_without_gates() -> None:
    """Neither a policy nor a setting leads there, and nobody outside imports the desk."""
    ungated = {name for name, system in systems().items() if not system.gated}
    assert ungated == {"no_gates", "llm_coordinator"} and not ungated & set(policies())
    hidden = {"desk", "ungated", "coordinator"}
    for folder in ("graph", "agents", "tools", "ui", "evals"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.parent.name == "ablation":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = {node.module.rsplit(".")[-1], *(a.name for a in node.names)}
                    inside = "evals.ablation" in node.module
                    assert not (inside and names & hidden), path
