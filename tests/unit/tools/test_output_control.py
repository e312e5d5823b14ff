"""Every number about real people goes one way, and no renderer knows another."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from synthcraft.graph.records import Split
from synthcraft.tools.audit import ROOT as FIRST
from synthcraft.tools.audit import AuditLog
from synthcraft.tools.disclosure.report import controlled_result, released_report
from synthcraft.tools.disclosure.rounding import (
    MIN_CELL,
    apart,
    count,
    dominated,
    enough_df,
    in_words,
    quantiles,
)
from synthcraft.tools.disclosure.sentences import controlled_text
from synthcraft.tools.disclosure.small_cells import hidden_levels
from synthcraft.tools.generators.choice_record import Choice, Run
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.record import Marginal, ReportRecord
from synthcraft.tools.report.results import DataPart, PlanEntry, Result, Results
from synthcraft.tools.report.writers import outputs

ROOT = Path(__file__).parents[3]
FOLDERS = ("graph", "agents", "tools", "ui")


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parent != ROOT / "tools/disclosure":
                yield path, ast.parse(path.read_text("utf-8"))


def test_the_smallest_cell_is_set_in_one_place() -> None:
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = [n.id for n in node.targets if isinstance(n, ast.Name)]
                own = [n for n in names if n.endswith(("CELL", "SMALLEST_COUNT"))]
                assert not own, f"{path}: take MIN_CELL from tools/disclosure"


def rounds_to_five(node: ast.AST) -> bool:
    """`5 * round(x / 5)`, whichever way round."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    sides = [node.left, node.right]
    fives = [s for s in sides if isinstance(s, ast.Constant) and s.value == 5]
    calls = [s for s in sides if isinstance(s, ast.Call) and "round" in ast.unparse(s.func)]
    return bool(fives and calls)


def test_counts_are_rounded_in_one_place() -> None:
    assert rounds_to_five(ast.parse("5 * round(x / 5)", mode="eval").body)
    found = [path for path, tree in modules() for node in ast.walk(tree) if rounds_to_five(node)]
    assert found == []


PAGES = {"report.html.j2", "comparison.html.j2", "analysis.html.j2"}


def renderers(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Functions that fill a page of real numbers or draw its figures, with what they call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for call in ast.walk(node):
                if not isinstance(call, ast.Call):
                    continue
                texts = {a.value for a in call.args if isinstance(a, ast.Constant)}
                if PAGES & texts:
                    yield node, "page"


def takes_released(function: ast.FunctionDef) -> bool:
    """Whether the first argument passed output control, and is all that is read."""
    first = function.args.args[0]
    annotation = ast.unparse(first.annotation) if first.annotation else ""
    raw = [a for a in function.args.args if ast.unparse(a.annotation or first) == "ReportRecord"]
    return annotation.startswith("Released[") and not raw


def test_pages_are_filled_from_released_records_alone() -> None:
    found = [(path, f) for path, tree in modules() for f, _ in renderers(tree)]
    assert {path.name for path, _ in found} == {"render.py", "comparison.py", "outputs.py"}
    for path, function in found:
        assert takes_released(function), f"{path}: {function.name} bypasses output control"


def test_packs_and_figures_of_files_from_elsewhere_take_released_records_alone() -> None:
    for path, name in (("tools/pack/levels.py", "at_level"),
                       ("tools/report/comparison.py", "pictures")):  # fmt: skip
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        (found,) = (f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name == name)
        assert takes_released(found), f"{path}: {name} bypasses output control"


def test_figures_are_drawn_from_released_records_alone() -> None:
    tree = ast.parse((ROOT / "tools/report/render.py").read_text("utf-8"))
    drawing = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(n, ast.Name) and n.id == "gallery" for n in ast.walk(node))
    ]
    assert [f.name for f in drawing] == ["_drawn"] and takes_released(drawing[0])


def written(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    """Functions that turn a whole record into JSON, with the call; errors have none of people."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(node):
                named = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                if named and call.func.attr == "payload" and "error" not in ast.unparse(call):
                    yield node, call


def passed(function: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether what is written was released in this very line, or before it came here."""
    said = ast.unparse(call)
    here = "released_" in said or (".value" in said and takes_released(function))
    taken = said.startswith("record.") and "record = released.value" in ast.unparse(function)
    return here or taken or said == "done.record.payload()"  # the record of `Evaluated` is released


def test_results_are_written_and_printed_as_released_alone() -> None:
    found = [(path, f, c) for path, tree in modules() for f, c in written(tree)]
    assert len({path for path, _, _ in found}) == 8
    for path, function, call in found:
        assert passed(function, call), f"{path}: {ast.unparse(call)} bypasses output control"
    bad = ast.parse("def f(record: Results):\n    publish(as_json(record.payload()))\n")
    ((function, call),) = written(bad)
    assert not passed(function, call)


def test_the_log_takes_released_entries_alone() -> None:
    tree = ast.parse((ROOT / "tools/audit.py").read_text("utf-8"))
    making = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name == "_entry"]
    assert [ast.unparse(f.args.args[-1].annotation or f) for f in making] == [
        "Released[dict[str, Any]]"
    ]
    for path, module in modules():
        calls = {ast.unparse(n.func) for n in ast.walk(module) if isinstance(n, ast.Call)}
        assert "Entry" not in calls or path.name in ("audit.py", "ledger.py"), path


