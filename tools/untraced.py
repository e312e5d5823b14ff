"""What libraries would send on their own account stays off, whatever the environment says."""

from __future__ import annotations

import os
from typing import Any, cast

_NAMES = tuple(
    f"{brand}_{what}" for brand in ("LANGSMITH", "LANGCHAIN") for what in ("TRACING", "TRACING_V2")
)


def untraced() -> None:
    """Switch off the tracing of LangChain and LangGraph, which would send states and prompts."""
    from langsmith.utils import get_env_var

    for name in _NAMES:
        os.environ[name] = "false"
    cast(Any, get_env_var).cache_clear()  # it remembers what it has read once
