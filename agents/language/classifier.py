"""A second opinion on what kind of wish a sentence is: learnt from exemplars, at first use."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from synthcraft.agents.language.phrasebook import exemplars, pattern
from synthcraft.agents.language.scene import Scene
from synthcraft.agents.language.text import plain

SURE = 0.5
"""Probability from which a guess is believed."""
_STANDS_FOR = {
    "column": "qcolumnq", "generator": "qgeneratorq", "number": "9", "episode": "refinement",
}  # fmt: skip


class Guess(NamedTuple):
    """The likeliest kind of intent, the value that goes with it, and how likely it is."""

    kind: str
    value: str
    probability: float


def guess(scene: Scene) -> Guess:
    """What a sentence most likely is; names and numbers in it do not matter."""
    vectors, model = _learnt()
    chances = model.predict_proba(vectors.transform([masked(scene)]))[0]
    best = int(chances.argmax())
    kind, _, value = str(model.classes_[best]).partition(":")
    return Guess(kind, value, float(chances[best]))


def may_be_negative(kind: str, value: str) -> bool:
    """Whether any exemplar of this kind holds a negation."""
    return f"{kind}:{value}" in _negative()


def masked(scene: Scene) -> str:
    """The sentence with every name and number replaced by what it is."""
    spans = [(m.start, m.end, _STANDS_FOR[m.kind]) for m in scene.mentions]
    text = scene.text
    for start, end, word in sorted(spans, reverse=True):
        text = f"{text[:start]}{word}{text[end:]}"
    return re.sub(r"\d+(?:\.\d+)?", "9", text)


def spare(scene: Scene) -> str:
    """What the sentence holds beside names."""
    text = scene.text
    for mention in sorted(scene.mentions, key=lambda m: -m.start):
        text = text[: mention.start] + text[mention.end :]
    return text


@cache
def _learnt() -> tuple[Any, Any]:
    """Character n-grams and a logistic regression; no chance is involved."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels = zip(*_exemplars(), strict=True)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    model = LogisticRegression(C=10.0, max_iter=60, tol=1e-2)
    return vectors, model.fit(vectors.fit_transform(texts), labels)


@cache
def _negative() -> frozenset[str]:
    negation = pattern("acts", "negations")
    return frozenset(label for text, label in _exemplars() if negation.search(text))


@cache
def _exemplars() -> tuple[tuple[str, str], ...]:
    """Plain text and label of every exemplar."""
    return tuple(
        (plain(phrase.format(**_STANDS_FOR)), f"{kind}:{value}")
        for kind, values in exemplars().items()
        for value, phrases in values.items()
        for phrase in phrases
    )
