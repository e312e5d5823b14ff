"""A plan is the same after writing and reading; a changed plan file is read, or refused by name."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_from, plan_of, plan_text
from tests.fuzz.seeds import PLAN
from tests.fuzz.strategies import changed_bytes, changed_json, examples, plans


@given(plan=plans())
@examples(60)
def test_any_plan_is_the_same_after_writing_and_reading(plan: EvaluationPlan) -> None:
    again = plan_of(plan_text(plan), "plan.yaml")
    assert again == plan
    assert again.digest == plan.digest
    assert plan_text(again) == plan_text(plan)


def is_read_or_refused(text: bytes) -> None:
    try:
        found = plan_of(text, "plan.yaml")
    except SynthCraftError as error:
        assert error.code == "E_PLAN" and "plan.yaml" in error.message
    else:
        assert plan_of(plan_text(found), "plan.yaml") == found


@given(text=changed_bytes(PLAN.encode()))
@examples(80)
def test_a_plan_file_with_changed_bytes_is_read_or_refused(text: bytes) -> None:
    is_read_or_refused(text)


@given(fields=changed_json(yaml.safe_load(PLAN)))
@examples(80)
def test_a_plan_file_with_other_fields_is_read_or_refused(fields: Any) -> None:
    is_read_or_refused(yaml.safe_dump(fields, allow_unicode=True).encode("utf-8", "replace"))
    if isinstance(fields, dict):
        try:
            plan_from(fields, "plan.yaml")
        except SynthCraftError as error:
            assert error.code == "E_PLAN"


@given(
    value=st.sampled_from(
        ["2021-13-45", "0b_", "0x_", "0x" + "f" * 9000, "1" * 5000, "1:99:99", "1e999", "!!int a",
         "!!timestamp x", "!!float x", "!!binary x", "*a", "&a [*a]", "<<", "=", "? ", "!!omap [1]",
         "!!pairs x", "!!set {a}", "!!python/name:os.system", "'\\ud800'", '"\\ud800"']
    ),
    field=st.sampled_from(["unit", "bands", "thresholds", "split", "roles", "<<", "signed_by"]),
)  # fmt: skip
@examples(80)
def test_odd_scalars_of_yaml_are_read_or_refused(field: str, value: str) -> None:
    is_read_or_refused(f"{field}: {value}\n".encode())
    is_read_or_refused(f"bands: {{{value}: [1]}}\n".encode())
