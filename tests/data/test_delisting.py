"""The end of trading: never below -100 %, what was assumed is said, and the index keeps every earlier bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.data.delisting import DelistingReturns, Exit, combined, ended
from trimtab.data.history import Action, ActionKind

nan = float("nan")
ON = np.datetime64("2024-03-28")  # a Thursday; Good Friday follows
returns = st.floats(-1.0, 5.0)


def end(reason: str = "", cash: float = nan) -> Action:
    return Action(ActionKind.DELISTING, ON, cash=cash, reason=reason)


# Laws.


def least(form: object, pairs: list[tuple[float, float]]) -> float:
    return min(form(r, d) for r, d in pairs)  # type: ignore[operator]


@given(st.lists(st.tuples(returns, returns), min_size=1))
def test_nobody_loses_more_than_everything(pairs: list[tuple[float, float]]) -> None:
    assert least(combined, pairs) >= -1.0


def test_the_law_catches_the_additive_form() -> None:
    # -60 % and -55 % add up to -115 %; compounded they are .4 * .45 - 1 = -82 %.
    assert least(lambda r, d: r + d, [(-0.6, -0.55)]) < -1.0
    assert combined(-0.6, -0.55) == pytest.approx(-0.82)


@given(st.lists(st.one_of(st.just(nan), st.floats(1.0, 1000.0)), min_size=1, max_size=20), returns)
def test_an_ending_changes_no_earlier_bit(values: list[float], dlret: float) -> None:
    index = np.array(values)
    dates = np.busday_offset("2024-01-01", np.arange(len(values)))
    exit_ = Exit(dlret, 1.0, assumed=False)
    if np.isnan(index).all():
        with pytest.raises(DataError, match="without any known value"):
            ended(dates, index, exit_)
        return
    found = ended(dates, index, exit_)
    assert np.array_equal(found.index[:-1], index, equal_nan=True)
    assert found.index[-1] == index[np.isfinite(index)][-1] * (1.0 + dlret)
    assert found.dates[-1] == np.busday_offset(dates[-1], 1)


@given(st.floats(0.01, 1000.0), st.sampled_from(["", "performance", "merger", "moved", "odd"]), st.sampled_from(["", "XNAS"]))
def test_the_price_at_which_a_holding_goes_to_cash_follows_its_return(last: float, reason: str, market: str) -> None:
    found = DelistingReturns()(end(reason), last, market=market)
    assert found.price == last * (1.0 + found.dlret) >= 0.0
    assert found.assumed
    assert len(found.issues) == 1


# By hand.


def test_ten_percent_down_and_then_delisted_by_hand() -> None:
    # (1 - .10)(1 - .30) - 1 = -37 %
    assert combined(-0.10, -0.30) == pytest.approx(-0.37, abs=1e-15)
    exit_ = DelistingReturns()(end("performance"), 36.0, market="XNYS", name="X")
    found = ended(np.array(["2024-03-27", "2024-03-28"], dtype="datetime64[D]"), np.array([40.0, 36.0]), exit_)
    assert found.index[-1] / found.index[0] - 1.0 == pytest.approx(-0.37)
    assert found.exit.price == pytest.approx(25.2)  # 36 * .7
    assert str(found.dates[-1]) == "2024-03-29"


@pytest.mark.parametrize(
    ("reason", "market", "dlret", "says"),
    [
        ("performance", "XNYS", -0.30, "Shumway 1997"),
        ("performance", "XASE", -0.30, "Shumway 1997"),
        ("bankruptcy", "", -0.30, "Shumway 1997"),
        ("performance", "XNAS", -0.55, "Warther 1999"),
        ("performance", "XLON", -0.30, "nothing documented for XLON"),
        ("merger", "XNYS", 0.0, "merger"),
        ("closure", "XNAS", 0.0, "closure"),
        ("moved", "", 0.0, "moved"),
        ("unknown", "XNAS", -0.30, "reason unknown"),
        ("", "XNYS", -0.30, "reason unknown"),
        ("odd", "XNYS", -0.30, "'odd' is unknown"),
    ],
)
def test_what_is_assumed_and_that_it_is_said(reason: str, market: str, dlret: float, says: str) -> None:
    found = DelistingReturns()(end(reason), 10.0, market=market, name="X")
    assert found.dlret == dlret
    (issue,) = found.issues
    assert says in issue.what
    assert issue.where == "X 2024-03-28"
    assert issue.action == f"DEGRADE: {dlret:.0%} assumed"


def test_what_is_given_is_used_and_nothing_is_said() -> None:
    rules = DelistingReturns()
    assert rules(end("performance", cash=0.5), 10.0) == Exit(-0.95, 0.5, assumed=False)  # .50 of 10.00 is -95 %
    assert rules(end("performance"), 10.0, given=-0.8) == Exit(-0.8, pytest.approx(2.0), assumed=False)
    assert rules(end(cash=0.0), 10.0).price == 0.0
    assert rules(end(cash=12.0), 10.0, given=-0.8).dlret == pytest.approx(0.2)  # the cash of the action wins
    assert DelistingReturns(unknown=-1.0)(end(), 10.0).price == 0.0


# What is refused.


def test_impossible_endings_are_refused() -> None:
    rules = DelistingReturns()
    with pytest.raises(DataError, match="below -100 %"):
        rules(end(), 10.0, given=-30.0)
    with pytest.raises(DataError, match="cash of the delisting of X on 2024-03-28 is -1"):
        rules(end(cash=-1.0), 10.0, name="X")
    with pytest.raises(DataError, match="last price of a unit is 0"):
        rules(end(), 0.0)
    with pytest.raises(DataError, match="no delisting"):
        rules(Action(ActionKind.MERGER, ON, cash=1.0), 10.0)
    with pytest.raises(ParameterError, match="nasdaq"):
        DelistingReturns(nasdaq=0.55)
    dates = np.array(["2024-03-28"], dtype="datetime64[D]")
    with pytest.raises(DataError, match="does not lie after the last row"):
        ended(dates, np.array([1.0]), Exit(0.0, 1.0, assumed=False), on=dates[0])
