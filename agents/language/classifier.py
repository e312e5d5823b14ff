"""A second opinion on what kind of wish a sentence is: learnt from exemplars, at first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from synthcraft.agents.language.phrasebook import exemplars, pattern
from synthcraft.agents.language.scene import Scene
from synthcraft.agents.language.text import plain

SURE = 0.45
"""Probability from which a guess is believed, if the next one is not near."""
CLEAR = 2.0
"""How many times as likely as the next one a guess must be."""
_STANDS_FOR = {
    "column": "qcolumnq", "generator": "qgeneratorq", "number": "9", "episode": "refinement",
}  # fmt: skip


class Guess(NamedTuple):
    """The likeliest kind of intent, the value that goes with it, and how likely it is."""

    kind: str
    value: str
    probability: float
    next_one: float = 0.0
    """Probability of the second likeliest."""

    @property
    def label(self) -> str:
        """Kind and value together, as exemplars are labelled."""
        return f"{self.kind}:{self.value}"

    @property
    def sure(self) -> bool:
        """Whether it may be acted on; limits were chosen on the development parts."""
        return self.probability >= max(SURE, CLEAR * self.next_one)


Guesser = Callable[[Scene], Guess]
"""One way of guessing; `guess` is the default."""


def guess(scene: Scene) -> Guess:
    """What a sentence most likely is; names and numbers in it do not matter."""
    return ranking(scene)[0]


def ranking(scene: Scene) -> list[Guess]:
    """Everything that a sentence may be, the likeliest first."""
    return _learnt().ranking(masked(scene))


@dataclass(frozen=True)
class Linear:
    """A fitted logistic regression over the counts of several vectorizers.

    The arithmetic is written out: for one short sentence, scikit-learn would copy all weights.
    """

    vectorizers: tuple[Any, ...]
    weights: tuple[Any, ...]
    """For each vectorizer: features by labels."""
    intercept: Any
    labels: tuple[str, ...]

    def ranking(self, text: str) -> list[Guess]:
        """Every label for a text, the likeliest first."""
        scores = self.intercept.copy()
        for vectorizer, weights in zip(self.vectorizers, self.weights, strict=True):
            row = vectorizer.transform([text])
            scores += row.data @ weights[row.indices]
        return ranked(scores, self.labels)


def ranked(scores: Any, labels: Sequence[str]) -> list[Guess]:
    """The labels by their scores, the likeliest first."""
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    order = chances.argsort()[::-1]
    found: list[Guess] = []
    for place, after in zip(order, [*order[1:], order[-1]], strict=True):
        kind, _, value = labels[place].partition(":")
        found.append(Guess(kind, value, float(chances[place]), float(chances[after])))
    return found


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


def learn() -> None:
    """Learn the exemplars now; else the first sentence that no rule reads takes seconds."""
    _learnt()


@cache
def _learnt() -> Linear:
    """Pieces of words, words and pairs, and a logistic regression; no chance is involved."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels = zip(*labelled_exemplars(), strict=True)
    vectorizers = (
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2), sublinear_tf=True),
    )
    parts = [vectorizer.fit_transform(texts) for vectorizer in vectorizers]
    model = LogisticRegression(C=10.0, max_iter=60, tol=1e-2).fit(hstack(parts).tocsr(), labels)
    weights = np.split(np.ascontiguousarray(model.coef_.T), [parts[0].shape[1]])
    return Linear(vectorizers, tuple(weights), model.intercept_, tuple(map(str, model.classes_)))


@cache
def _negative() -> frozenset[str]:
    negation = pattern("acts", "negations")
    return frozenset(label for text, label in labelled_exemplars() if negation.search(text))


@cache
def labelled_exemplars() -> tuple[tuple[str, str], ...]:
    """Plain text and label of every exemplar."""
    return tuple(
        (plain(phrase.format(**_STANDS_FOR)), f"{kind}:{value}")
        for kind, values in exemplars().items()
        for value, phrases in values.items()
        for phrase in phrases
    )
