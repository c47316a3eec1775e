"""Net exposure and the cash floor: voices that agree, amounts by hand, errors that help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, rules_of, universe
from trimtab.construction.admit import admit
from trimtab.construction.exposure import MinCash, NetExposure
from trimtab.construction.limits import MaxLeverage
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Limit, LimitKind

U = universe(3)
BOOK = book_of(np.array([0.3, 0.3, 0.3]))
LIMITS: list[Limit] = [NetExposure(0.5, None, U), NetExposure(0.0, 0.9, U), NetExposure(0.4, 1.5, U), MinCash(0.05, U)]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.words)
@settings(max_examples=30, deadline=None)
@given(weights=st.lists(st.one_of(st.sampled_from([0.0, 0.3, 0.5]), st.floats(0.0, 0.7)), min_size=3, max_size=3))
def test_the_voices_agree(limit: Limit, weights: list[float]) -> None:
    w = np.array(weights)
    cash, region = 1.0 - w.sum(), limit.region
    assert limit.breach(w, BOOK) == pytest.approx(max(region.low_cash - cash, cash - region.high_cash), abs=1e-12)
    assert bool(region.contains(w, tolerance=1e-9)) == (limit.breach(w, BOOK) <= 1e-9)
    assert limit.left(BOOK) == np.inf


def test_by_hand() -> None:
    w = np.array([0.4, 0.2, 0.1])  # 70 % invested
    assert NetExposure(0.8, None, U).breach(w, BOOK) == pytest.approx(0.1)
    assert NetExposure(0.0, 0.6, U).breach(w, BOOK) == pytest.approx(0.1)
    assert MinCash(0.35, U).breach(w, BOOK) == pytest.approx(0.05)
    # 90 % at least: each asset and, the other way, cash move by the same: .7 + 3l = 1 - (.3 - l) ... l = .2 / 3.
    goal = admit(w, rules_of(NetExposure(0.9, None, U), count=3)).weights
    np.testing.assert_allclose(goal, w + 0.2 / 3, atol=1e-15)
    goal = admit(np.array([0.5, 0.3, 0.2]), rules_of(MinCash(0.06, U), count=3)).weights
    np.testing.assert_allclose(goal, [0.48, 0.28, 0.18], atol=1e-15)


def test_only_an_upper_end_above_one_borrows() -> None:
    assert rules_of(NetExposure(0.5, None, U), count=3).essential.low_cash == 0.0
    assert rules_of(NetExposure(0.5, 1.5, U), count=3).essential.low_cash == -0.5
    assert rules_of(MaxLeverage(1.5, U), MinCash(0.02, U), count=3).essential.low_cash == 0.02
    assert [limit.kind for limit in LIMITS[:2]] == [LimitKind.POSITION, LimitKind.LEVERAGE]


def test_long_only_net_exposure_is_gross_exposure() -> None:
    w = np.array([0.6, 0.5, 0.3])
    assert NetExposure(0.0, 1.2, U).breach(w, BOOK) == pytest.approx(MaxLeverage(1.2, U).breach(w, BOOK))


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.words)
def test_nan_is_a_breach(limit: Limit) -> None:
    assert limit.breach(np.array([0.1, np.nan, 0.1]), BOOK) == np.inf


def test_at_the_door() -> None:
    with pytest.raises(ParameterError, match=r"at least 0\.9 and at most 0\.5") as caught:
        NetExposure(0.9, 0.5)
    assert caught.value.field == "at_most"
    with pytest.raises(ParameterError, match="no end"):
        NetExposure()
    with pytest.raises(ParameterError, match=r"did you mean 0\.05\?"):
        MinCash(5.0)
    read = TypeAdapter(NetExposure).validate_python({"at_least": 0.5})
    assert replace(read, universe=U) == LIMITS[0]
    assert [limit.words for limit in LIMITS] == [
        "Net exposure at least 50 %",
        "Net exposure at most 90 %",
        "Net exposure at least 40 % and at most 150 %",
        "Cash at least 5 %",
    ]
