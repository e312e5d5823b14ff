"""Who begins next in a queue, and that nobody starves in it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from synthcraft.graph.errors import QueueFullError
from synthcraft.tools.job_queue import FairQueue, Owner, Ticket

OWNERS = (Owner("anna", 1, 3), Owner("ben", 2, 4), Owner("project 1"), Owner("project 2"))


class Crowd(RuleBasedStateMachine):
    """Jobs of users and projects that come, end and give up in any order."""

    @initialize(places=st.integers(1, 4))
    def opens(self, places: int) -> None:
        self.queue = FairQueue(places)
        self.waiting: list[Ticket] = []
        self.passed: dict[Owner, Counter[Owner]] = {owner: Counter() for owner in OWNERS}

    @rule(owner=st.sampled_from(OWNERS))
    def joins(self, owner: Owner) -> None:
        full = owner.waiting is not None and self.waits(owner) == owner.waiting
        try:
            self.waiting.append(self.queue.join(owner))
        except QueueFullError:
            assert full
        else:
            assert not full or self.waiting[-1] in self.queue.running
        self.look()

    @precondition(lambda self: self.queue.running)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        self.queue.leave(data.draw(st.sampled_from(self.queue.running)))
        self.look()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def gives_up(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(ticket)
        self.queue.leave(ticket)
        self.look()
        assert ticket not in self.queue.running

    def waits(self, owner: Owner) -> int:
        return sum(ticket.owner == owner for ticket in self.waiting)

    def may_begin(self, owner: Owner) -> bool:
        runs = sum(ticket.owner == owner for ticket in self.queue.running)
        return owner.at_once is None or runs < owner.at_once

    def look(self) -> None:
        """Note who has begun, in which order, and whom they passed."""
        for ticket in [t for t in self.queue.running if t in self.waiting]:
            assert ticket is next(t for t in self.waiting if t.owner == ticket.owner)
            self.waiting.remove(ticket)
            self.passed[ticket.owner].clear()
            for owner in {t.owner for t in self.waiting} - {ticket.owner}:
                self.passed[owner][ticket.owner] += 1

    @invariant()
    def nobody_starves(self) -> None:
        """While one waits who may begin, no other begins twice."""
        for owner in OWNERS:
            if not self.waits(owner) or not self.may_begin(owner):
                self.passed[owner].clear()
            assert max(self.passed[owner].values(), default=0) <= 1

    @invariant()
    def limits_are_kept_and_no_place_is_left_empty(self) -> None:
        assert len(self.queue.running) <= self.queue.places
        for owner in OWNERS:
            assert owner.waiting is None or self.waits(owner) <= owner.waiting
            runs = sum(ticket.owner == owner for ticket in self.queue.running)
            assert owner.at_once is None or runs <= owner.at_once
        if any(self.may_begin(ticket.owner) for ticket in self.waiting):
            assert len(self.queue.running) == self.queue.places


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(max_examples=50)


@given(st.lists(st.sampled_from(OWNERS[2:]), min_size=2, max_size=12))
def test_the_place_that_is_told_is_the_place_in_which_jobs_begin(owners: list[Owner]) -> None:
    queue = FairQueue(1)
    first, *waiting = [queue.join(owner) for owner in owners]
    told = {queue.before(ticket): ticket for ticket in waiting}
    assert sorted(told) == list(range(len(waiting)))
    queue.leave(first)
    for place in range(len(waiting)):
        assert queue.running == [told[place]]
        queue.leave(told[place])


def test_a_user_with_too_many_jobs_is_told_so_and_keeps_those_that_wait() -> None:
    queue, anna = FairQueue(1), Owner("anna", waiting=1)
    running, waiting = queue.join(anna), queue.join(anna)
    with pytest.raises(QueueFullError, match="anna has 1 job waiting") as refused:
        queue.join(anna)
    assert "Nothing is lost" in refused.value.hint
    assert queue.before(waiting) == 0
    queue.leave(running)
    assert queue.running == [waiting]
