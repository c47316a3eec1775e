"""Shrunk covariances of windows against scikit-learn and PyPortfolioOpt, with gaps too."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.forecasts.covariance_laws import asked
from tests.numerics.sklearn_alone import sklearn_ledoit_wolf, sklearn_oas
from tests.numerics.test_shrinkage import pypfopt
from tests.signals.array_view import ArrayView, panel, random_panel
from trimtab.core.arrays import Array
from trimtab.core.terms import TOTAL_RETURN, sessions
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas
from trimtab.forecasts.windowed import Gaps

WINDOW = sessions(40)
KINDS = {
    LedoitWolf(WINDOW, target=Target.IDENTITY): sklearn_ledoit_wolf,
    LedoitWolf(WINDOW, target=Target.CONSTANT_CORRELATION): lambda rows: pypfopt(rows, "constant_correlation"),
    LedoitWolf(WINDOW, target=Target.SINGLE_FACTOR): lambda rows: pypfopt(rows, "single_factor"),
    Oas(WINDOW): sklearn_oas,
}


def returns(view: ArrayView, row: int) -> Array:
    index = view.fields[TOTAL_RETURN][row - 40 : row + 1]
    return index[1:] / index[:-1] - 1.0


@pytest.mark.parametrize("kind", KINDS, ids=[kind.words for kind in KINDS])
def test_the_packages_agree(kind: LedoitWolf | Oas) -> None:
    view = random_panel(1, 90, 8, daily=True)
    found = asked(kind, view).covariance
    for row in (40, 63, 89):
        covariance, intensity = KINDS[kind](returns(view, row))
        np.testing.assert_allclose(found[row], 252.0 * covariance, rtol=1e-9, atol=1e-12)
        assert f"shrunk by {100 * intensity:.0f} %" in kind.sentence(view.at(row))


@pytest.mark.parametrize("target", list(Target))
def test_gaps_cost_certainty(target: Target) -> None:
    # The same returns, a tenth of them lost: near the complete answer, and shrunk about as much or more.
    rng = np.random.default_rng(5)
    rows = 0.01 * rng.standard_normal((253, 6)) * np.linspace(0.5, 1.5, 6) + 0.008 * rng.standard_normal((253, 1))
    index = 100.0 * np.cumprod(1.0 + rows, axis=0)
    holed = np.where(rng.random(index.shape) < 0.05, np.nan, index)
    complete = asked(LedoitWolf(target=target), panel(index, daily=True).at(252)).covariance[0]
    gappy = LedoitWolf(target=target, gaps=Gaps.PAIRWISE, minimum=100)
    found = asked(gappy, panel(holed, daily=True).at(252))
    assert np.linalg.norm(found.covariance[0] - complete) < 0.15 * np.linalg.norm(complete)
    assert np.linalg.eigvalsh(found.covariance[0])[0] > 0.0


@pytest.mark.parametrize("kind", KINDS, ids=[kind.words for kind in KINDS])
def test_an_asset_with_too_few_rows_takes_no_part(kind: LedoitWolf | Oas) -> None:
    view = random_panel(6, 60, 5, daily=True, gaps=0.03)
    values = np.array(view.fields[TOTAL_RETURN])
    values[:-6, 2] = np.nan  # five returns at most
    paired = dataclasses.replace(kind, gaps=Gaps.PAIRWISE, minimum=20)
    found = asked(paired, panel(values, daily=True).at(59)).covariance[0]
    without = asked(paired, panel(np.delete(values, 2, axis=1), daily=True).at(59)).covariance[0]
    assert np.isnan(found[2]).all()
    inner = np.delete(np.delete(found, 2, axis=0), 2, axis=1)
    np.testing.assert_allclose(inner, without, rtol=1e-9, atol=1e-12)


def test_words() -> None:
    assert LedoitWolf().words == "covariance shrunk towards constant correlation (Ledoit-Wolf) over a 252-day window"
    assert Oas().words == "covariance shrunk towards the identity (oracle approximating) over a 252-day window"
