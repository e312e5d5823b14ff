"""The linear model by which synthetic tables are compared in benchmarks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def scores(
    rows: pd.DataFrame, unseen: pd.DataFrame, target: str, numeric: bool = False
) -> NDArray[np.float64]:
    """What a model trained on some rows says of others, on standardised columns.

    Categories have one column a level. The score is a risk, or with `numeric` a value; it is 0
    for everybody where the rows hold one class only.
    """
    from sklearn.linear_model import LinearRegression, LogisticRegression

    both = pd.get_dummies(pd.concat([rows, unseen]).drop(columns=target)).astype(float)
    scaled = ((both - both.mean()) / both.std()).fillna(0.0)
    known, new = scaled.iloc[: len(rows)], scaled.iloc[len(rows) :]
    y = rows[target].to_numpy(dtype=float)
    if numeric:
        return np.asarray(LinearRegression().fit(known, y).predict(new))
    if len(np.unique(y)) < 2:
        return np.zeros(len(unseen))
    model = LogisticRegression(max_iter=2000).fit(known, y.astype(int))
    return np.asarray(model.predict_proba(new)[:, 1])