def test_a_renderer_that_reads_the_record_itself_is_found() -> None:
    bad = ast.parse("def f(record: ReportRecord):\n    get('report.html.j2').render(record)\n")
    ((function, _),) = renderers(bad)
    assert not takes_released(function)


def record(least: int = 10, **data: int) -> ReportRecord:
    sizes = {"rows": 2923, "train": 1757, "validation": 583, "holdout": 583, **data}
    entry = PlanEntry(digest="d", plan={"min_cell": least})
    parts = {name: sizes[name] for name in ("train", "validation", "holdout")}
    run = Run(generator="cart", params={}, share=1, quality=0.5, rows=sizes["train"], status="ok",
              seconds=1, cached=False, message="Learnt from 1,757 rows.")  # fmt: skip
    choice = Choice(file="", plan_digest="", approved_by="", seed=0, split=Split(**parts),
                    chosen="cart", run=run, runs=(run,), budget_minutes=1, minutes=1,
                    minutes_anew=1, minutes_of_all=1, predicted=(), trail=())  # fmt: skip
    return ReportRecord(
        results=Results(
            session="s", status="finished", data=DataPart(**sizes), evaluation_plan=entry,
            choice=choice,
            results=[
                Result(metric_id="fairness.x", group="A", value=0.3, events=15, n_real=1757),
                Result(metric_id="utility.x", message="Learnt from 1,757 training rows."),
            ],
        ),
        marginals={"c": (Marginal(column="a", real=(0.5, 0.0085, 0.0), holdout=(0.9, None, 0.1)),)},
        plot_data={"c": PlotData(calibration=({"kind": "bin", "people": 15},))},
        messages=("The table has 2,923 rows and 7 people are twice in it.",),
    )  # fmt: skip


def test_exact_sizes_do_not_leave() -> None:
    shown = released_report(record()).value
    text = shown.model_dump_json()
    for exact in ("2923", "2,923", "1757", "1,757", "583", "7 people"):
        assert exact not in text, exact
    assert shown.results.data.train == 1755 and "2,925 rows" in shown.messages[0]
    assert "under 10 people" in shown.messages[0]
    assert shown.marginals["c"][0].real == (0.5, 0.0085, 0.0)


def test_a_higher_minimum_holds_everywhere() -> None:
    shown = released_report(record(least=20)).value
    group = shown.results.results[0]
    assert (group.value, group.events, group.status) == (None, None, "suppressed")
    assert shown.marginals["c"][0].real == (0.5, None, 0.0)
    assert shown.plot_data["c"].calibration == ()
    known = Result(metric_id="utility.gap", group="B", value=0.2, n_real=15)
    assert controlled_result(known, 20).value is None and controlled_result(known).value == 0.2
    assert released_report(record(least=3)).value.results.results[0].value == 0.3
    with pytest.raises(ValueError, match="min_cell"):
        EvaluationPlan.model_validate({"min_cell": 9})


def test_what_is_written_holds_no_exact_size(tmp_path: Path) -> None:
    files = outputs(record().model_copy(update={"plot_data": {}}), {})
    for name in ("results.json", "report.html"):
        for exact in (b"2923", b"2,923", b"1757", b"1,757", b"583"):
            assert exact not in files[name], (name, exact)
    assert json.loads(files["results.json"])["data"] == {
        "rows": 2925, "columns": 0, "sha256": "", "train": 1755, "validation": 585,
        "holdout": 585, "rounded_to": 5,
    }  # fmt: skip

    log = AuditLog(tmp_path / "log.jsonl")
    source = {"name": "a.csv", "rows": 2923, "notes": ["7 people are twice in it."]}
    words = "Make 2923 rows of my 2923 patients."
    head = log.append({"kind": "start", "prompt": words, "source": source}, FIRST)
    log.append({"kind": "feedback", "message": "2,923 rows, 8 columns."}, head)
    start, told = (entry.body for entry in log.all())
    assert start["source"] == {
        **source,
        "rows": 2925,
        "notes": ["under 10 people are twice in it."],
    }
    assert told["message"] == "2,925 rows, 8 columns."
    assert start["prompt"] == words  # what a person typed is theirs, and leaves a pack covered
    assert log.verify() == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("1,203 real rows", "1,205 real rows"),
        ("3 people", "under 10 people"),
        ("0 rows", "0 rows"),
        ("cart made 3,791 rows in 0.8 s", "cart made 3,791 rows in 0.8 s"),
        ("under 10 people", "under 10 people"),
        ("0.5 events per term", "0.5 events per term"),
        ("8 columns, 2 rules", "8 columns, 2 rules"),
        ("about 3475 complete real rows, 172 events", "about 3,475 complete real rows, 170 events"),
    ],
)
def test_counts_in_sentences_are_rounded(said: str, shown: str) -> None:
    assert controlled_text(said) == shown
    assert controlled_text(shown) == shown


