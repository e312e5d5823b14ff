"""A job that reads, in the warm worker, which engines are installed."""

from __future__ import annotations

import inspect
from typing import Any

from synthcraft.tools.generators.synthcity_backend import CATEGORIES, plugins
from synthcraft.tools.job_kinds import JobContext, job


def _default(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else None


_INNER = {
    "survae": "tvae",
    "survival_gan": "adsgan",
    "survival_ctgan": "ctgan",
    "survival_nflow": "nflow",
}
"""Survival engine -> the engine that takes the rest of its parameters."""


@job("installed_engines", warm=lambda params: plugins())
def installed_engines(ctx: JobContext) -> dict[str, Any]:
    """Names by category, and plugin name -> parameter -> default."""
    from synthcity.plugins import Plugins

    names = {category: Plugins(categories=[category]).list() for category in CATEGORIES}
    known = plugins()
    listed = [name for some in names.values() for name in some]
    defaults = {name: _defaults(known, name) for name in listed}
    for name, inner in _INNER.items():
        defaults[name] = _defaults(known, inner) | defaults[name]
    return {"names": names, "defaults": defaults}


def _defaults(known: Any, name: str) -> dict[str, Any]:
    signature = inspect.signature(known.get_type(name).__init__)
    return {key: _default(p.default) for key, p in signature.parameters.items()}
