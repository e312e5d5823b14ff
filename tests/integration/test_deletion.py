"""A deleted project leaves one line in the log of deletions, and no file that only it used."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deletion import DELETED
from synthcraft.graph.errors import InputError, NotFoundError, SessionBusyError
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.audit import audit_log

ASKED = Changes(target="stroke", include=("marginal_distributions",), tier="quick")


def files_of(home: Path) -> dict[str, bytes]:
    """Everything in the workspace but programs' own logs and locks."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not {"logs", "locks", "work", "cache"} & set(path.parts)
    }


async def finished(runner: Runner, path: Path, seed: int = 1) -> SessionView:
    view = await runner.start([path], ASKED, seed=seed)
    while view.status == "waiting":
        given = Answer(verdict="approve", actor="Jane")
        view = await runner.answer(view.session, view.interrupt_id or "", given)
    assert view.status == "finished"
    return view


async def test_nothing_but_the_entry_stays_of_a_finished_project(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    home = fresh_runner.deps.settings.home
    view = await finished(fresh_runner, clinic_csv)
    before = files_of(home)
    assert sum(name.startswith("artifacts/") for name in before) > 15
    deleted = await fresh_runner.delete(view.session, actor="Jane")
    left = {n for n in files_of(home) if n.startswith(("artifacts", "jobs", "ledger", "uploads"))}
    assert left == set()
    assert deleted.files >= 15 and deleted.bytes > 10_000
    (entry,) = audit_log(home, DELETED).all()
    assert (entry.body["session"], entry.body["actor"]) == (view.session, "Jane")
    assert not (home / "audit" / f"{view.session}.jsonl").exists()
    database = b"".join(data for name, data in files_of(home).items() if ".sqlite" in name)
    assert view.session.encode() not in database and b"clinic.csv" not in database
    assert await fresh_runner.sessions() == []
    with pytest.raises(NotFoundError):
        await fresh_runner.view(view.session)


async def test_what_another_project_uses_stays(
    fresh_runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    other = pd.read_csv(clinic_csv).sample(frac=1, random_state=1)
    other.to_csv(tmp_path / "other.csv", index=False)
    kept = await finished(fresh_runner, clinic_csv)
    html = await fresh_runner.report_html(kept.session)
    twin = await finished(fresh_runner, clinic_csv)
    alone = await fresh_runner.start([tmp_path / "other.csv"], ASKED)
    home = fresh_runner.deps.settings.home
    before = set(files_of(home))
    for view in (twin, alone):
        await fresh_runner.delete(view.session)
    gone = before - set(files_of(home))
    assert twin.candidates[0].cached
    assert len([name for name in gone if name.startswith("artifacts/")]) > 3
    assert not [name for name in gone if name.startswith("jobs/")]
    assert (await fresh_runner.report_html(kept.session)).count("<tr>") == html.count("<tr>")
    assert audit_log(home, DELETED).verify() == []


async def test_uploads_downloads_and_caches_go_as_well(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    home = fresh_runner.deps.settings.home
    upload = home / "uploads" / "0123" / "clinic.csv"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(clinic_csv.read_bytes())
    view = await fresh_runner.start([upload], ASKED)
    places = [home / "page" / "downloads" / view.session / "x", home / "cache" / "y"]
    for place in places:
        place.mkdir(parents=True)
        (place / "file").write_text("synthetic")
    await fresh_runner.delete(view.session)
    assert not upload.parent.exists() and not any(place.exists() for place in places)
    assert clinic_csv.exists()


async def test_a_project_is_not_deleted_from_under_another_on_the_same_data(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    done = await fresh_runner.start([clinic_csv], ASKED)
    other = await fresh_runner.start([clinic_csv], ASKED)
    async with fresh_runner.locks.hold(other.session):
        with pytest.raises(SessionBusyError, match="same data"):
            await fresh_runner.delete(done.session)
    assert (await fresh_runner.view(done.session)).status == "waiting"
    await fresh_runner.delete(done.session)
    assert [info.session for info in await fresh_runner.sessions()] == [other.session]


async def test_names_are_kept_checked_and_need_not_differ(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    first, second = await asyncio.gather(
        *(fresh_runner.start([clinic_csv], ASKED, title="First  try\n") for _ in range(2))
    )
    infos = {info.session: info for info in await fresh_runner.sessions()}
    assert {info.called for info in infos.values()} == {"First try"}
    assert {info.name for info in infos.values()} == {"clinic.csv"}
    assert infos[first.session].waiting_for == "intake"
    markup = "<b>Studie für \N{GREEK SMALL LETTER ALPHA}</b>"
    await fresh_runner.rename(second.session, f"\u202e{markup}\u200b")
    infos = {info.session: info for info in await fresh_runner.sessions()}
    assert infos[second.session].called == markup
    for wrong in ("", "  \u200b ", "x" * 81):
        with pytest.raises(InputError):
            await fresh_runner.rename(second.session, wrong)
        if wrong:
            with pytest.raises(InputError):
                await fresh_runner.start([clinic_csv], ASKED, title=wrong)
    assert len(await fresh_runner.sessions()) == 2
