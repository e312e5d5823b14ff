"""What sequential CART makes of the survey, and what it costs as tables grow."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.evals import linear
from synthcraft.evals.evaluation_cost import Size, peak_mb

HELD_BACK = 0.3


class Trial(BaseModel):
    """One synthetic table of the survey.

    Attributes:
        auc: logistic regression trained on it, tested on the people held back.
        real_auc: the same trained on the real rows.
        prevalence: of the target.
        seconds: processor seconds of fitting and drawing.
        copies_p: exact p of the copy test.
        dcr_z: permutation z of the nearest-record smoke test.
        membership: AUC of the best membership attack on all people.
        vulnerable: the same on the most unusual people.
        caught: attacks that beat guessing, of both kinds.
    """

    model_config = ConfigDict(frozen=True)

    auc: float
    real_auc: float
    prevalence: float
    seconds: float
    copies_p: float
    dcr_z: float
    membership: float
    vulnerable: float
    caught: int


class Growth(BaseModel):
    """Processor seconds and the high-water mark of one table."""

    model_config = ConfigDict(frozen=True)

    fit: float
    draw: float
    peak_mb: float


def trials(table: Path, seeds: int) -> list[Trial]:
    """The survey, 70 % for training, synthesised from several seeds."""
    from sklearn.model_selection import train_test_split

    from synthcraft.evals.evaluation_tables import TARGET, question
    from synthcraft.tools.generators.training import train
    from synthcraft.tools.ingest import ingest
    from synthcraft.tools.metrics.base import EvalContext
    from synthcraft.tools.privacy.copies import copies, dcr_share
    from synthcraft.tools.privacy.membership import findings

    frame = ingest(table).frame.dropna().reset_index(drop=True)
    parts = train_test_split(
        frame, test_size=HELD_BACK, random_state=0, stratify=frame[TARGET].astype(int)
    )
    real, holdout = (part.reset_index(drop=True) for part in parts)
    context: EvalContext = question(frame, real, real.iloc[:0], holdout, real)
    real_auc, made = _auc(real, holdout, TARGET), []
    for seed in range(seeds):
        began = time.process_time()
        rows = train(real, context.schema, "cart", {}, seed).draw(len(real), seed).frame
        seconds = time.process_time() - began
        own = context.with_synthetic(rows)
        everybody, unusual = findings(own)
        made.append(
            Trial(
                auc=_auc(rows, holdout, TARGET),
                real_auc=real_auc,
                prevalence=float(rows[TARGET].astype(float).mean()),
                seconds=seconds,
                copies_p=copies(own)[0].score or 0.0,
                dcr_z=dcr_share(own)[0].score or 0.0,
                membership=max(f.auc.value for f in everybody),
                vulnerable=max(f.auc.value for f in unusual),
                caught=sum(f.beats_guessing for f in (*everybody, *unusual)),
            )
        )
    return made


def growth(table: Path, size: Size) -> Growth:
    """Fit and draw as many rows, once."""
    from synthcraft.evals.evaluation_tables import widened
    from synthcraft.tools.generators.training import train
    from synthcraft.tools.schema_inference import infer_schema

    frame = widened(table, *size)
    schema = infer_schema(frame)
    began = time.process_time()
    trained = train(frame, schema, "cart", {}, 1)
    fitted = time.process_time()
    trained.draw(len(frame), 1)
    return Growth(fit=fitted - began, draw=time.process_time() - fitted, peak_mb=peak_mb())


def _auc(rows: pd.DataFrame, holdout: pd.DataFrame, target: str) -> float:
    """Of the linear model trained on some rows."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(holdout[target].astype(int), linear.scores(rows, holdout, target)))
