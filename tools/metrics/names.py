"""What measures are called, by id, whether they were run or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from synthcraft.tools.report.words import plain, sentence


@cache
def _titles() -> Mapping[str, str]:
    """Of every metric there is; importing them all takes a second, once."""
    from synthcraft.tools.metrics.registry import every_metric

    return {spec.id: spec.title for spec in every_metric()}


def measure_name(item: str) -> str:
    """Title of a metric; of a family or an unknown one its id in words."""
    return _titles().get(item) or sentence(plain(item))
