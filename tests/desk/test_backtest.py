"""Whole runs by hand: dates, prices, costs and dividends of a few sessions, worked out in the comments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from trimtab.core.entries import Dividend, Entry, Fee, Fill, Flow, Interest
from trimtab.core.errors import DataError
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Aims
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.surfaces.cli.screen import head

# Wednesday 29 January to Tuesday 4 February 2020: January ends on Friday the 31st.
SESSIONS = np.array(["2020-01-29", "2020-01-30", "2020-01-31", "2020-02-03", "2020-02-04"], dtype="datetime64[D]")
DATES = SESSIONS.tolist()


def held(**changes: Any) -> Policy:
    """All of 1000 in one asset, decided at month-ends, at 1 % of cost."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "hand",
        "universe": {"A": None},
        "benchmark": {"A": 1.0},
        "capital": "1010 USD",
        "costs": {"use": "linear", "bps": 100},
        "execution": {"rounding": "none"},
    }
    return policy_from(values | changes)


Numbers = list[float]


def market(
    policy: Policy,
    close: Numbers,
    *,
    opening: Numbers | None = None,
    dividend: Numbers | None = None,
    bills: Numbers | None = None,
) -> Market:
    """One asset, and bills, on the first of those sessions."""
    fields = {CLOSE: np.array(close)}
    fields |= {OPEN: np.array(opening)} if opening else {}
    fields |= {DIVIDEND: np.array(dividend)} if dividend else {}
    kind = Kind.PRICE_AND_DIVIDENDS if dividend else Kind.PRICE
    histories = {"A": History(About("A", "A", kind, "test"), SESSIONS[: len(close)], fields)}
    if bills:
        histories["bills"] = History(About("bills", "bills", Kind.TOTAL_RETURN, "test"), SESSIONS, {CLOSE: np.array(bills)})
    return assemble(policy.universe, histories, series=policy.series)


def trades(result: Result) -> list[tuple[str, float, float, float]]:
    return [(str(f.when), float(f.units), float(f.price), float(f.cost)) for f in result.fills]


CLOSES = [10.0, 10.0, 10.0, 12.5, 20.0]
OPENS = [10.0, 10.0, 10.0, 8.0, 19.0]


def test_the_next_open_fills_at_the_open_and_gaps_are_cut() -> None:
    # Decided on 31 January at 10: V = 1010 / 1.01 = 1000, 100 units. The next open is 8: 800 and 8 of cost, 202 left.
    # At the close of 3 February 100 * 12.5 + 202 = 1452, on the 4th 100 * 20 + 202 = 2202.
    policy = held()
    result = backtest(policy, market(policy, CLOSES, opening=OPENS))
    (trade,) = trades(result)
    assert trade == ("2020-02-03", pytest.approx(100.0, abs=1e-7), 8.0, pytest.approx(8.0, abs=1e-6))
    assert result.dates.tolist() == DATES[2:]
    assert result.wealth == pytest.approx([1010.0, 1452.0, 2202.0], abs=1e-5)
    # An open of 12.5 would cost 1250 and 12.50: all is cut to 1010 / 1262.5 = 0.8, so 80 units
    result = backtest(policy, market(policy, CLOSES, opening=[10.0, 10.0, 10.0, 12.5, 19.0]))
    assert trades(result)[0][:3] == ("2020-02-03", pytest.approx(80.0, abs=1e-6), 12.5)
    assert result.wealth[-1] == pytest.approx(80 * 20.0, abs=1e-4)


@pytest.mark.parametrize(
    ("trade", "when", "price"),
    [
        ("next_open", "2020-02-03", 8.0),
        ("next_close", "2020-02-03", 12.5),
        ("same_close", "2020-01-31", 10.0),
        ("next_observation", "2020-02-03", 12.5),
    ],
)
def test_every_schedule_fills_where_it_says(trade: str, when: str, price: float) -> None:
    policy = held(schedule={"decide": "month-end", "trade": trade})
    (found,) = trades(backtest(policy, market(policy, CLOSES, opening=OPENS)))
    assert (found[0], found[2]) == (when, price)


def test_the_next_open_falls_back_to_its_close_where_no_open_is_known() -> None:
    policy = held()
    for opening in (None, [10.0, 10.0, 10.0, np.nan, 19.0]):
        assert trades(backtest(policy, market(policy, CLOSES, opening=opening)))[0][2] == 12.5


def test_a_decision_on_the_last_session_is_never_filled() -> None:
    policy = held()
    result = backtest(policy, market(policy, CLOSES[:3]))
    assert result.fills == ()
    assert result.traded == (None,)
    assert result.wealth.tolist() == [1010.0]


def test_a_dividend_goes_to_who_held_on_the_evening_before() -> None:
    # Bought at the open of 3 February, an ex-date: nothing. On the 4th 1.00 on each of 100 units: 100, at 20 five units.
    policy = held()
    result = backtest(policy, market(policy, CLOSES, opening=OPENS, dividend=[0, 0, 0, 1.0, 1.0]))
    paid = [entry for entry in result.entries if isinstance(entry, Dividend)]
    assert [(str(p.when), float(p.amount)) for p in paid] == [("2020-02-04", pytest.approx(100.0, abs=1e-6))]
    assert trades(result)[1] == ("2020-02-04", pytest.approx(5.0, abs=1e-7), 20.0, 0.0)
    assert result.wealth[-1] == pytest.approx(105 * 20.0 + 202.0, abs=1e-4)


