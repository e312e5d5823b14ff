"""Table 2, Table 3 and the AUC table: the paper's figures, formats, stamps and suppression."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.inference.discrimination import discrimination, discrimination_table
from synthcraft.tools.inference.prevalence import prevalence
from synthcraft.tools.inference.table import PAPER_STAMP, Table
from synthcraft.tools.inference.table2 import SUPPRESSED, table2
from synthcraft.tools.inference.table3 import table3
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.standardised import of_numbers
from synthcraft.tools.table_schema import Column, TableSchema

from .conftest import PAPER, asked, people


@pytest.fixture(scope="module")
def paper(paper_table: pd.DataFrame) -> EvalContext:
    """The paper's table in parts; bootstraps of the training part as synthetic tables."""
    order = np.random.default_rng(1).permutation(len(paper_table))
    holdout, train = (paper_table.iloc[p].reset_index(drop=True) for p in np.split(order, [585]))
    sets = [train.sample(frac=1, replace=True, random_state=i) for i in range(5)]
    return EvalContext(
        train, train.iloc[:0], holdout, sets[0], PAPER, target="heart_attack",
        task="classification", replicates=tuple(sets[1:]), seed=3,
    )  # fmt: skip


def cells(table: Table, column: str) -> dict[str, str]:
    """Cells of a column by the first two cells of the row."""
    return {" ".join(row[:2]): row[table.header.index(column)] for row in table.rows}


def ratio(text: str) -> tuple[float, float, float]:
    found = re.fullmatch(r"([\d.]+) \(([\d.]+)–([\d.]+)\)", text)
    assert found, text
    return float(found[1]), float(found[2]), float(found[3])


def test_table_2_of_the_paper(paper: EvalContext) -> None:
    table = table2(paper, "paper")
    assert table.stamp == PAPER_STAMP
    assert table.header[2:] == ("Real (n = 2,925)", "Synthetic, 1 table (n = 2,339)")
    real = cells(table, "Real (n = 2,925)")
    assert real["age median (Q1–Q3)"] == "58 (40–68)"
    assert real["gender Female"] == "1,615 (55.2 %)"  # printed: 1,613
    assert real["bmi median (Q1–Q3)"] == "28.4 (24.6–33.3)"
    assert real["total_cholesterol median (Q1–Q3)"] == "186 (158–215)"
    assert real["insulin median (Q1–Q3)"] == "9.28 (5.86–15.52)"
    assert real["heart_attack 1"] == "120 (4.1 %)"  # printed: 122


def test_table_2_with_mean_and_deviation(paper: EvalContext) -> None:
    table = table2(paper, "paper", "mean")
    known = paper.train["bmi"].tolist() + paper.holdout["bmi"].tolist()
    expected = f"{np.mean(known):.1f} ({np.std(known, ddof=1):.1f})"
    assert cells(table, "Real (n = 2,925)")["bmi mean (SD)"] == expected


def test_rigorous_table_2_has_parts_ranges_and_distances(paper: EvalContext) -> None:
    far = paper.synthetic.assign(bmi=paper.synthetic["bmi"] + 3)
    table = table2(replace(paper, synthetic=far, replicates=(far,)))
    assert not table.stamp
    smd = cells(table, "SMD")
    expected = of_numbers(
        paper.train["bmi"].to_numpy(float), far["bmi"].to_numpy(float)
    )  # the same for both tables
    assert float(smd["bmi median (Q1–Q3)"]) == pytest.approx(expected, abs=0.006)
    flagged = {k for k, v in cells(table, "Flag").items() if v}
    assert flagged == {"bmi median (Q1–Q3)"}
    training = cells(table, "Real, training (n = 2,340)")
    counts = {k: int(v.split(" ")[0].replace(",", "")) for k, v in training.items() if "%" in v}
    assert counts and all(c % 5 == 0 for c in counts.values())
    pooled = cells(table2(paper), "Synthetic, 5 tables (n = 2,339)")
    assert re.fullmatch(r"[\d,]+ \([\d.]+ %\) \[[\d.]+–[\d.]+\]", pooled["gender Male"])
    assert re.fullmatch(r"\d+ \(\d+–\d+\) \[\d+–\d+\]", pooled["age median (Q1–Q3)"])


def test_real_counts_under_ten_are_not_in_table_2(paper: EvalContext) -> None:
    train = paper.train.copy()
    train.loc[:6, "ethnicity"] = "very rare"
    train.loc[:3, "bmi"] = np.nan
    one = train.index[train["heart_attack"] == 1]
    train.loc[one[8:], "heart_attack"] = 0
    holdout = paper.holdout.assign(heart_attack=pd.Series([0] * 585, dtype="Int64"))
    for mode in ("paper", "rigorous"):
        table = table2(replace(paper, train=train, holdout=holdout), mode)
        text = " ".join(" ".join(row) for row in table.rows)
        assert "very rare" not in text
        assert "heart_attack levels of few people" in {" ".join(r[:2]) for r in table.rows}
        assert SUPPRESSED in [v for row in table.rows if row[1] == "missing" for v in row]
        assert any("suppressed" in note for note in table.notes)  # the prevalence ratio
        real = [v for row in table.rows for h, v in zip(table.header, row, strict=True)
                if h.startswith("Real") and "%" in v]  # fmt: skip
        assert real and all(int(v.split(" ")[0].replace(",", "")) >= 10 for v in real)


