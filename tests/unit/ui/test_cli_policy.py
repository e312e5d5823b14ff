from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from synthcraft.graph.policy_file import merge_into
from synthcraft.graph.statistics import priors
from synthcraft.tools.counts import micro
from synthcraft.ui.cli import app
from synthcraft.ui.commands.policy import in_words

VETO = "k|evaluation|privacy_metrics|ind"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words, "--home", str(home)])


def as_json(home: Path, *words: str) -> Any:
    return json.loads(run(home, *words, "--json").stdout)


def test_every_name_has_its_own_words() -> None:
    words = {key: in_words(key) for key in priors()}
    assert len(set(words.values())) == len(words)
    assert not any("|" in text or "_" in text for text in words.values())
    assert words[VETO] == (
        "evaluating the synthetic data: sent back for lack of privacy metrics (as the rules expect)"
    )


def test_show_tells_what_was_learnt_most_data_first(home: Path) -> None:
    assert as_json(home, "show")["learnt"] == []
    assert not home.exists()
    merge_into(home / "policy.json", {"b|intake": micro(1, 0), VETO: micro(2, 8)}, 3)
    shown = as_json(home, "show")
    assert shown["projects"] == 3
    first, second = shown["learnt"]
    assert (first["key"], first["observations"], first["prior"]) == (VETO, 10, 0.6)
    assert first["posterior"] == pytest.approx((1.2 + 2) / (2 + 10))
    assert second["key"] == "b|intake"
    text = run(home, "show").stdout
    assert "Learnt from 3 projects" in text
    assert "0.60" in text and "0.27" in text


def test_merge_reset_and_export_on_the_command_line(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    merge_into(other, {VETO: micro(2, 8)}, 6)
    assert as_json(home, "merge", str(other))["projects"] == 6
    refused = run(home, "merge", str(other), "--json")
    assert refused.exit_code == 2
    assert "given twice" in json.loads(refused.stdout)["error"]["message"]
    out = tmp_path / "export.json"
    assert as_json(home, "export", str(out))["names"] == 1
    assert out.read_bytes() == other.read_bytes()
    aside = Path(as_json(home, "reset")["set_aside"])
    assert aside.read_bytes() == other.read_bytes()
    assert as_json(home, "show")["projects"] == 0
    assert as_json(home, "reset")["set_aside"] is None


def test_a_damaged_file_is_told_and_left_where_it_is(home: Path) -> None:
    home.mkdir()
    (home / "policy.json").write_text("{")
    result = run(home, "show", "--json")
    assert result.exit_code == 2
    assert "damaged" in json.loads(result.stdout)["error"]["message"]
    assert (home / "policy.json").read_text() == "{"
