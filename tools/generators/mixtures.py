"""Mixtures fitted to numeric columns, kept for the next engine that encodes the same column.

Synthcity's column encoder fits a Bayesian mixture to every numeric column, with seed 0 whatever the
engine's own seed, and that takes most of a short fit. What a fit leaves is a handful of arrays.
They are kept as arrays, never as a pickle, under a digest of the values and the settings, and a
file whose own digest does not agree any more is fitted anew.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.mixture import BayesianGaussianMixture

from synthcraft.graph.errors import StoreError
from synthcraft.tools.artifacts import write_atomically
from synthcraft.tools.generators.encoding import Array

_DIGEST = hashlib.sha256().digest_size


class KeptMixture(BayesianGaussianMixture):  # type: ignore[misc]
    """A Bayesian mixture that looks into a folder before it fits."""

    folder: Path
    spared: list[float]

    def fit(self, X: Array, y: None = None) -> KeptMixture:
        """What was learnt from the same values under the same settings, or a fit."""
        path = self.folder / f"{self._key(X)}.mixture"
        if found := _read(path):
            for name, value in found.items():
                setattr(self, name, value)
            return self
        began = time.monotonic()
        super().fit(X)
        self.spared.append(time.monotonic() - began)
        with suppress(StoreError):
            write_atomically(path, _packed(self))
        return self

    def _key(self, values: Array) -> str:
        settings = (sorted(self.get_params().items()), sklearn.__version__, np.__version__)
        shape = (values.shape, str(values.dtype))
        digest = hashlib.sha256(repr((settings, shape)).encode())
        digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def _packed(mixture: KeptMixture) -> tuple[bytes, bytes]:
    """Everything that was fitted, behind its digest."""
    fitted = {name: value for name, value in vars(mixture).items() if name.endswith("_")}
    buffer = io.BytesIO()
    np.savez(buffer, **fitted)
    content = buffer.getvalue()
    return hashlib.sha256(content).digest(), content


def _read(path: Path) -> dict[str, Any]:
    """What a file holds; nothing when it is not there or was changed."""
    with suppress(OSError):
        data = path.read_bytes()
        digest, content = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(content).digest() == digest:
            with np.load(io.BytesIO(content), allow_pickle=False) as kept:
                return {name: v.item() if v.ndim == 0 else v for name, v in kept.items()}
    return {}


@contextmanager
def shared_mixtures(folder: Path | None, spared: list[float]) -> Iterator[None]:
    """Have synthcity's column encoders share their mixtures through a folder, if there is one.

    The seconds of those that had to be fitted are added to `spared`.
    """
    if folder is None:
        yield
        return
    from synthcity.plugins.core.models import feature_encoder

    def kept(**settings: Any) -> KeptMixture:
        mixture = KeptMixture(**settings)
        mixture.folder, mixture.spared = folder, spared
        return mixture

    plain = feature_encoder.BayesianGaussianMixture
    feature_encoder.BayesianGaussianMixture = kept
    try:
        yield
    finally:
        feature_encoder.BayesianGaussianMixture = plain
