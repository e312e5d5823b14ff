"""The six episodes as a table, with the actions that lie in files of their own."""

from __future__ import annotations

from typing import Any

from synthcraft.agents.registry import offered
from synthcraft.graph.contracts import Action, EpisodeName, Frozen


class Episode(Frozen):
    """One subtask: what a person may want from it, and what the router may do in it."""

    name: EpisodeName
    title: str
    aspects: tuple[str, ...]
    """What a person may miss in the result, and so send it back for."""
    actions: tuple[Action, ...]
    deliverable: tuple[str, ...] = ()
    """The result may be shown once one of these succeeded or all were tried; empty: always."""
    after: tuple[EpisodeName, ...] = ()
    """Episodes that must be closed before."""


def _work(
    name: str,
    sentence: str,
    *covers: str,
    needs: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
    trains: bool = False,
) -> dict[str, Any]:
    """A row of work: name, what it does, what it covers."""
    row = {"name": name, "sentence": sentence, "covers": covers}
    return row | {"needs": needs, "key": key, "trains": trains}


def _question(name: str, sentence: str, question: str, *covers: str) -> dict[str, Any]:
    """A row that asks the person: what it does, and the question in words."""
    asked = {"asks": True, "reveals": True, "question": question}
    return _work(name, sentence, *covers) | asked


def _episode(
    name: EpisodeName, title: str, agent: str, rows: list[dict[str, Any]], **more: Any
) -> Episode:
    actions = tuple(Action(episode=name, agent=agent, **row) for row in rows)
    return Episode(name=name, title=title, actions=actions, **more)


_PROFILED = ("profile_schema",)
_SHORTLISTED = ("shortlist",)
_DIAGNOSED = ("diagnose",)
_DRAFTED = ("draft_report",)

_INTAKE = _episode(
    "intake",
    "Getting to know the data",
    "profiler",
    [
        _work("profile_schema", "Looks at what kind of values every column holds.", "schema"),
        _work(
            "missingness_report",
            "Looks at which columns have missing values.",
            "missingness",
            needs=_PROFILED,
        ),
        _work(
            "detect_identifiers",
            "Looks for columns that could identify a person.",
            "identifiers",
            needs=_PROFILED,
            key=("wide",),
        ),
        _work(
            "distribution_eda",
            "Describes how the values of each column are distributed.",
            "distribution",
            needs=_PROFILED,
        ),
        _work(
            "correlation_report",
            "Looks at which columns move together.",
            "correlation",
            needs=_PROFILED,
        ),
        _work(
            "duplicate_check",
            "Looks for rows that occur more than once.",
            "duplicates",
            needs=_PROFILED,
        ),
        _question(
            "ask_columns",
            "Asks you which columns need special care.",
            "What should I look at closely in this table? Does a column identify people?",
            "identifiers",
        ),
    ],
    aspects=("schema", "missingness", "identifiers", "distribution", "correlation", "duplicates"),
    deliverable=_PROFILED,
)

_INTENT = _episode(
    "intent",
    "Agreeing on the purpose",
    "profiler",
    [
        _work(
            "infer_from_prompt",
            "Reads the outcome and the privacy level from what you wrote.",
            "target_task",
            "privacy_tier",
            key=("ambiguous",),
        ),
        _work(
            "infer_from_data",
            "Looks for the column that is most likely the outcome.",
            "target_task",
            key=("wide",),
        ),
        _work(
            "draft_use_case",
            "Writes down what the synthetic data will be used for.",
            "use_case",
            key=("ambiguous",),
        ),
        _work(
            "propose_fairness",
            "Proposes groups of people whose results should be compared.",
            "fairness_focus",
        ),
        _work("propose_augmentation", "Proposes extra synthetic rows for rare cases.", "augment"),
        _question(
            "ask_intent",
            "Asks you what the synthetic data are for and how private they must be.",
            "What are the synthetic data for, what should they predict, how private must they be?",
            "target_task",
            "privacy_tier",
            "fairness_focus",
            "use_case",
            "augment",
        ),
    ],
    aspects=("target_task", "privacy_tier", "fairness_focus", "use_case", "augment"),
)

