"""Whether the holdout looks like rows drawn from the same people as the real file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, ks_2samp

from synthcraft.tools.metrics.columns import is_compared, is_number, level_counts, numbers
from synthcraft.tools.table_schema import Column

_ALPHA = 0.001
_FEW = 10


def unlike(real: pd.DataFrame, holdout: pd.DataFrame, columns: Sequence[Column]) -> tuple[str, ...]:
    """Columns whose values differ between the two by more than chance, after Bonferroni."""
    both = [c for c in columns if is_compared(c) and c.name in holdout and c.name in real]
    limit = _ALPHA / max(len(both), 1)
    return tuple(c.name for c in both if _p(real, holdout, c) < limit)


def _p(real: pd.DataFrame, holdout: pd.DataFrame, column: Column) -> float:
    if is_number(column):
        found = [numbers(side[column.name]) for side in (real, holdout)]
        sides = [values[~np.isnan(values)] for values in found]
        return float(ks_2samp(*sides).pvalue) if all(map(len, sides)) else 1.0
    counts = [level_counts(side[column.name]) for side in (real, holdout)]
    together = {level: sum(c.get(level, 0) for c in counts) for level in {**counts[0], **counts[1]}}
    main = [level for level, n in together.items() if n >= _FEW]
    table = np.array([[c.get(level, 0) for level in main] for c in counts])
    if len(main) < 2 or not table.sum(axis=1).all():
        return 1.0
    return float(chi2_contingency(table).pvalue)