def test_dividends_that_are_paid_stay_in_cash() -> None:
    policy = held(execution={"rounding": "none", "dividends": "pay"})
    result = backtest(policy, market(policy, CLOSES, opening=OPENS, dividend=[0, 0, 0, 1.0, 1.0]))
    assert len(result.fills) == 1
    assert result.wealth[-1] == pytest.approx(100 * 20.0 + 202.0 + 100.0, abs=1e-4)


def test_cash_earns_bills_while_it_waits() -> None:
    # Half of 1000 in the asset at the close of 31 January, free of cost; 500 wait while bills grow by 1 % and 2 %.
    policy = held(
        benchmark={"A": 0.5},
        capital="1000 USD",
        costs={"use": "linear"},
        cash={"series": "bills"},
        schedule={"decide": "month-end", "trade": "same_close"},
    )
    result = backtest(policy, market(policy, [10.0] * 5, bills=[1.0, 1.0, 1.0, 1.01, 1.01 * 1.02]))
    assert result.wealth == pytest.approx([1000.0, 1005.0, 500.0 + 500.0 * 1.01 * 1.02], abs=1e-6)
    assert result.riskfree == pytest.approx([0.01, 0.02])
    interest = [entry for entry in result.entries if isinstance(entry, Interest)]
    assert sum(float(entry.amount) for entry in interest) == pytest.approx(500.0 * (1.01 * 1.02 - 1.0), abs=1e-6)


def test_whole_shares_and_cents() -> None:
    # 1010 at 10 with 1 %: a cent set aside, V just below 1000, so 99 shares: 990.00 and 9.90
    policy = held(execution={"units": "whole"}, schedule={"decide": "month-end", "trade": "same_close"})
    result = backtest(policy, market(policy, CLOSES))
    (fill,) = result.fills
    assert (fill.units, fill.amount, fill.cost) == (Decimal(99), Decimal("-990.00"), Decimal("9.90"))
    assert result.wealth[-1] == 99 * 20.0 + 10.10


def test_the_first_decision_waits_for_every_price_and_for_the_start() -> None:
    policy = held(schedule={"decide": "daily", "trade": "same_close"})
    late = market(policy, CLOSES)
    values = late.fields[CLOSE].copy()
    values[:2] = np.nan
    result = backtest(policy, replace(late, fields={CLOSE: values}))
    assert str(result.dates[0]) == "2020-01-31"
    started = held(schedule={"decide": "daily", "trade": "same_close"}, start="2020-02-01")
    assert str(backtest(started, late).dates[0]) == "2020-02-03"


def test_no_decision_date_is_said() -> None:
    policy = held(start="2020-02-01")
    with pytest.raises(
        DataError, match="no decision date between 2020-01-31 and 2020-01-31 has all prices, signals and weights"
    ):
        backtest(policy, market(policy, CLOSES))
    policy = held(schedule={"decide": "year-end", "trade": "same_close"})
    with pytest.raises(DataError, match="the data hold no decision date"):
        backtest(policy, market(policy, CLOSES))


def test_progress_counts_decisions() -> None:
    policy = held(schedule={"decide": "daily", "trade": "same_close"})
    seen: list[tuple[int, int]] = []
    backtest(policy, market(policy, CLOSES), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_the_entries_of_a_run_are_all_of_known_kinds_and_in_order() -> None:
    policy = held(schedule={"decide": "daily", "trade": "next_open"})
    result = backtest(policy, market(policy, CLOSES, opening=OPENS, dividend=[0, 0.1, 0, 0.1, 0]))
    kinds: tuple[type[Entry], ...] = (Fill, Dividend, Interest, Fee, Flow)  # type: ignore[valid-type]
    assert all(isinstance(entry, kinds) for entry in result.entries)
    assert [entry.when for entry in result.entries] == sorted(entry.when for entry in result.entries)
    assert isinstance(result.entries[0], Flow)


@dataclass(frozen=True)
class Reckless:
    """A fault: a reacher that knows no limits."""

    def __call__(self, today: Aims, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        everything = np.array([1.0])
        return Reach(everything, book.held, np.asarray(1.0), np.asarray(np.inf))


def test_what_the_gate_stops_is_not_traded_and_is_said() -> None:
    policy = held(rules=[{"limit": {"use": "max_weight", "at_most": 0.5}, "id": "CAP"}], schedule={"trade": "same_close"})
    result = backtest(replace(policy, reacher=Reckless()), market(policy, CLOSES))
    assert result.fills == ()
    assert result.traded == (None,)
    assert result.blocked == ("2020-01-31: CAP would be broken by 50.0000%. No order was sent.",)
    assert (result.wealth == 1010.0).all()
    assert any("blocked 2020-01-31" in line for line in head(result))  # on the first screen
    assert not backtest(policy, market(policy, CLOSES)).blocked
