"""Windows of returns: overlapping rows by hand, gaps by date, parameters at the door, and months beside days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.forecasts.covariance_laws import asked
from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Span, months, sessions
from trimtab.forecasts import windowed
from trimtab.forecasts.ewma import Ewma
from trimtab.forecasts.garch import GarchCorrelation
from trimtab.forecasts.ledoit_wolf import LedoitWolf
from trimtab.forecasts.sample import Sample
from trimtab.forecasts.windowed import Gaps, overlapping


def test_overlapping_returns_by_hand() -> None:
    # 100, 110, 121, 133.1: over one row 10 % each, over two rows 1.1 * 1.1 - 1 = 21 %.
    index = np.array([[[100.0], [110.0], [121.0], [133.1]]])
    np.testing.assert_allclose(overlapping(index, 1)[0, :, 0], [0.1, 0.1, 0.1], rtol=1e-14)
    np.testing.assert_allclose(overlapping(index, 2)[0, :, 0], [0.21, 0.21], rtol=1e-14)
    # From 0 to 5, below -100 %, and from what is unknown: no returns. To 0: -100 %.
    awkward = np.array([[[1.0], [0.0], [5.0], [-1.0], [np.nan], [2.0]]])
    np.testing.assert_array_equal(overlapping(awkward, 1)[0, :, 0], [-1.0, np.nan, np.nan, np.nan, np.nan])


def test_overlapping_returns_see_markets_that_close_at_other_hours() -> None:
    # B does today what A did yesterday: daily returns are uncorrelated. Over k rows k - 1 of k shocks are shared: with
    # k = 5 the correlation is 4/5, and variances per row stay as they are.
    rng = np.random.default_rng(0)
    shocks = 0.01 * rng.standard_normal(4001)
    index = 100.0 * np.exp(np.cumsum(np.column_stack([shocks[1:], shocks[:-1]]), axis=0))
    view = panel(index, daily=True).at(3999)
    found = {k: asked(Sample(sessions(3990), overlap=k), view).covariance[0] for k in (1, 5)}
    correlation = {k: one[0, 1] / np.sqrt(one[0, 0] * one[1, 1]) for k, one in found.items()}
    assert correlation[1] == pytest.approx(0.0, abs=0.05)
    assert correlation[5] == pytest.approx(0.8, abs=0.05)
    np.testing.assert_allclose(np.diag(found[5]), np.diag(found[1]), rtol=0.1)
    frame = pd.DataFrame(index).pct_change(5).tail(3990).cov() / 5.0 * 252.0
    np.testing.assert_allclose(found[5], frame.to_numpy(), rtol=1e-9)


def test_a_date_without_gaps_is_as_if_gaps_were_refused() -> None:
    view = random_panel(1, 80, 4, daily=True)
    values = np.array(next(iter(view.fields.values())))
    values[40, 1] = np.nan
    holed = panel(values, daily=True)
    refused, paired = (asked(Sample(sessions(20), gaps=gaps, minimum=12), holed) for gaps in Gaps)
    touched = np.array([40 <= d <= 60 for d in range(80)])
    clean = ~touched & (np.arange(80) >= 20)
    assert same(paired.covariance[clean], refused.covariance[clean])
    assert np.isnan(refused.covariance[touched, 1]).all()
    assert np.isfinite(paired.covariance[touched]).all()
    assert paired.repaired is not None
    assert (paired.repaired[clean] == 0.0).all()


def test_pairs_of_short_overlap_are_repaired_and_say_so() -> None:
    rng = np.random.default_rng(0)
    rows = 0.01 * rng.standard_normal((41, 6)) + 0.02 * rng.standard_normal((41, 1))
    index = 100.0 * np.cumprod(1.0 + rows, axis=0)
    index[rng.random(rows.shape) < 0.35] = np.nan
    view = panel(index, daily=True).at(40)
    paired = Sample(sessions(40), gaps=Gaps.PAIRWISE, minimum=4)
    found = asked(paired, view)
    raw = pd.DataFrame(index).pct_change(fill_method=None).tail(40).cov(min_periods=4).to_numpy() * 252.0
    assert np.linalg.eigvalsh(raw)[0] < 0.0  # or there would be nothing to repair
    np.testing.assert_allclose(np.diag(found.covariance[0]), np.diag(raw), rtol=1e-9)
    assert found.repaired is not None
    off = np.linalg.norm(found.covariance[0] - raw) / np.linalg.norm(raw)
    assert found.repaired[0] == pytest.approx(off, rel=1e-6)
    assert found.repaired[0] > 0.001
    assert f"moved by {100 * off:.2g} % to be a covariance" in paired.sentence(view)


def test_months_are_annualised_by_twelve() -> None:
    view = random_panel(4, 900, 3, daily=True)
    ends = np.flatnonzero(np.diff(view.sessions.astype("datetime64[M]").astype(int), append=10**6))
    closes = next(iter(view.fields.values()))[ends]
    found = asked(Sample(months(24)), view.at(int(ends[30]))).covariance[0]
    np.testing.assert_allclose(found, 12.0 * pd.DataFrame(closes[:31]).pct_change().tail(24).cov().to_numpy(), rtol=1e-9)
    assert Sample(months(24)).sentence(view.at(int(ends[30]))).startswith("last 24 months: ")


@pytest.mark.parametrize("cells", [1, 200, 10**9])
def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    view = random_panel(5, 60, 3, daily=True, gaps=0.02)
    kinds = (LedoitWolf(sessions(12)), Ewma(sessions(12), gaps=Gaps.PAIRWISE, minimum=6))
    plain = [asked(one, view).covariance for one in kinds]
    monkeypatch.setattr(windowed, "CELLS", cells)
    for one, before in zip(kinds, plain, strict=True):
        assert same(asked(one, view).covariance, before)


def test_parameters_are_checked_at_the_door() -> None:
    for kind in (Sample, Ewma, LedoitWolf, GarchCorrelation):
        with pytest.raises(ParameterError, match="no two returns") as caught:
            kind(window=sessions(1))
        assert caught.value.field == "window"
        with pytest.raises(ParameterError, match="overlap is 0"):
            kind(overlap=0)
    with pytest.raises(ParameterError, match="minimum 24 is more than the 12 rows") as caught:
        Sample(months(12), gaps=Gaps.PAIRWISE)
    assert caught.value.field == "minimum"
    Sample(months(12))  # where gaps are refused, the minimum does not matter
    with pytest.raises(ParameterError, match="decay is 0"):
        Ewma(decay=0.0)
    with pytest.raises(ParameterError, match=r"decay is 1\.5"):
        GarchCorrelation(decay=1.5)
    with pytest.raises(ParameterError, match="another step") as caught:
        Ewma(halflife=Span.parse("3M"))
    assert caught.value.field == "halflife"


def test_words() -> None:
    assert Sample().words == "sample covariance over a 252-day window"
    wide = Sample(sessions(100), overlap=5, gaps=Gaps.PAIRWISE)
    assert wide.words == "sample covariance over a 100-day window of 5-row returns, pairwise where returns are missing"
