"""The table of tumour purity: ten genes of a published signature, and the estimate by ABSOLUTE."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from synthcraft.graph.errors import DataError, NotFoundError
from synthcraft.tools.raw_table import Request, quoted
from synthcraft.tools.readers import read_raw

FILE = "tcga_purity.csv"
TARGET, GROUP, PATIENT = "purity", "cohort", "patient"
GENES = ("CSF2RB", "RHOH", "C1S", "CCDC69", "CCL22", "CYTIP", "POU2AF1", "FGR", "CCL21", "IL7R")
_SAMPLE = "sample_id"
_BARCODE = len("TCGA-OR-A5J1")
"""Letters of a sample's number that tell whose it is."""


def table(folder: Path) -> pd.DataFrame:
    """Genes, purity, cohort, and the patient: all samples of a person stay in one fold.

    Raises:
        NotFoundError: the file is not there.
        DataError: it lacks a column.
    """
    path = folder / FILE
    if not path.is_file():
        raise NotFoundError(
            f"The table {FILE} is not in the folder {folder.name!r}.",
            "Name the folder that holds it with --data.",
        )
    wanted = (_SAMPLE, GROUP, *GENES, TARGET)
    frame = read_raw(path, Request()).frame
    if lost := [name for name in wanted if name not in frame]:
        raise DataError(f"{FILE} lacks columns: {quoted(lost)}.", "Give the table with all genes.")
    frame = frame[list(wanted)].dropna()
    frame.insert(0, PATIENT, frame.pop(_SAMPLE).astype(str).str[:_BARCODE])
    return frame.reset_index(drop=True)
