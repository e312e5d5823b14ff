"""Rows as hashes: whether two of them are equal, without looking at either."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.tools.metrics.columns import factorised, is_number, numbers
from synthcraft.tools.table_schema import Column


def row_hashes(columns: Iterable[Column], frame: pd.DataFrame) -> NDArray[np.uint64]:
    """One hash per row over the columns; equal rows have equal hashes, whatever their dtypes."""
    canonical: dict[str, Any] = {}
    for column in columns:
        if is_number(column):
            canonical[column.name] = np.round(numbers(frame[column.name]), 9) + 0.0
        else:
            codes, labels = factorised(frame[column.name])
            canonical[column.name] = np.asarray([*labels, ""], dtype=object)[codes]
    table = pd.DataFrame(canonical, index=range(len(frame)))
    return np.asarray(pd.util.hash_pandas_object(table, index=False), dtype=np.uint64)
