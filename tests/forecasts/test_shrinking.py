"""Shrinking with gaps: near the answer without them, and nothing from assets that drop out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.forecasts.covariance_laws import asked
from tests.forecasts.test_ledoit_wolf import KINDS
from tests.signals.array_view import panel, random_panel
from trimtab.core.terms import TOTAL_RETURN
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas
from trimtab.forecasts.windowed import Gaps


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
