"""The fields of a card: what stands there now, and what a person made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Literal

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import MAX_REPLICATES, Plan
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.ui.text import plain

if TYPE_CHECKING:
    from synthcraft.ui.project import Project

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Field:
    """One field of a card.

    Attributes:
        name: of the field, and of what it changes in `Changes` where it is no pair.
        label: what stands above it.
        kind: a number, a whole one, one of a list, several of a list, or a text.
        now: what is agreed at present.
        info: the unit, or what the choices mean.
        choices: words and value of what can be chosen in a project.
        needs: name in `Proposal.editable` that shows the field; its own name where empty.
    """

    name: str
    label: str
    kind: Literal["number", "whole", "one", "several", "text"]
    now: Callable[[Plan], Any]
    info: str = ""
    choices: Callable[[Project], Choices] = lambda project: []
    needs: str = ""

    def shown(self, editable: Sequence[str]) -> bool:
        """Whether a card that may be changed in these has the field."""
        return (self.needs or self.name) in editable


def _fixed(**words: str) -> Callable[[Project], Choices]:
    return lambda project: [(text, value) for value, text in words.items()]


def _columns(project: Project) -> Choices:
    return [(c.name, c.name) for c in project.sheets.columns] if project.sheets else []


def _engines(project: Project) -> Choices:
    offers = project.sheets.offers if project.sheets else ()
    may = [o.spec for o in offers if o.planned or (o.spec.available and not o.barred)]
    return [(f"{spec.title} ({spec.name})", spec.name) for spec in may]


def _knobs(project: Project) -> Choices:
    engines = project.view.plan.generators if project.view else ()
    return [
        (f"{engine.generator}: {name} = {value}", f"{engine.generator} {name}")
        for engine in engines
        for name, value in engine.params.items()
        if isinstance(value, int | float | str)
    ]


def _limits(project: Project) -> Choices:
    from synthcraft.tools.evaluation_plan import default_thresholds

    plan = project.view.plan if project.view else Plan()
    known = default_thresholds(plan.use_case)
    return [(f"{plain(name)}: {rule.text}", name) for name, rule in known.items() if rule.limit]


_USE_CASES = _fixed(
    sharing="share with others, who re-run their analysis on the real rows",
    augmentation="add rows to a small or unbalanced table",
    privacy="privacy comes first",
    development="develop methods, teach, test code",
)
_TASKS = _fixed(
    classification="a class, such as yes or no",
    regression="a number",
    survival="time until an event",
    none="no outcome",
)
_PRESETS = _fixed(
    quick="quick: a first look", standard="standard", paper="paper: as in publications, slow"
)
_CHOOSING = _fixed(
    no="all of them", yes="few, one after the other within the time limit; the best one is kept"
)
_TIERS = _fixed(
    quick="quick: a first look, never enough",
    standard="standard",
    publication="publication: all attacks, slow",
)
_FITS = f"Of each generator, 1 to {MAX_REPLICATES}; from 5 on, chance can be told from quality."
_EPSILON = "Only for generators with a formal mechanism: 1 is common, above 10 promises little."

FIELDS = (
    Field("use_case", "Purpose", "one", lambda p: p.use_case, choices=_USE_CASES),
    Field("target", "Outcome column", "one", lambda p: p.target, choices=_columns),
    Field("task", "Kind of outcome", "one", lambda p: p.task, choices=_TASKS),
    Field(
        "sensitive", "Sensitive columns", "several", lambda p: list(p.sensitive),
        "What an attacker would like to learn.", _columns,
    ),
    Field(
        "protected", "Groups to compare", "several", lambda p: list(p.protected),
        "Results are shown for each group of these columns.", _columns,
    ),
    Field(
        "include", "Generators to run", "several",
        lambda p: list(dict.fromkeys(g.generator for g in p.generators)), choices=_engines,
    ),
    Field(
        "choose", "Which of them are run", "one", lambda p: "yes" if p.choose else "no",
        choices=_CHOOSING,
    ),
    Field(
        "rows", "Synthetic rows", "whole", lambda p: p.rows,
        "Of each generator; empty: as many as it learns from.",
    ),
    Field("epsilon", "Privacy budget (epsilon)", "number", lambda p: p.epsilon, _EPSILON),
    Field("preset", "Effort", "one", lambda p: p.preset, choices=_PRESETS),
    Field(
        "budget_minutes", "Time limit (minutes)", "number", lambda p: p.budget_minutes,
        "For all training together.",
    ),
    Field("replicates", "Independent fits", "whole", lambda p: p.replicates, _FITS),
    Field("tier", "Thoroughness of the evaluation", "one", lambda p: p.tier, choices=_TIERS),
    Field(
        "min_cell", "Fewest real people behind a number", "whole", lambda p: p.min_cell or MIN_CELL,
        f"In all that leaves; {MIN_CELL} or more.",
    ),
    Field(
        "parameter", "Parameter of a generator", "one", lambda p: None, choices=_knobs,
        needs="parameters",
    ),
    Field("parameter_value", "Its new value", "text", lambda p: "", needs="parameters"),
    Field(
        "threshold", "Limit to change", "one", lambda p: None, choices=_limits, needs="thresholds"
    ),
    Field("threshold_value", "Its new limit", "number", lambda p: None, needs="thresholds"),
)  # fmt: skip
"""Every field of any card, in the order of the page."""
LABELS = {field.name: field.label for field in FIELDS}


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of every field: shown where the open card may be changed in it."""
    card = project.card
    editable = card.editable if card and not card.question else ()
    plan = project.view.plan if project.view else Plan()
    return {f"field_{one.name}": _shown(one, project, plan, editable) for one in FIELDS}


