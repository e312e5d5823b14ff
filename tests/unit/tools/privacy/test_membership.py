"""Membership attacks: fair at the start, adjusted for many tries, honest about their reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.encoder import Encoder
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy.attacks import Attack, attacks, to_reference
from synthcraft.tools.privacy.halves import halves
from synthcraft.tools.privacy.membership import CUTS, Finding, finding_of, findings, vulnerable
from synthcraft.tools.privacy.space import Rows, near, real_rows
from synthcraft.tools.stats.auc import auc, detectable_auc
from synthcraft.tools.stats.multiplicity import holm

Parts = Callable[..., EvalContext]


def result(ctx: EvalContext, name: str) -> list[Result]:
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == name]
    return run_metric(spec, ctx, default_thresholds("sharing")[name])


def leaking(ctx: EvalContext, share: float) -> EvalContext:
    count = int(share * len(ctx.train))
    mixed = pd.concat([ctx.synthetic.iloc[count:], ctx.train.iloc[:count]], ignore_index=True)
    return ctx.with_synthetic(mixed)


def test_the_holdout_is_cut_once_into_two_halves(made: Parts) -> None:
    ctx = made()
    cut = halves(ctx)
    assert sorted([*cut.reference, *cut.outsiders]) == list(range(len(ctx.holdout)))
    assert abs(len(cut.reference) - len(cut.outsiders)) <= 1
    assert halves(ctx.with_synthetic(ctx.train)) is cut


def test_scores_belong_to_the_rows_that_they_name(made: Parts) -> None:
    ctx = leaking(made(), 0.1)
    cut = halves(ctx)
    for attack in attacks(ctx):
        assert len(attack.members) == len(ctx.train)
        assert len(attack.outsiders) == len(attack.places)
        assert set(attack.places) <= set(range(len(ctx.holdout)))
    distance, *others = attacks(ctx)
    assert (distance.members[:60] > -1e-6).all()  # the copies
    assert len(distance.places) == len(ctx.holdout)
    assert all((a.places == cut.outsiders).all() for a in others)


def test_a_reference_row_is_not_its_own_neighbour(people: Parts) -> None:
    ctx = people(0, (300, 400, 300))
    cut = halves(ctx)
    rows = real_rows(ctx).normal[len(ctx.train) + cut.reference]
    apart = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(-1))
    expected = np.sort(apart, axis=1)[:, 1:6]
    assert to_reference(ctx)[len(ctx.train) + cut.reference] == pytest.approx(expected, abs=1e-6)


def test_gowers_neighbours_are_those_of_brute_force_among_the_eight() -> None:
    rng = np.random.default_rng(0)
    reference, queries = (Rows(rng.normal(size=(n, 4)), rng.random((n, 4))) for n in (200, 50))
    found = near(reference, queries)
    far = np.sqrt(((queries.normal[:, None] - reference.normal[None]) ** 2).sum(-1))
    eight = np.argsort(far, axis=1)[:, :8]
    gower = np.abs(queries.gower[:, None] - reference.gower[None]).sum(-1)
    among = np.take_along_axis(gower, eight, 1)
    assert found.normal == pytest.approx(np.sort(far, axis=1)[:, :8])
    assert found.gower == pytest.approx(np.sort(among, axis=1))
    assert (found.place == eight[np.arange(50), among.argmin(1)]).all()


def test_rare_levels_of_the_training_rows_do_not_give_them_away(made: Parts) -> None:
    """The reason for an encoder that knows both sides: one fitted on T alone is no fair start."""

    def coded(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        codes = np.random.default_rng(seed).integers(0, 2000, len(frame))
        return frame.assign(site=pd.Series([f"s{c}" for c in codes], dtype="string"))

    plain = made(rows=1000, holdout=1000)
    ctx = replace(
        plain, train=coded(plain.train, 1), holdout=coded(plain.holdout, 2),
        synthetic=coded(plain.synthetic, 3),
    )  # fmt: skip
    distance = attacks(ctx)[0]
    assert auc(distance.members, distance.outsiders).value == pytest.approx(0.5, abs=0.04)
    one_sided = Encoder.fit(ctx.train, ctx.columns)
    train, holdout, synthetic = (
        Rows(m, m) for m in map(one_sided.transform, (ctx.train, ctx.holdout, ctx.synthetic))
    )
    scores = [-near(synthetic, rows, 1).normal[:, 0] for rows in (train, holdout)]
    assert abs(auc(scores[0], scores[1]).value - 0.5) > 0.08


def test_bounds_and_adjusted_p_tell_the_same(people: Parts) -> None:
    ctx = leaking(people(3), 0.1)
    for scale in ("normal", "gower"):
        whole, odd = findings(ctx, scale)
        everything = [*whole, *odd]
        assert len(everything) == 8
        assert [f.adjusted for f in everything] == holm([f.p for f in everything])
        for f in everything:
            assert (f.ci[0] > 0.5) is (f.adjusted < 0.05) is f.beats_guessing
            assert f.ci[0] <= f.auc.value <= f.ci[1]
    assert any(f.beats_guessing for f in everything) and not all(
        f.beats_guessing for f in everything
    )


def test_the_vulnerable_are_the_five_percent_farthest_from_the_reference(people: Parts) -> None:
    ctx = people(1)
    odd = vulnerable(ctx)
    assert odd.mean() == pytest.approx(0.05, abs=0.002)
    distance = to_reference(ctx).mean(1)
    assert distance[odd].min() > distance[~odd].max()


def test_guessing_has_its_nominal_size_on_fresh_people(people: Parts) -> None:
    """Under no leakage few of the eight attacks beat guessing, all counted."""
    beaten = [
        any(f.beats_guessing for half in findings(people(seed, (400, 400, 400))) for f in half)
        for seed in range(30)
    ]
    assert sum(beaten) <= 5


def test_a_leak_that_only_one_distance_shows_is_referred(made: Parts) -> None:
    ctx = leaking(made(rows=1500, holdout=800), 0.5)
    assert result(ctx, "privacy.membership")[0].status == "fail"
    whole, odd = findings(ctx)
    blind = [replace(f, adjusted=1.0) for f in whole]
    ctx._own["findings", "gower"] = (blind, odd)
    row = result(ctx, "privacy.membership")[0]
    assert row.status == "refer" and "Gower" in row.message


@pytest.mark.parametrize(("holdout", "status"), [(40, "refer"), (1200, "pass")])
def test_what_could_not_be_seen_is_not_passed(made: Parts, holdout: int, status: str) -> None:
    ctx = made(rows=1200, holdout=holdout, seed=5)
    own, *each = result(ctx, "privacy.membership")
    assert own.status == status
    assert own.mde == max(r.mde for r in each) == detectable_auc(1200, holdout // 2)
    assert {r.group for r in each} == {a.name for a in attacks(ctx)}


def test_certainty_without_spread_is_held_back_by_the_null_error() -> None:
    """Two people outside, both ranked lowest: DeLong's error is zero, the finding is not."""
    few = attack_of(np.arange(2.0, 12.0), np.array([0.0, 1.0]))
    assert few.auc.value == 1 and few.auc.error == 0
    assert few.error > 0.2 and few.p > 0.005