_GENERATION = _episode(
    "generation",
    "Making synthetic data",
    "generator",
    [
        _work("shortlist", "Chooses the generators that suit this table."),
        _work(
            "gen_fast",
            "Runs a fast generator (a Bayesian network or random forests).",
            "fit_quality",
            needs=_SHORTLISTED,
            key=("small",),
            trains=True,
        ),
        _work(
            "gen_gan",
            "Runs a deep generator (adversarial or variational).",
            "fit_quality",
            needs=_SHORTLISTED,
            key=("small",),
            trains=True,
        ),
        _work(
            "gen_diffusion",
            "Runs a diffusion generator, slower and of another kind.",
            "fit_quality",
            "comparator",
            needs=_SHORTLISTED,
            key=("wide",),
            trains=True,
        ),
        _work(
            "gen_dp",
            "Runs a generator with a differential privacy guarantee.",
            "privacy_guarantee",
            needs=_SHORTLISTED,
            key=("small",),
            trains=True,
        ),
        _question(
            "ask_preference",
            "Asks you what matters most in the choice of a generator.",
            "What matters most to you: a close fit, a formal privacy guarantee, or a comparison?",
            "comparator",
        ),
    ],
    aspects=("fit_quality", "privacy_guarantee", "comparator"),
    deliverable=("gen_fast", "gen_gan", "gen_diffusion", "gen_dp"),
    after=("intake", "intent"),
)

_EVALUATION = _episode(
    "evaluation",
    "Evaluating the synthetic data",
    "evaluator",
    [
        _work(
            "pick_fidelity",
            "Measures how closely the synthetic columns follow the real ones.",
            "fidelity",
        ),
        _work(
            "pick_utility",
            "Measures how well a model trained on synthetic rows does on real ones.",
            "utility",
        ),
        _work(
            "pick_privacy",
            "Measures what the synthetic rows give away about real people.",
            "privacy_metrics",
        ),
        _work("pick_subgroup", "Compares the results between groups of people.", "subgroup"),
        _work("pick_plots", "Draws plots of real against synthetic data.", "plots"),
        _work(
            "pick_detectability",
            "Measures how easily real and synthetic rows are told apart.",
            "detectability",
        ),
        _question(
            "ask_priorities",
            "Asks you which results matter most.",
            "Which results matter most to you?",
        ),
    ],
    aspects=("fidelity", "utility", "privacy_metrics", "subgroup", "plots", "detectability"),
    deliverable=("pick_fidelity", "pick_utility", "pick_privacy"),
    after=("intent", "generation"),
)

_REFINEMENT = _episode(
    "refinement",
    "Improving the result",
    "generator",
    [
        _work("diagnose", "Finds out where the synthetic data are weak and why.", "diagnosis"),
        _work(
            "tune_hparams",
            "Proposes other parameters for the same generator.",
            "fix",
            needs=_DIAGNOSED,
            key=("low_budget",),
        ),
        _work(
            "switch_generator",
            "Proposes another generator.",
            "fix",
            needs=_DIAGNOSED,
            key=("small",),
        ),
        _work(
            "rebalance",
            "Proposes to generate more of the rare cases.",
            "rebalance",
            needs=_DIAGNOSED,
        ),
        _work(
            "re_evaluate",
            "Evaluates again and compares with the first results.",
            "re_evaluate",
            needs=_DIAGNOSED,
        ),
        _question(
            "ask_tradeoff",
            "Asks you what you would give up to improve the weak points.",
            "What would you give up to improve the weak points: time, fit, or privacy?",
            "fix",
        ),
    ],
    aspects=("diagnosis", "fix", "rebalance", "re_evaluate"),
    after=("generation", "evaluation"),
)

_DOCUMENTATION = _episode(
    "documentation",
    "Writing the report",
    "reporter",
    [
        _work("draft_report", "Drafts the report with data, methods and decisions.", "methods"),
        _work(
            "add_metric_tables",
            "Adds the tables of results to the report.",
            "metrics",
            needs=_DRAFTED,
        ),
        _work(
            "add_limitations",
            "Adds what was not assessed and what the results do not show.",
            "limitations",
            needs=_DRAFTED,
        ),
        _work(
            "export_code_log", "Writes the script and the log that reproduce the run.", "code_log"
        ),
        _work("add_checklist", "Adds the reporting checklist.", "checklist", needs=_DRAFTED),
        _work(
            "plain_summary", "Adds a summary in plain language.", "plain_summary", needs=_DRAFTED
        ),
        _question(
            "ask_audience",
            "Asks you who will read the report.",
            "Who will read the report, and what do they need in it?",
        ),
    ],
    aspects=("methods", "metrics", "limitations", "code_log", "checklist", "plain_summary"),
    deliverable=_DRAFTED,
    after=("refinement",),
)


def _with_offers(episode: Episode) -> Episode:
    """The episode with the actions that `agents/added` has for it."""
    more = tuple(o.action for o in offered() if o.action.episode == episode.name)
    aspects = dict.fromkeys((*episode.aspects, *(x for a in more for x in a.covers)))
    changes = {"actions": (*episode.actions, *more), "aspects": tuple(aspects)}
    return episode.model_copy(update=changes)


EPISODES: dict[EpisodeName, Episode] = {
    episode.name: _with_offers(episode)
    for episode in (_INTAKE, _INTENT, _GENERATION, _EVALUATION, _REFINEMENT, _DOCUMENTATION)
}
"""The episodes in their default order."""
