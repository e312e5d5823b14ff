"""A report comes out of what is left, and never of two tables that differ by a few people."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.snapshots import state_of
from synthcraft.tools.disclosure.report import NEAR

ASKED = Changes(target="stroke", include=("marginal_distributions",))
TABLE_0 = "Table 0. Values present and missing"


async def test_what_was_purged_is_named_and_the_rest_is_shown(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED)
    assert TABLE_0 in await fresh_runner.report_html(view.session)
    state = state_of(await fresh_runner._snapshot(view.session))
    profile = state["refs"]["profile"]
    fresh_runner.deps.store.path(profile.sha256).unlink()
    html = await fresh_runner.report_html(view.session)
    assert "No longer in the store: profile." in html
    assert TABLE_0 not in html and "The table was not profiled" in html
    assert "No generator has run" in html and "Nobody has approved anything yet" in html
    whole = json.loads(await fresh_runner.report(view.session, "json"))
    assert whole["session"] == view.session


async def test_a_table_that_differs_by_three_people_shows_no_distributions(
    fresh_runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    first = await fresh_runner.start([clinic_csv], ASKED)
    table = pd.read_csv(clinic_csv)
    table.iloc[3:].to_csv(tmp_path / "fewer.csv", index=False)
    table.iloc[:-40].to_csv(tmp_path / "many_fewer.csv", index=False)
    assert NEAR not in await fresh_runner.report_html(first.session)
    near = await fresh_runner.start([tmp_path / "fewer.csv"], ASKED)
    far = await fresh_runner.start([tmp_path / "many_fewer.csv"], ASKED)
    withheld = await fresh_runner.report_html(near.session)
    assert NEAR in withheld and TABLE_0 not in withheld
    assert TABLE_0 in await fresh_runner.report_html(far.session)
    assert TABLE_0 in await fresh_runner.report_html(first.session)


async def test_exact_sizes_of_the_real_table_are_not_in_the_report(
    fresh_runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(clinic_csv)
    rows = len(table) - (len(table) - 3) % 5  # 3 more than a multiple of five
    table.iloc[:rows].to_csv(tmp_path / "odd.csv", index=False)
    view = await fresh_runner.start([tmp_path / "odd.csv"], ASKED)
    html = await fresh_runner.report_html(view.session)
    assert rows % 5 == 3
    assert f"{rows + 2:,} rows" in html and f"{rows:,} rows" not in html
