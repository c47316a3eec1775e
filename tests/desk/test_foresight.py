"""A series or an asset that is stamped some periods too early is named on the first screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from tests.shared_data import shared
from trimtab.core.arrays import Array, Index
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.dates import decision_rows, fill_rows
from trimtab.desk.foresight import foresights
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy


def seeing(*, ahead: bool) -> tuple[Policy, Market]:
    """A market of 60 months with a series `oracle`: the month's return of A, stamped a month too early or when it was over."""
    policy = worlds.policy(cash=None, signals={"spread": {"use": "spread", "long": "oracle", "threshold": 0.0}})
    market = worlds.market(replace(policy, series=()), seed=4, count=1300)
    months = market.sessions.astype("datetime64[M]")
    ends = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    index = market.fields[TOTAL_RETURN][ends, 0]
    past = index[1:] / index[:-1] - 1.0
    moves = np.append(past, np.nan) if ahead else np.append(np.nan, past)
    history = History(About("oracle", "oracle", Kind.LEVEL, "made up"), market.sessions[ends], {CLOSE: moves})
    return policy, replace(market, series={"oracle": history})


def test_a_return_stamped_a_month_too_early_is_named() -> None:
    policy, market = seeing(ahead=True)
    (line,) = foresights(policy, market)
    assert line.startswith("oracle looks forward: correlation +")
    assert "of A: no signal on it can be believed" in line
    assert notes(policy, market)[0] == line  # the gravest first


def test_the_same_return_stamped_when_it_was_over_is_not() -> None:
    assert not list(foresights(*seeing(ahead=False)))


@pytest.mark.parametrize(("early", "named"), [(1, True), (2, True), (3, True), (0, False)])
def test_a_daily_series_that_knows_the_next_sessions_is_named(early: int, named: bool) -> None:
    policy, market = seeing(ahead=False)
    index = market.fields[TOTAL_RETURN][:, 0]
    moves = np.append(np.nan, index[1:] / index[:-1] - 1.0)
    values = np.append(moves[early:], np.full(early, np.nan))
    history = History(About("oracle", "oracle", Kind.LEVEL, "made up"), market.sessions, {CLOSE: values})
    lines = list(foresights(policy, replace(market, series={"oracle": history})))
    assert [line.startswith("oracle looks forward") for line in lines] == ([True] if named else [])
    assert all((f"of A, {early} periods ahead" in line) == (early > 1) for line in lines)


def test_a_policy_without_named_series_has_nothing_to_fear() -> None:
    policy = worlds.policy(cash=None)
    assert not list(foresights(policy, worlds.market(policy)))


@pytest.mark.parametrize("early", [1, 2])
def test_an_asset_whose_prices_stand_on_rows_too_early_is_named(early: int) -> None:
    """A regression: without named series nothing was asked, and an asset that shows another's next close passed."""
    policy, market = following(early)
    (line,) = foresights(policy, market)
    assert line.startswith("B looks forward: correlation +0.99")
    assert f"from session to session of A{f', {early} periods ahead' if early > 1 else ''}: no signal" in line
    assert line.endswith("One of the two has the wrong dates.")


def test_assets_that_move_together_or_a_little_late_are_not() -> None:
    policy, market = following(0)  # correlation 0.99 on the same day
    assert not list(foresights(policy, market))
    index = market.fields[TOTAL_RETURN].copy()
    moves = np.diff(np.log(index[:, 0]), prepend=np.log(index[0, 0]))
    own = np.random.default_rng(5).normal(0.0, moves.std(), len(moves))
    stale = 0.45 * np.append(0.0, moves[:-1]) + 0.4 * moves + own  # about 0.35 with the day before, as of stale prices
    index[:, 1] = 100.0 * np.exp(np.cumsum(stale))
    assert not list(foresights(policy, replace(market, fields={**market.fields, TOTAL_RETURN: index})))


def test_interest_that_is_booked_before_or_after_a_weekend_is_not() -> None:
    """Both are known beforehand, though one moves on each Friday as the other will on the Monday."""
    policy, market = following(0)
    index, weekday = market.fields[TOTAL_RETURN].copy(), (market.sessions.astype(int) + 3) % 7
    for asset, days in ((0, np.where(weekday == 4, 3, 1)), (1, np.where(weekday == 0, 3, 1))):
        index[:, asset] = np.cumprod(1.0 + days * (0.0001 + 0.00002 * np.sin(np.arange(len(days)) / 100.0)))
    assert not list(foresights(policy, replace(market, fields={**market.fields, TOTAL_RETURN: index})))


@pytest.mark.parametrize(
    ("schedule", "step"),
    [
        ({"decide": "week-end"}, "from week-end to week-end"),
        ({"decide": "quarter-end"}, "from quarter-end to quarter-end"),
        ({"decide": "month-end", "offset": 10}, "from decision to decision"),
        ({"decide": "month-end", "offset": 10, "lag": 4}, "from fill to fill"),
    ],
)
def test_a_series_that_knows_the_change_until_the_next_decision_is_named(schedule: dict[str, Any], step: str) -> None:
    """A regression: only month-ends and sessions were looked at, and what foretells a week or a quarter shows at neither."""
    policy = worlds.policy(cash=None, schedule={"trade": "next_close"} | schedule)
    market = worlds.market(policy, 6, count=2000)
    rows = decision_rows(policy, market)
    fills = fill_rows(policy, market, rows) if step == "from fill to fill" else rows
    moves = np.diff(np.log(market.fields[TOTAL_RETURN][fills[fills < 2000], 0]))
    policy, market = with_oracle(policy, market, rows[: len(moves)], moves)
    (line,) = foresights(policy, market)
    assert line.startswith("oracle looks forward: correlation +")
    assert f"{step} of A: no signal on it can be believed" in line


