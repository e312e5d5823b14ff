"""How synthetic combinations meet a population: k-map and presence (P7)."""

from __future__ import annotations

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.granularity import CAUTION, declared
from synthcraft.tools.privacy.keys import keys


@metric(
    "privacy.k_map",
    family="privacy_metrics",
    title="k-map",
    explanation="Described only: how many people match each synthetic combination, at least.",
    direction="higher",
    ideal=None,
    needs=("rows", "holdout", "quasi"),
)
def k_map(ctx: EvalContext) -> list[Value]:
    """Fewest people who match a synthetic row's quasi-identifiers; a count under ten is not shown.

    At least 0. Without a population frame the people are the training and holdout rows, and the
    result says so. Source: evaluation 2, P7.
    """
    key = keys(ctx, declared(ctx))
    people, made = key.counts(key.real), key.counts(key.synthetic) > 0
    fewest = int(people[made].min())
    nobody = float((people[key.synthetic] == 0).mean())
    frame = "No population frame: the people are the training and holdout rows."
    message = f"{frame} {CAUTION}"
    small = 0 < fewest < MIN_CELL
    own = Value(
        None if small else float(fewest),
        status="suppressed" if small else None,
        message=f"Under ten people. {message}" if small else message,
    )
    return [own, Value(nobody, group="rows that match nobody")]


@metric(
    "privacy.delta_presence",
    family="privacy_metrics",
    title="δ-presence",
    explanation="Described only: how sure a combination makes one of a person's presence.",
    ideal=None,
    needs=("quasi",),
)
def delta_presence(ctx: EvalContext) -> list[Value]:
    """Share of the people with a combination who are in the training data, lowest to highest.

    It needs a frame of the whole population, which nobody gave: not computable, and not a number.
    Source: evaluation 2, P7.
    """
    message = "Not computable: it needs a frame of the whole population."
    return [Value(None, status="not_assessed", message=message)]
