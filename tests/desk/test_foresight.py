"""A series that is stamped a period too early is named on the first screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from tests.shared_data import shared
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
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
