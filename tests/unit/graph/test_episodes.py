from __future__ import annotations

from collections.abc import Callable

import pytest

from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import (
    ASPECT_WORDS,
    EPISODES,
    RULES,
    Episode,
    action_named,
    catalog_hash,
    check_table,
    dependants,
    indicated,
    next_episode,
)
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.records import Flags
from synthcraft.graph.state import Progress

DONE = Progress(status="approved")


def episode(**needs: tuple[str, ...]) -> Episode:
    actions = tuple(Action(name=n, episode="intake", agent="x", needs=w) for n, w in needs.items())
    return Episode(name="intake", title="", aspects=("schema",), actions=actions)


def test_the_shipped_table_can_be_carried_out() -> None:
    check_table(EPISODES.values())
    aspects = {aspect for e in EPISODES.values() for aspect in e.aspects}
    assert aspects == ASPECT_WORDS.keys()
    assert RULES.keys() <= aspects


def test_every_action_says_what_it_does_and_belongs_to_its_episode() -> None:
    for e in EPISODES.values():
        for action in e.actions:
            assert action.episode == e.name
            assert action.sentence.endswith(".") and action.sentence[0].isupper()
            assert action_named(e.name, action.name) is action
    with pytest.raises(NotFoundError, match="no action named"):
        action_named("intake", "gen_fast")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ([episode(a=("b",), b=("c",), c=("a",))], "a -> b -> c -> a is a cycle"),
        ([episode(a=("a",))], "a -> a is a cycle"),
        ([episode(a=(), b=("ghost",))], "b needs ghost, which does not exist"),
        ([episode(stop=())], "reserved name"),
        ([episode(a=()).model_copy(update={"deliverable": ("ghost",)})], "ghost"),
        ([episode(a=()).model_copy(update={"after": ("intake",)})], "intake -> intake"),
        ([episode(a=()).model_copy(update={"after": ("intent",)})], "intake needs intent"),
    ],
)
def test_a_table_that_can_never_be_carried_out_is_refused(table: list[Episode], named: str) -> None:
    with pytest.raises(GuardError, match=named):
        check_table(table)


@pytest.mark.parametrize("field", ["covers", "key"])
def test_unknown_aspects_and_flags_are_refused(field: str) -> None:
    action = Action(name="a", episode="intake", agent="x").model_copy(update={field: ("ghost",)})
    with pytest.raises(GuardError, match="ghost"):
        check_table([episode().model_copy(update={"actions": (action,)})])


def test_the_default_order_is_the_order_of_the_paper() -> None:
    progress: dict[str, Progress] = {}
    order = []
    while (name := next_episode(progress)) is not None:
        order.append(name)
        progress[name] = DONE
    assert order == list(EPISODES)


def test_a_stale_episode_comes_again_before_what_rests_on_it() -> None:
    progress = dict.fromkeys(EPISODES, DONE)
    assert next_episode(progress) is None
    for name in ("intent", *dependants("intent")):
        progress[name] = Progress(status="stale")
    assert next_episode(progress) == "intent"
    assert next_episode(progress | {"intent": Progress(status="skipped")}) == "generation"


def test_dependants_are_transitive_and_never_the_episode_itself() -> None:
    assert dependants("intake") == ("generation", "evaluation", "refinement", "documentation")
    assert dependants("evaluation") == ("refinement", "documentation")
    assert dependants("documentation") == ()


@pytest.mark.parametrize(
    ("change", "aspect", "where"),
    [
        (lambda f: f.model_copy(update={"privacy": "none"}), "privacy_metrics", "evaluation"),
        (lambda f: f.model_copy(update={"privacy": "none"}), "limitations", "documentation"),
        (lambda f: f.model_copy(update={"expert": True}), "plots", "evaluation"),
    ],
)
def test_an_unknown_privacy_level_counts_as_moderate_and_lay_readers_get_plots(
    change: Callable[[Flags], Flags], aspect: str, where: str
) -> None:
    assert aspect in indicated(where, Flags())  # type: ignore[arg-type]
    assert aspect not in indicated(where, change(Flags()))  # type: ignore[arg-type]


def test_the_digest_of_the_table_ignores_words_but_not_meaning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = catalog_hash()
    intake = EPISODES["intake"]
    try:
        monkeypatch.setitem(EPISODES, "intake", intake.model_copy(update={"title": "Other"}))
        catalog_hash.cache_clear()
        assert catalog_hash() == before
        fewer = intake.model_copy(update={"actions": intake.actions[:-1]})
        monkeypatch.setitem(EPISODES, "intake", fewer)
        catalog_hash.cache_clear()
        assert catalog_hash() != before
    finally:
        monkeypatch.undo()
        catalog_hash.cache_clear()
