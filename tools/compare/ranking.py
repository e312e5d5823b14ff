"""Which file is ahead on an endpoint that was named beforehand, and whether any is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.metrics.base import Result
from synthcraft.tools.stats.ranks import rank_intervals

FEWEST = 3
_METHOD = "Simultaneous 95 % rank intervals from all pairs, Holm; files taken as independent."


class Place(BaseModel):
    """One file in the order, 1 is best; `low` to `high` is what the noise allows."""

    model_config = ConfigDict(frozen=True)

    file: str
    value: float
    rank: int
    low: int
    high: int


class Ranking(BaseModel):
    """The order of the files on one endpoint."""

    model_config = ConfigDict(frozen=True)

    pillar: str
    metric_id: str
    title: str = ""
    places: tuple[Place, ...] = ()
    winner: str | None = None
    sentence: str
    method: str = _METHOD


def rankings(
    results: Mapping[str, Sequence[Result]], endpoints: Mapping[str, str]
) -> tuple[Ranking, ...]:
    """One ranking an endpoint, where at least three files were given."""
    if len(results) < FEWEST:
        return ()
    return tuple(_ranking(results, pillar, name) for pillar, name in endpoints.items())


def _ranking(results: Mapping[str, Sequence[Result]], pillar: str, name: str) -> Ranking:
    rows = {
        file: row
        for file, own in results.items()
        for row in own
        if row.metric_id == name and row.column is None and row.group is None
        if row.value is not None and row.ci_low is not None and row.ci_high is not None
    }
    if len(rows) < FEWEST:
        said = f"Fewer than {FEWEST} files have a number with an interval, so none is ranked."
        return Ranking(pillar=pillar, metric_id=name, sentence=said)
    found = rank_intervals(
        [_merit(row) for row in rows.values()],
        [((row.ci_high or 0.0) - (row.ci_low or 0.0)) / 3.92 for row in rows.values()],
        higher_is_better=True,
    )
    places = sorted(
        (
            Place(file=file, value=row.value or 0.0, rank=r.rank, low=r.low, high=r.high)
            for (file, row), r in zip(rows.items(), found, strict=True)
        ),
        key=lambda place: (place.rank, place.low, place.high),
    )
    first = [place.file for place in places if place.low == 1]
    winner = first[0] if len(first) == 1 else None
    sentence = (
        f"{winner} is ahead of all others."
        if winner
        else f"No single winner: {', '.join(first)} cannot be told apart."
    )
    return Ranking(
        pillar=pillar,
        metric_id=name,
        title=next(iter(rows.values())).title,
        places=tuple(places),
        winner=winner,
        sentence=sentence,
    )


def _merit(row: Result) -> float:
    """The value on a scale where more is better."""
    value = row.value or 0.0
    if row.direction == "target":
        return -abs(value - (row.ideal_value or 0.0))
    return value if row.direction == "higher" else -value