def _shown(field: Field, project: Project, plan: Plan, editable: Sequence[str]) -> dict[str, Any]:
    if not field.shown(editable):
        return {"visible": False}
    props: dict[str, Any] = {"visible": True, "value": field.now(plan)}
    if field.kind in ("one", "several"):
        props["choices"] = field.choices(project)
    return props


def asked(project: Project, values: Sequence[Any]) -> tuple[dict[str, Any], str]:
    """What was altered in the fields of the open card, by name in `Changes`, and in words.

    Raises:
        InputError: a value that the field cannot have.
    """
    view = project.view
    card = view.proposal if view else None
    if view is None or card is None or card.question:
        return {}, ""
    altered = {}
    for field, value in zip(FIELDS, values, strict=False):
        said = _read(field, project, value) if field.shown(card.editable) else None
        if said is not None and said != field.now(view.plan):
            altered[field.name] = said
    words = "; ".join(f"{LABELS[name]}: {_told(value)}" for name, value in altered.items())
    plain_ones = {name: value for name, value in altered.items() if name in Changes.model_fields}
    return plain_ones | _pairs(altered), words


def _read(field: Field, project: Project, value: Any) -> Any:
    """One value as it came from a browser; None where nothing was said."""
    if value is None or value == "":
        return None
    if field.kind in ("number", "whole"):
        return _number(field, value)
    if field.kind == "text":
        return str(value).strip() or None
    allowed = [key for _, key in field.choices(project)]
    chosen = value if isinstance(value, list) else [value]
    several = field.kind == "several"
    if not all(one in allowed for one in chosen) or (not several and len(chosen) != 1):
        raise InputError(f"{field.label} cannot be that.", "Choose from the list.")
    if not several:
        return chosen[0]
    if not chosen and field.name == "include":
        raise InputError("No generator is left.", "Choose one or more from the list.")
    return [one for one in allowed if one in chosen]


def _number(field: Field, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = nan
    whole = field.kind == "whole"
    if not isfinite(found) or (whole and found != int(found)):
        raise InputError(f"{field.label} must be a {'whole ' if whole else ''}number.")
    return int(found) if whole else found


def _pairs(altered: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter and a limit, each with the value that stands beside it."""
    for name in ("parameter", "threshold"):
        if (name in altered) != (f"{name}_value" in altered):
            raise InputError(f"{LABELS[name]}: one half is missing.", "Say which, and to what.")
    found: dict[str, Any] = {}
    if "parameter" in altered:
        engine, _, knob = altered["parameter"].partition(" ")
        found["parameters"] = {engine: {knob: _typed(altered["parameter_value"])}}
    if "threshold" in altered:
        found["thresholds"] = {altered["threshold"]: altered["threshold_value"]}
    return found


def _typed(text: str) -> Any:
    return {"true": True, "false": False}.get(text.lower(), text)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)
