"""Mixtures that are kept are those that would be fitted, or they are fitted anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.mixture import BayesianGaussianMixture

from synthcraft.tools.generators.mixtures import KeptMixture

SETTINGS: dict[str, Any] = {
    "n_components": 4,
    "random_state": 0,
    "weight_concentration_prior": 1e-3,
}


@pytest.fixture
def values() -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(5)
    return np.concatenate([rng.normal(0, 1, 80), rng.normal(9, 2, 40)]).reshape(-1, 1)


def kept(folder: Path, **settings: Any) -> KeptMixture:
    mixture = KeptMixture(**SETTINGS | settings)
    mixture.folder, mixture.spared = folder, []
    return mixture


def test_a_kept_mixture_equals_a_fitted_one_to_the_bit(
    values: np.ndarray[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = BayesianGaussianMixture(**SETTINGS).fit(values)
    first = kept(tmp_path).fit(values)
    monkeypatch.setattr(BayesianGaussianMixture, "fit", None)  # a second fit would fail
    second = kept(tmp_path).fit(values)
    assert len(first.spared) == 1 and not second.spared
    for made in (first, second):
        assert (made.predict_proba(values) == plain.predict_proba(values)).all()
        for name in ("weights_", "means_", "covariances_"):
            assert (getattr(made, name) == getattr(plain, name)).all()


def test_other_values_or_settings_are_fitted_on_their_own(
    values: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    kept(tmp_path).fit(values)
    kept(tmp_path).fit(np.nextafter(values, np.inf))
    kept(tmp_path, n_components=3).fit(values)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_changed_file_is_noticed_and_replaced(
    values: np.ndarray[Any, Any], tmp_path: Path, place: int
) -> None:
    right = kept(tmp_path).fit(values)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    bad = bytearray(good)
    bad[place] ^= 1
    path.write_bytes(bad)
    assert (kept(tmp_path).fit(values).means_ == right.means_).all()
    assert path.read_bytes() == good


@pytest.mark.parametrize("content", [b"", b"\0" * 31, b"\0" * 100])
def test_half_a_file_is_no_file(
    values: np.ndarray[Any, Any], tmp_path: Path, content: bytes
) -> None:
    right = kept(tmp_path).fit(values)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    assert (kept(tmp_path).fit(values).means_ == right.means_).all()
    assert len(path.read_bytes()) > 100


def test_a_folder_that_cannot_be_written_costs_the_gain_only(
    values: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert len(kept(blocked).fit(values).means_) == 4
