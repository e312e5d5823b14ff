"""What one evaluation costs, by us and by synthcity, in a process of its own on one core."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.limits_os import ONE_THREAD

FAMILIES = ("fidelity", "utility", "subgroup", "privacy_metrics", "detectability")
MATCHED: dict[str, list[str]] = {
    "sanity": ["data_mismatch", "common_rows_proportion", "nearest_syn_neighbor_distance"],
    "stats": [
        "jensenshannon_dist", "ks_test", "max_mean_discrepancy", "wasserstein_dist", "prdc",
        "alpha_precision",
    ],
    "performance": ["linear_model", "xgb", "feat_rank_distance"],
    "detection": ["detection_xgb", "detection_linear"],
    "privacy": [
        "delta-presence", "k-anonymization", "k-map", "distinct l-diversity",
        "identifiability_score",
    ],
}  # fmt: skip
"""synthcity's keys of what we measure too; nothing that only synthcity has is charged to it."""
WHOLE: dict[str, list[str]] = {
    "sanity": [*MATCHED["sanity"], "close_values_probability", "distant_values_probability"],
    "stats": [*MATCHED["stats"], "chi_squared_test", "inv_kl_divergence"],
    "performance": [*MATCHED["performance"], "mlp"],
    "detection": [*MATCHED["detection"], "detection_mlp", "detection_gmm"],
    "privacy": [*MATCHED["privacy"], "DomiasMIA_BNAF", "DomiasMIA_KDE", "DomiasMIA_prior"],
}
"""All of synthcity's metrics in the same families that this table and task allow."""
P = ParamSpec("P")
T = TypeVar("T")
Size = tuple[int, int]


class Cost(BaseModel):
    """One evaluation.

    Attributes:
        seconds: processor seconds, all families together.
        families: family -> processor seconds.
        peak_mb: high-water mark of the process, its imports included.
        numbers: rows of results.
        failed: rows without a number because of an error; for synthcity, metrics without a row.
    """

    model_config = ConfigDict(frozen=True)

    seconds: float
    families: dict[str, float] = {}
    peak_mb: float = 0.0
    numbers: int
    failed: int


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The work's result, from a fresh process with one thread."""
    with (
        patch.dict(os.environ, ONE_THREAD),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        return pool.submit(work, *args, **kwargs).result()


def ours(table: Path, size: Size, drawn: bool) -> Cost:
    """The standard tier with a thousand resamples, imports not counted."""
    from synthcraft.evals.evaluation_tables import enlarged, survey
    from synthcraft.tools.evaluation_plan import default_thresholds
    from synthcraft.tools.metrics.run import evaluate

    context, limits = (enlarged if drawn else survey)(table, *size), default_thresholds("sharing")
    seconds, results = {}, []
    for family in FAMILIES:
        # each is a job of its own, so nothing is shared between them
        began = time.process_time()
        results += evaluate(replace(context), (family,), limits)[0]
        seconds[family] = time.process_time() - began
    return Cost(
        seconds=sum(seconds.values()),
        families=seconds,
        peak_mb=peak_mb(),
        numbers=len(results),
        failed=sum(r.status == "error" for r in results),
    )


def synthcity(table: Path, size: Size, workspace: Path, metrics: dict[str, list[str]]) -> Cost:
    """The evaluation of synthcity on the same training and synthetic rows, imports not counted.

    Its attacks want reference rows that were made alike; the holdout stands in for them.
    """
    from synthcraft.evals.evaluation_tables import KNOWN, TARGET, survey
    from synthcraft.tools.generators.synthcity_backend import plugins

    plugins()
    from synthcity.metrics import Metrics
    from synthcity.plugins.core.dataloader import GenericDataLoader

    context = survey(table, *size)
    roles = {"target_column": TARGET, "sensitive_features": [*KNOWN, TARGET]}
    real, synthetic, reference = (
        GenericDataLoader(_plain(frame), **roles)
        for frame in (context.train, context.synthetic, context.holdout)
    )
    # one of its attacks writes into the current folder, whatever the workspace
    workspace.mkdir(parents=True, exist_ok=True)
    os.chdir(workspace)
    began = time.process_time()
    scores = Metrics.evaluate(
        real,
        synthetic,
        X_train=real,
        X_ref_syn=reference,
        metrics=metrics,
        workspace=workspace,
        use_cache=False,
    )
    seconds = time.process_time() - began
    # a metric that raises is left out of the scores without a word
    returned = {str(name).split(".")[1] for name in scores.index}
    failed = sum(name not in returned for names in metrics.values() for name in names)
    return Cost(seconds=seconds, peak_mb=peak_mb(), numbers=len(scores), failed=failed)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Dtypes of numpy: some of synthcity's metrics cannot read those of pandas."""
    return frame.astype(
        {n: float if is_numeric_dtype(frame[n].dtype) else object for n in frame.columns}
    )


def peak_mb() -> float:
    """High-water mark of this process in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
