"""Shrunk covariances of windows against scikit-learn and PyPortfolioOpt."""

from __future__ import annotations

import numpy as np
import pytest

from tests.forecasts.covariance_laws import asked
from tests.numerics.sklearn_alone import sklearn_ledoit_wolf, sklearn_oas
from tests.numerics.test_shrinkage import pypfopt
from tests.signals.array_view import ArrayView, random_panel
from trimtab.core.arrays import Array
from trimtab.core.terms import TOTAL_RETURN, sessions
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas

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


def test_words() -> None:
    assert LedoitWolf().words == "covariance shrunk towards constant correlation (Ledoit-Wolf) over a 252-day window"
