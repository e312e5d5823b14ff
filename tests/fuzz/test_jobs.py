"""A job spec has one key in whatever form it comes; a changed order ends in an error of ours."""

from __future__ import annotations

import json
import os
import queue
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from synthcraft.graph.errors import JobError
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.worker import Supervisor
from synthcraft.tools.worker_child import JobOrder
from tests.fuzz.strategies import SPECS, changed_json, examples

ORDER = JobOrder(
    id="a1", spec=JobSpec(kind="toy", params={"n": 1}), key="k", home="/h", store="/s", workdir="/w"
).model_dump(mode="json")


@given(spec=SPECS, seed=st.integers(0, 9))
@examples(40)
def test_a_spec_has_the_same_key_in_any_order_and_another_for_other_work(
    spec: JobSpec, seed: int
) -> None:
    said = json.loads(json.dumps(spec.model_dump()))
    backwards = JobSpec(**{**said, "params": dict(reversed(said["params"].items()))})
    assert backwards.key == spec.key
    others = {"seed": spec.seed + 1 + seed, "kind": "toy_other", "inputs": {"x": "0" * 64, "y": ""}}
    for name, value in others.items():
        assert spec.model_copy(update={name: value}).key != spec.key


def heard(sent: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in os.read(sent, 1 << 16).splitlines()]


@given(order=changed_json(ORDER))
@examples(60)
def test_a_changed_order_is_queued_or_told_to_whoever_waits_for_it(order: Any) -> None:
    receive, protocol = os.pipe()
    orders: queue.Queue[JobOrder | None] = queue.Queue()
    try:
        Supervisor(protocol, orders)._obey({"job": order})
        if not orders.empty():
            assert orders.get_nowait() == JobOrder.model_validate(order)
            return
        failed, ended = heard(receive)
        assert (failed["code"], failed["id"], ended["id"]) == (
            "E_JOB_ORDER",
            order["id"],
            order["id"],
        )
    except JobError:  # nobody is named whom it could be told
        assert not isinstance(order, dict) or not isinstance(order.get("id"), str)
    finally:
        os.close(receive)
        os.close(protocol)
