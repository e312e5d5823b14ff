"""The generators and their parameters, known without importing any of them."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.tools.found import import_all
from synthcraft.tools.generators.base import (
    Backend,
    GeneratorSpec,
    ParameterSpec,
    generator_backend,
)

MAX_EPSILON = 100.0
_PARTS = ("generic", "privacy", "survival", "time_series", "other")
_ADDED: dict[str, dict[str, Any]] = {}


@lru_cache
def _load() -> dict[str, GeneratorSpec]:
    shared = _read("parameters")["parameters"]
    import_all("synthcraft.tools.generators.added")
    entries = {n: e for part in _PARTS for n, e in _read(part)["generators"].items()}
    if taken := entries.keys() & _ADDED.keys():
        raise ValueError(f"there is a generator {min(taken)!r} already")
    return {name: _spec(name, entry, shared) for name, entry in (entries | _ADDED).items()}


def generator(name: str, **entry: Any) -> Callable[[Backend], Backend]:
    """Register a class that is a generator, and describe it: the decorator of `added`.

    Args:
        name: how it is called everywhere, its backend included.
        entry: the keys of a `catalogue_*.toml`; `parameters` describes those that are its own.
    """
    _ADDED[name] = entry | {"backend": name}
    return generator_backend(name)


def _read(part: str) -> dict[str, Any]:
    source = resources.files("synthcraft.tools.generators") / f"catalogue_{part}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _spec(name: str, entry: dict[str, Any], shared: dict[str, Any]) -> GeneratorSpec:
    """A spec; the defaults name the parameters, whose texts and ranges are shared."""
    entry = dict(entry)
    defaults, described = entry.pop("defaults", {}), shared | entry.pop("parameters", {})
    presets = {
        preset: defaults | entry.pop(preset, {}) for preset in ("quick", "standard", "paper")
    }
    parameters = tuple(
        ParameterSpec(name=key, default=value, **described[key]) for key, value in defaults.items()
    )
    return GeneratorSpec.model_validate(
        {"name": name, "parameters": parameters, "presets": presets, **entry}
    )


def catalogue() -> dict[str, GeneratorSpec]:
    """Every generator by name, also those that are not available here."""
    return dict(_load())


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def find(name: str) -> GeneratorSpec:
    """The generator a person means, whatever the case, hyphens and spaces.

    Raises:
        NotFoundError: with the nearest names.
    """
    names = {_plain(key): spec for key, spec in _load().items()}
    names |= {_plain(spec.title): spec for spec in _load().values()}
    if spec := names.get(_plain(name)):
        return spec
    near = difflib.get_close_matches(_plain(name), names, n=3, cutoff=0.5)
    known = list(dict.fromkeys(names[key].name for key in near)) or list(_load())
    raise NotFoundError(
        f"There is no generator called {name[:60]!r}.",
        f"{'Did you mean' if near else 'There are'} {', '.join(known)}?"[: None if near else -1],
    )


def validate_params(spec: GeneratorSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with their proper types; only those that were given.

    Raises:
        InputError: an unknown parameter, a wrong type, or a value out of range.
    """
    known = {parameter.name: parameter for parameter in spec.parameters}
    checked = {}
    for name, value in params.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InputError(
                f"{spec.title} has no parameter {name[:60]!r}.", f"Its parameters: {listed}."
            )
        checked[name] = _check(spec, known[name], value)
    return checked


_NOT_NUMBERS: dict[str, Callable[[ParameterSpec, Any], bool]] = {
    "choice": lambda parameter, value: value in parameter.choices,
    "column": lambda parameter, value: isinstance(value, str),
    "bool": lambda parameter, value: isinstance(value, bool),
}


def _check(spec: GeneratorSpec, parameter: ParameterSpec, value: Any) -> Any:
    """One value in its type and range."""
    wrong = InputError(
        f"{parameter.name} of {spec.title} cannot be {str(value)[:40]!r}.", allowed(parameter)
    )
    if fits := _NOT_NUMBERS.get(parameter.kind):
        if not fits(parameter, value):
            raise wrong
        return value
    if isinstance(value, bool):
        raise wrong
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise wrong from None
    if not math.isfinite(number) or (parameter.kind == "int" and number != int(number)):
        raise wrong
    if parameter.name == "epsilon" and not 0 < number <= MAX_EPSILON:
        raise wrong
    if not _bounds(parameter)[0] <= number <= _bounds(parameter)[1]:
        raise wrong
    return int(number) if parameter.kind == "int" else number


def _bounds(parameter: ParameterSpec) -> tuple[float, float]:
    low = -math.inf if parameter.low is None else parameter.low
    return low, math.inf if parameter.high is None else parameter.high


def allowed(parameter: ParameterSpec) -> str:
    """What a parameter may be, as a sentence."""
    if parameter.kind == "choice":
        return f"Choose one of {', '.join(parameter.choices)}."
    if parameter.kind == "column":
        return "Name a column of the table, or leave it empty."
    if parameter.kind == "bool":
        return "Choose true or false."
    if parameter.name == "epsilon":
        return f"Choose a number above 0 and at most {MAX_EPSILON:g}."
    low, high = _bounds(parameter)
    number = "a whole number" if parameter.kind == "int" else "a number"
    return f"Choose {number} from {low:g} to {high:g}."