def test_dates_and_unknown_levels_are_described() -> None:
    def dated(frame: pd.DataFrame) -> pd.DataFrame:
        first = pd.Timestamp("2021-01-01")
        return frame.assign(seen=first + pd.to_timedelta(range(len(frame)), unit="D"))

    plain = asked(people(600, 4))
    schema = TableSchema(
        columns=(*plain.schema.columns, Column(name="seen", kind="date", dtype="datetime64[ns]"))
    )
    odd = dated(people(600, 4))
    odd.loc[:99, "site"] = "new"
    table = table2(replace(plain, train=dated(plain.train), validation=dated(plain.validation),
                           holdout=dated(plain.holdout), synthetic=odd, schema=schema))  # fmt: skip
    synthetic = cells(table, "Synthetic, 1 table (n = 600)")
    assert synthetic["seen median (Q1–Q3)"].startswith("2021-10-27 (2021-05-30–")
    assert synthetic["site not in the real table"] == "100 (16.7 %)"
    assert synthetic["bmi missing"].endswith("%)")


def test_a_column_that_one_table_lacks_is_named_and_not_described() -> None:
    plain = asked(people(600, 4), replicates=(people(600, 5).drop(columns="site"),))
    table = table2(plain)
    assert not any(row[0] == "site" for row in table.rows)
    assert any("not described: site" in note for note in table.notes)


def test_the_outcome_ratio_and_its_margin() -> None:
    plain = asked(people(3000, 4), n=3000)
    near = prevalence(plain)
    assert near is not None and near.ratio == pytest.approx(1, abs=0.1)
    assert near.words == "the interval lies within the margin"
    rare = plain.synthetic.assign(ill=lambda f: f["ill"].where(f.index % 2 == 0, 0))
    far = prevalence(plain.with_synthetic(rare))
    assert far is not None and far.ratio < 0.6 and far.words == "outside the margin"
    several = prevalence(replace(plain, replicates=tuple(people(3000, i) for i in (5, 6, 7))))
    assert several is not None and several.tables == 4 and several.low < several.ratio
    assert prevalence(replace(plain, target="bmi", task="regression")) is None
    assert prevalence(plain.with_synthetic(plain.synthetic.drop(columns="ill"))) is None


def test_table_3_of_the_paper(paper: EvalContext) -> None:
    table = table3(paper, "paper")
    assert table.stamp == PAPER_STAMP
    real = {row[0]: row[1] for row in table.rows}
    assert real["ethnicity: Non-Hispanic White (reference)"] == "1"
    age, low, high = ratio(real["age"])
    assert 1.05 < age < 1.08 and low > 1.03 and high < 1.10
    assert ratio(real["gender: Male"])[0] == pytest.approx(1.74, abs=0.02)
    assert ratio(real["total_cholesterol"])[2] < 1
    assert len(real) == 10 + 2
    assert "120 events" in table.notes[0] and "85 %" in table.notes[1]


def test_rigorous_table_3_says_what_a_statistician_asks(paper: EvalContext) -> None:
    table = table3(paper)
    assert not table.stamp
    rows = {row["Term"]: row for row in table.records()}
    assert rows["gender: Female (reference)"]["Real events"] == "40"
    # so few have the event there that its count would be told
    assert rows["ethnicity: Mexican American"]["Real events"] == "suppressed"
    assert ratio(rows["age"]["Real OR per SD"])[0] > 2
    assert rows["gender: Male"]["Real OR per SD"] == "–"
    assert 0.5 < float(rows["age"]["CIO"]) <= 1
    assert "Real OR, no penalty" in table.header
    notes = " ".join(table.notes)
    for said in ("105 events", "10 parameters", "events per parameter", "Firth", "m = 5",
                 "bias of the generator", "not a population estimate", "No real row was excluded",
                 "mean 0.91, 5th centile 0.78"):  # fmt: skip
        assert said in notes, said


def test_table_3_of_numbers_of_survival_and_of_one_table() -> None:
    numbers = table3(asked(people(600, 4), target="bmi", task="regression"))
    assert "Real difference (95 % CI)" in numbers.header and "Real rows" in numbers.header
    excluded = next(n for n in numbers.notes if n.startswith("Incomplete real"))
    missing = int(people(600, 1)["bmi"].isna().sum())
    assert f"bmi {5 * round(missing / 5)}." in excluded
    assert any("both intervals here are Raab's" in n for n in numbers.notes)
    survival = table3(asked(people(600, 4), task="survival", time_column="days"))
    assert "Real HR (95 % CI)" in survival.header
    assert not any(row[0].startswith("days") for row in survival.rows)


def test_a_model_that_cannot_be_fitted_leaves_a_table_that_says_so() -> None:
    lost = people(600, 4).assign(ill=pd.Series([0] * 600, dtype="Int64"))
    for mode in ("paper", "rigorous"):
        table = table3(asked(lost), mode)
        assert not table.rows and "one outcome only" in table.notes[0]
    assert (
        "two classes" in discrimination_table(asked(lost, target="bmi", task="regression")).notes[0]
    )


def test_the_papers_auc_is_that_of_a_model_on_its_own_rows(paper: EvalContext) -> None:
    integers, indicators, left_out = discrimination(paper)
    assert integers.auc == pytest.approx(0.818, abs=0.002)
    assert integers.low == pytest.approx(0.777, abs=0.01)
    assert integers.high == pytest.approx(0.857, abs=0.01)
    assert indicators.auc == pytest.approx(0.822, abs=0.002)
    assert left_out.auc == pytest.approx(0.805, abs=0.01)
    assert indicators.auc - left_out.auc > 0.008
    table = discrimination_table(paper)
    assert len(table.rows) == 3 and "cross-validat" in table.rows[2][0]
    assert "looks better than it is" in table.notes[0]