def attack_of(members: np.ndarray, outsiders: np.ndarray) -> Finding:
    return finding_of((attack(members, outsiders),))


def attack(members: np.ndarray, outsiders: np.ndarray) -> Attack:
    return Attack("made", members, outsiders, np.arange(len(members)), np.arange(len(outsiders)))


def test_one_cut_is_delongs_and_the_same_people_again_are_no_new_evidence() -> None:
    rng = np.random.default_rng(0)
    scores = attack(rng.normal(0.3, 1, 40), rng.normal(size=25))
    once, again = finding_of((scores,)), finding_of((scores,) * 6)
    plain = auc(scores.members, scores.outsiders)
    for found in (once, again):
        assert found.auc.value == pytest.approx(plain.value)
        assert found.auc.error == pytest.approx(plain.error)
        assert found.sizes == pytest.approx((40, 25))
        assert found.detectable == pytest.approx(detectable_auc(40, 25))


def test_six_cuts_bring_in_every_held_back_person_equally_often(people: Parts) -> None:
    ctx = people(4)
    places = np.concatenate([halves(ctx, cut).outsiders for cut in range(CUTS)])
    assert set(np.bincount(places)) == {CUTS // 2}
    one = vulnerable(ctx)[len(ctx.train) :][halves(ctx).outsiders].sum()
    density = findings(ctx)[1][1]
    assert len(density.cuts) == CUTS
    assert density.sizes[1] > 1.4 * one
    assert density.detectable < detectable_auc(len(density.cuts[0].people), one)
    own = result(ctx, "privacy.vulnerable")[0]
    assert "Pooled over 6 cuts" in own.message and own.mde


def test_the_pooled_interval_has_its_size_among_the_vulnerable(people: Parts) -> None:
    """On fresh people z keeps near the standard normal, though people come back in every cut."""
    found = [findings(people(seed, (400, 400, 400)))[1][1] for seed in range(40)]
    z = np.array([(f.auc.value - 0.5) / f.error for f in found])
    assert abs(z.mean()) < 0.5 and 0.6 < z.std() < 1.25
