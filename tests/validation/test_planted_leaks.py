"""Every planted leak is caught by the finding that it should be caught by, and its honest twin passes them all."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.shared_data import shared
from tests.validation.planted_leaks import ALONG, FUTURE, LEAKS, MEMO, REGIMES, PastTheWindow
from trimtab.desk.conformance import check
from trimtab.validation.forward import looks_forward
from trimtab.validation.specimen import Verdict


@cache
def verdict(kind: Any) -> Verdict:
    """On the last forty dates of each market: all that happens in them happens there."""
    MEMO.clear()
    return check("regimes" if kind in REGIMES else "signals", kind(), decisions=40)


@pytest.mark.parametrize("leak", LEAKS, ids=[kind.__name__ for kind in LEAKS])
def test_a_planted_leak_is_caught(leak: Any) -> None:
    expected, _ = LEAKS[leak]
    failed = {finding.name: finding.detail for finding in verdict(leak).failures}
    assert expected in failed, failed
    assert "raises" not in failed[expected]  # caught for what it does, not for stumbling


@pytest.mark.parametrize("twin", dict.fromkeys(twin for _, twin in LEAKS.values()), ids=lambda kind: kind.__name__)
def test_its_honest_twin_passes(twin: Any) -> None:
    assert not verdict(twin).failures


def test_there_are_twenty_leaks_and_one_in_the_data() -> None:
    assert len(LEAKS) >= 20


def test_only_another_future_shows_a_read_past_the_window() -> None:
    failed = {finding.name for finding in verdict(PastTheWindow).failures}
    assert FUTURE in failed
    assert ALONG not in failed


@pytest.mark.parametrize("leak", LEAKS, ids=[kind.__name__ for kind in LEAKS])
def test_a_failure_names_a_date_and_both_numbers(leak: Any) -> None:
    expected, _ = LEAKS[leak]
    (detail,) = (finding.detail for finding in verdict(leak).failures if finding.name == expected)
    assert pd.Timestamp(detail.split(": ")[0].split()[-1])
    assert " as it is, " in detail or " alone, " in detail or "said" in detail or "first, " in detail or "before, " in detail


# A leak in the data: the component is honest, the stamp is not.


def test_a_forward_bond_return_is_found_in_generated_data() -> None:
    rng = np.random.default_rng(3)
    yields = 0.05 * np.exp(np.cumsum(0.03 * rng.standard_normal(400)))
    ahead = np.append(yields[:-1] / 12.0 - 8.0 * np.diff(yields), np.nan)  # row t: the return from t to t + 1
    assert looks_forward(ahead, yields).found
    behind = np.append(np.nan, ahead[:-1])
    found = looks_forward(behind, yields)
    assert not found.found
    assert found.now == pytest.approx(looks_forward(ahead, yields).ahead)
    assert "stamped a period too early" in looks_forward(ahead, yields).words


def test_levels_noise_and_little_data_look_back() -> None:
    rng = np.random.default_rng(4)
    walk = np.cumsum(rng.standard_normal(300))
    assert not looks_forward(walk, walk).found
    assert not looks_forward(rng.standard_normal(300), walk).found
    for values in (np.full(300, np.nan), np.ones(300)):
        found = looks_forward(values, walk)
        assert np.isnan(found.ahead)
        assert not found.found
    assert np.isnan(looks_forward(walk[:10], walk[:10]).ahead)
    assert not looks_forward(np.empty(0), np.empty(0)).found


def test_the_bond_returns_of_shillers_published_sheet_look_forward() -> None:
    """R = g/g' + g/1200 + (1 + g'/1200)^-119 (1 - g/g') on row t, g of t and g' of t + 1: holds to 2e-15."""
    sheet = pd.read_csv(shared("shiller_as_published.csv.gz"))
    returns, yields = (sheet[name].to_numpy(float) for name in ("monthly_total_bond_returns", "gs10"))
    now, then = yields[:-1], yields[1:]
    formula = now / then + now / 1200.0 + (1.0 + then / 1200.0) ** -119.0 * (1.0 - now / then)
    assert np.nanmax(np.abs(formula - returns[:-1])) < 2e-15
    found = looks_forward(returns, yields)
    assert found.found
    assert found.ahead == pytest.approx(-0.975, abs=0.001)
    assert found.now == pytest.approx(-0.299, abs=0.001)
    assert looks_forward(returns, np.append(1.0, np.cumprod(formula))).ahead > 0.99
    moved = pd.read_csv(shared("shiller_monthly.csv.gz"))
    assert not looks_forward(moved["bond_return"].to_numpy(float), moved["gs10"].to_numpy(float)).found
