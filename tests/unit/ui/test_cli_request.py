"""Options become typed requests; what cannot be used is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthcraft.graph.errors import InputError
from synthcraft.graph.records import Plan
from synthcraft.ui.commands.options import names
from synthcraft.ui.commands.request import check_out, parameters, read_plan


def test_names_may_be_listed_repeated_and_quoted() -> None:
    assert names(["a, b", "c", "a"]) == ("a", "b", "c")
    assert names(['"weight, kg",age']) == ("weight, kg", "age")
    assert names(None) == ()


def test_parameters_are_json_where_they_can_be() -> None:
    found = parameters(["ctgan.n_iter=50", "ctgan.lr=1e-3", "tvae.mode=fast", "arf.x=true"])
    assert found == {
        "ctgan": {"n_iter": 50, "lr": 0.001},
        "tvae": {"mode": "fast"},
        "arf": {"x": True},
    }


@pytest.mark.parametrize("text", ["ctgan", "ctgan.n_iter", "n_iter=5", ".x=1", "ctgan.=1", "=", ""])
def test_a_malformed_parameter_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"GENERATOR\.NAME=VALUE"):
        parameters([text])


def test_a_recorded_plan_is_read_back_whole(tmp_path: Path) -> None:
    plan = Plan(target="death", epsilon=1.0, sensitive=("hiv",), requested=("privbayes",))
    path = tmp_path / "plan.json"
    path.write_text(plan.model_dump_json())
    assert read_plan(path).digest == plan.digest


@pytest.mark.parametrize("content", ["", "[]", '{"epsilon": "much"}', '{"colour": 1}', "\x00"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(InputError, match="not a plan"):
        read_plan(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_plan(tmp_path / "absent.json")


def test_an_unusable_output_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        check_out(tmp_path / "file")
    check_out(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()