@pytest.mark.parametrize(("early", "named"), [(1, True), (0, False)])
def test_a_flag_that_knows_whether_the_next_sessions_rise_is_named(early: int, named: bool) -> None:
    """A regression: sizes of the changes, which a flag does not tell, kept its correlation below the bar of 0.9."""
    policy = worlds.policy(cash=None)
    market = worlds.market(policy, 7, count=1600)
    index = market.fields[TOTAL_RETURN][:, 0]
    rises = (index[21:] > index[:-21]).astype(float)  # over 21 sessions from each, known at its start or at its end
    rows = np.arange(len(rises)) + (0 if early else 21)
    lines = list(foresights(*with_oracle(policy, market, rows, rises)))
    assert [line.startswith("oracle looks forward: correlation of sides +") for line in lines] == ([True] if named else [])


@pytest.mark.parametrize(("early", "named"), [(1, True), (0, False)])
def test_a_named_price_that_stands_a_day_too_early_is_named(early: int, named: bool) -> None:
    policy = worlds.policy(cash=None)
    market = worlds.market(policy, 8, count=800)
    prices = market.fields[TOTAL_RETURN][early:, 0]
    lines = list(foresights(*with_oracle(policy, market, np.arange(len(prices)), prices)))
    assert [line.startswith("oracle looks forward: correlation +1.000") for line in lines] == ([True] if named else [])


@pytest.mark.parametrize("decide", ["daily", "week-end", "month-end", "quarter-end"])
@pytest.mark.parametrize("seed", range(5))
def test_honest_series_and_assets_are_not_named(decide: str, seed: int) -> None:
    """A slow yield, fear that jumps as prices fall, the last month's gain, and its sign, beside random walks."""
    rng = np.random.default_rng(seed)
    policy = worlds.policy(cash=None, schedule={"decide": decide, "trade": "next_open"})
    market = worlds.market(policy, seed, count=1500)
    index = market.fields[TOTAL_RETURN][:, 0]
    gain = np.append(np.zeros(21), np.log(index[21:] / index[:-21]))
    slow = 0.04 + np.cumsum(rng.normal(0.0, 0.0005, 1500))
    fear = 20.0 * np.exp(-8.0 * np.diff(np.log(index), prepend=np.log(index[0])) + slow)
    honest = {"slow": slow, "fear": fear, "gain": gain, "sign": np.sign(gain), "price": index}
    for name, values in honest.items():
        assert not list(foresights(*with_oracle(policy, market, np.arange(1500), values))), name


def following(early: int) -> tuple[Policy, Market]:
    """A market in which the price of B on each session is that of A `early` sessions later, and a little of its own."""
    policy = worlds.policy(cash=None)
    market = worlds.market(policy, 9, count=700)
    index = market.fields[TOTAL_RETURN].copy()
    later = np.append(index[early:, 0], np.full(early, index[-1, 0]))
    index[:, 1] = later * np.exp(np.cumsum(np.random.default_rng(9).normal(0.0, 0.002, len(later))))
    return policy, replace(market, fields={**market.fields, TOTAL_RETURN: index})


def with_oracle(policy: Policy, market: Market, rows: Index, values: Array) -> tuple[Policy, Market]:
    """The two with a series `oracle` that has `values` on sessions `rows`."""
    history = History(About("oracle", "oracle", Kind.LEVEL, "made up"), market.sessions[rows], {CLOSE: values})
    return replace(policy, series=("oracle",)), replace(market, series={"oracle": history})


def test_bond_returns_as_the_sheet_prints_them_are_named_and_where_they_were_known_not() -> None:
    """Row t of monthly_total_bond_returns is the return from t to t + 1 (README of the shared data)."""
    published = pd.read_csv(shared("shiller_as_published.csv.gz"), parse_dates=["date"]).set_index("date")
    tidy = pd.read_csv(shared("shiller_monthly.csv.gz"), parse_dates=["date"]).set_index("date")
    for values, named in ((published["monthly_total_bond_returns"] - 1.0, True), (tidy["bond_return"], False)):
        policy = replace(worlds.policy(cash=None), series=("bonds", "gs10"))
        series = {"bonds": monthly("bonds", values), "gs10": monthly("gs10", tidy["gs10"] / 100.0)}
        held = {asset.series: monthly(asset.series, tidy["price"], Kind.PRICE) for asset in policy.universe}
        market = assemble(tuple(Asset(a.id, a.series) for a in policy.universe), held | series, series=("bonds", "gs10"))
        lines = list(foresights(policy, market))
        assert any(line.startswith("bonds looks forward") for line in lines) == named


def monthly(name: str, values: pd.Series, kind: Kind = Kind.LEVEL) -> History:
    """A monthly series from 1950 on, dated at the end of its month and known then."""
    values = values.loc["1950":].dropna()
    first = values.index.to_numpy().astype("datetime64[M]")
    ends = np.busday_offset((first + 1).astype("datetime64[D]"), -1, roll="forward")
    return History(About(name, name, kind, "shared data", "monthly"), ends, {CLOSE: values.to_numpy(dtype=float)})
