"""A job that reads, in the warm worker, which engines are installed."""

from __future__ import annotations

import inspect
from typing import Any

from synthcraft.tools.generators.synthcity_backend import plugins
from synthcraft.tools.job_kinds import JobContext, job


def _default(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else None


@job("installed_engines", warm=lambda params: plugins())
def installed_engines(ctx: JobContext) -> dict[str, Any]:
    """Plugin name -> parameter -> default."""
    known = plugins()
    found = {
        name: {
            key: _default(parameter.default)
            for key, parameter in inspect.signature(
                known.get_type(name).__init__
            ).parameters.items()
        }
        for name in known._available_plugins
    }
    return found
