"""After its deletion nothing in the workspace holds a value, a name or a figure of a project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from synthcraft.graph.contracts import Changes
from synthcraft.graph.damage import ASIDE
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer
from synthcraft.tools.artifacts import HALF
from synthcraft.ui.figures import Album
from synthcraft.ui.projects import Projects
from synthcraft.ui.uploads import accept, page_folder
from tests.canaries import CELLS, NAMES, found, planted, written
from tests.model_double import served

ALL = CELLS | NAMES | {"person": "Quentilla", "asked": "gallimaufry"}
del ALL["folder"]  # it was uploaded without one
ODD = "my colleagues abroad cannot get the real file, they will get this gallimaufry"


async def test_nothing_of_a_deleted_project_can_be_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    table = planted(tmp_path)
    with served() as double:
        settings = Settings.from_env(
            home=home, environ={}, actor="tester", llm_base_url=double.url, llm_model="double"
        )
        async with open_runner(settings) as runner:
            projects = Projects(settings)
            await projects.connect(runner)
            sent = page_folder(home) / "0123" / table.name
            sent.parent.mkdir(parents=True)
            shutil.copyfile(table, sent)
            upload = accept(sent, home)
            asked = Changes(target="stroke", include=("cart",), tier="quick")
            view = await runner.start([upload], asked, seed=1, title="gallimaufry")
            while view.status == "waiting":
                await runner.understand(view.session, ODD)
                given = Answer(verdict="approve", actor="Quentilla", comment="gallimaufry")
                view = await runner.answer(view.session, view.interrupt_id or "", given)
            project = await projects.find(view.session)
            await projects.prepare(project)
            drawn = Album(await runner.figures(view.session)).show(None, None, home, dark=False)
            assert drawn["numbers"]["value"]
            for name in ("artifacts", "audit"):  # as the doctor does with what is damaged
                shutil.copytree(home / name, home / ASIDE / "then" / name)
            half_written(home, upload)
            before = written([home])
            places = {Path(name).relative_to(home).parts[0] for name in before}
            assert found(b"".join(before.values()), ALL) == set(ALL)
            assert {"page", "uploads", "ledger", "artifacts", "work", "jobs"} <= places
            await runner.delete(view.session, actor="tester")
            left = written([home], but=("/keys/",))
            assert {n: leak for n, body in left.items() if (leak := found(body, ALL))} == {}
            (entry,) = [n for n in left if n.endswith("audit/deleted.jsonl")]
            assert view.session.encode() in left[entry]
            kept = {Path(name).relative_to(home).parts[0] for name in left}
            assert not kept & {"page", "uploads", "ledger", "artifacts", "work", "jobs", "cache"}


def half_written(home: Path, upload: Path) -> None:
    """What a process leaves that is killed while it writes and while a job runs."""
    body = upload.read_bytes()
    for place in (
        home / "artifacts" / "aa" / f"{HALF}x",
        home / "work" / f"{'0' * 12}-{'1' * 8}" / "train",
    ):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        os.chmod(place, 0o600)