def test_a_mean_that_one_or_two_people_make_up_is_withheld() -> None:
    even, one, two = np.full(12, 50.0), np.full(12, 1.0), np.full(12, 1.0)
    one[0], two[:2] = 5000.0, 300.0
    one[1] = np.nan  # nobody's
    assert [dominated(v) for v in (even, one, two, np.zeros(12))] == [False, True, True, False]
    costs = np.concatenate([np.zeros(33), [100.0, 5000.0], np.full(5, 6000.0)])
    assert quantiles(costs).keys() == {"p25", "p50"}  # ten around p75 hold the one


def test_the_rules_of_single_numbers() -> None:
    assert [count(n) for n in (9, 10, 12, 13)] == [None, 10, 10, 15]
    assert in_words(4, 25) == "under 25" and in_words(26, 25) == "25"
    assert apart(2900, 24) == (2900, 25) and apart(2915, 9) == (None, None)
    assert apart(100, 0) == (100, 0) and apart(100, 12, 20) == (None, None)
    assert enough_df(30, 20) and not enough_df(29, 20)
    assert controlled_result(Result(metric_id="x", n_real=7)).n_real == 0


Table = np.ndarray[Any, np.dtype[np.int64]]


def published(table: Table, hidden: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Any, Any]:
    """Every equation that a reader knows: open cells, and totals over each set of axes."""
    places = np.arange(table.size).reshape(table.shape)
    rows, known = [], []

    def tell(cells: Any) -> None:
        line = np.zeros(table.size)
        line[np.ravel(cells)] = 1
        rows.append(line)
        known.append(table.ravel()[np.ravel(cells)].sum())

    for level in np.flatnonzero(~hidden):
        for place in places[level].ravel():
            tell([place])
        tell(places[level])
        for axis in range(places[level].ndim):
            for part in range(places[level].shape[axis]):
                tell(np.take(places[level], part, axis=axis))
    for index in np.ndindex(*table.shape[1:]):
        tell(places[(slice(None), *index)])  # sums over levels
    for axis in range(1, table.ndim):
        for part in range(table.shape[axis]):
            tell(np.take(places, part, axis=axis))
    tell(places)
    return np.array(rows), np.array(known)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("seed", range(15))
def test_no_count_under_ten_can_be_worked_out_of_all_that_is_published(
    seed: int, axes: int
) -> None:
    rng = np.random.default_rng([seed, axes])
    shape = (int(rng.integers(3, 6)), *rng.integers(2, 4, axes - 1))
    table = rng.choice([0, 2, 5, 9, 11, 40, 300], shape, p=[0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2])
    table = table.astype(np.int64)
    table[0] += 400  # one level is always large
    hidden = hidden_levels(table)
    opened = table[~hidden]
    assert not ((opened > 0) & (opened < MIN_CELL)).any()
    if hidden.all() or not hidden.any():
        return  # nothing is published of single levels, or nothing needed hiding
    equations, known = published(table, hidden)
    small = np.argwhere((table > 0) & (table < MIN_CELL))
    for place in small[rng.permutation(len(small))[:4]]:
        goal = np.zeros(table.size)
        goal[np.ravel_multi_index(tuple(place), table.shape)] = 1
        ends = [
            linprog(s * goal, A_eq=equations, b_eq=known, bounds=(0, None), method="highs").fun
            for s in (1, -1)
        ]
        assert -ends[1] - ends[0] >= MIN_CELL - 1e-6


def test_the_audit_finds_a_table_that_hides_too_little() -> None:
    table = np.array([[400, 300], [50, 60], [3, 40]])
    hidden = np.array([False, False, True])  # one level alone: its cells are the rest
    equations, known = published(table, hidden)
    goal = np.zeros(table.size)
    goal[4] = 1
    low, high = (linprog(s * goal, A_eq=equations, b_eq=known, bounds=(0, None)).fun * s
                 for s in (1, -1))  # fmt: skip
    assert low == pytest.approx(high) and low == pytest.approx(3)
    assert hidden_levels(table).sum() > 1
