"""Evaluation plans as YAML: read strictly, written so that reading gives the same plan."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from synthcraft.graph.errors import InputError
from synthcraft.tools.plan_file import EvaluationPlan

_MOST_BYTES = 5_000_000
_LONGEST_NUMBER = 100
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SHOWN = 3
_HEAD = "# SynthCraft evaluation plan; SHA-256 with every limit that follows from it:\n# {digest}\n"


def read_plan_file(path: Path) -> EvaluationPlan:
    """The plan of a YAML file, or the one that a `results.json` was made under.

    Raises:
        InputError: no such file, no YAML, or a field that cannot be used; fields are named.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
    except OSError as error:
        raise InputError(
            f"The plan {str(path)!r} cannot be read: {error.strerror}.", "Check the path."
        ) from error
    return plan_of(text, path.name)


def plan_of(text: str | bytes, name: str) -> EvaluationPlan:
    """The plan in a YAML (or JSON) text; `name` is what messages call it."""
    try:
        _check(yaml.compose(text, Loader=yaml.SafeLoader))
        found = yaml.safe_load(text)
    except Exception as error:  # what reads a date or number raises whatever it stumbles over
        raise InputError(f"The plan {name} is no YAML: {_where(error)}.", code="E_PLAN") from None
    if isinstance(found, dict) and isinstance(of_results := found.get("evaluation_plan"), dict):
        found = of_results.get("plan")
    if not isinstance(found, dict):
        raise InputError(
            f"The plan {name} holds no fields.",
            "It begins with a line such as `use_case: sharing`.",
            code="E_PLAN",
        )
    return plan_from(found, f"The plan {name}")


def plan_from(fields: dict[str, Any], name: str) -> EvaluationPlan:
    """The plan with these fields; `name` is what messages call where they come from.

    Raises:
        InputError: a field cannot be used; it is named.
    """
    try:
        return EvaluationPlan.model_validate(fields)
    except ValidationError as error:
        raise InputError(
            f"{name} cannot be used: {_faults(error)}.",
            "README, `Bring your own synthetic file`, shows a plan with its fields.",
            code="E_PLAN",
        ) from None


def plan_text(plan: EvaluationPlan) -> str:
    """The plan as YAML with every field written out, its digest in the first lines."""
    body: str = yaml.dump(
        plan.model_dump(mode="json"), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96
    )
    return _HEAD.format(digest=plan.digest) + body


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes texts so that they are read as they were."""


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    """Signs that YAML takes for the end of a line stand between double quotes, escaped."""
    style = '"' if _LINE_ENDS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _check(root: Any) -> None:
    """Refuse what would silently be lost, and what could be read and not be written down again."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(node)
            continue
        waiting += [part for item in node.value for part in (item if _is_pair(item) else [item])]
        keys = [key for key, _ in filter(_is_pair, node.value)]
        names = Counter(key.value for key in keys if isinstance(key, yaml.ScalarNode))
        for name, times in names.items():
            if times > 1:
                raise _at(node, f"the field {name} stands twice")


def _check_scalar(node: yaml.ScalarNode) -> None:
    if _SURROGATES.search(node.value):
        raise _at(node, "half of a sign")
    if node.tag.endswith(":int") and len(node.value) > _LONGEST_NUMBER:
        raise _at(node, "a number of too many digits")


def _at(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple)


def _where(error: Exception) -> str:
    """Problem and line; the text of the file itself is not repeated."""
    mark = getattr(error, "problem_mark", None)
    line = f" in line {mark.line + 1}" if mark is not None else ""
    return f"{getattr(error, 'problem', '') or type(error).__name__}{line}"


def _faults(error: ValidationError) -> str:
    """The first fields that are wrong, each with what is wrong."""
    told: dict[str, str] = {}
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"] if not _is_branch(part))
        message = str(fault["msg"]).removeprefix("Value error, ")
        unknown = fault["type"] == "extra_forbidden"
        what = "is no field of a plan" if unknown else message
        told.setdefault(place, f"{place}: {what}" if place else what)
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(list(told.values())[:_SHOWN]) + more


def _is_branch(part: int | str) -> bool:
    """Whether a part of a place names a member of a union and no field."""
    branches = {"float", "Threshold", "str", "bool", "int"}
    return isinstance(part, str) and (part in branches or "[" in part)
