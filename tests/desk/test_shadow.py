"""The shadow of an account: the model beside it is its backtest, and the ladder from the one to the other adds up."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import test_events, worlds
from tests.desk.account_worlds import booked, plain_twr
from tests.desk.shadow_worlds import by_hand, moves, obeyed, shadowed
from tests.desk.test_attributing import KINDS, ran
from trimtab.accounting.ledger import Ledger
from trimtab.core.entries import Delisting, Fee, Fill, Flow, Opening
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.core.taxes import Wrapper
from trimtab.data.history import Action, ActionKind
from trimtab.desk import amending, beside
from trimtab.desk.account_entries import Owned
from trimtab.desk.backtest import backtest
from trimtab.desk.books import Scope
from trimtab.desk.shadow import Shadow, old_model, own_taxes, shadow_of
from trimtab.desk.shadow_words import shadow_document, shadow_words

D = Decimal
MANY = (
    moves(1, "2001-06-01", "2001-10-31", A=0.03, B=-0.03),
    moves(2, "2001-08-01", "2002-03-15", C=0.02),
    moves(3, "2001-09-01", "2002-05-15", holds=("B",)),
)


def require_sums(found: Shadow) -> None:
    """What the rungs brought is account less model: day by day, linked, and in money."""
    rungs = [*found.costs, found.rest]
    returns = found.account[1:] / found.account[:-1] - found.model[1:] / found.model[:-1]
    np.testing.assert_allclose(sum(one.daily for one in rungs), returns, atol=1e-12)
    linked = sum(one.linked for one in rungs)
    assert linked == pytest.approx(float(found.account[-1] - found.model[-1]), abs=1e-12)
    assert sum((one.money for one in rungs), D(0)) == found.total.money
    assert found.together.linked == pytest.approx(sum(one.linked for one in found.costs), abs=1e-12)


# Laws.


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_beside_an_account_that_does_what_it_says_is_its_backtest(kind: str) -> None:
    result = ran(kind)
    found = shadowed(result)
    assert (found.account == found.model).all()
    assert (found.total.linked, found.total.money) == (0.0, 0)
    assert (found.dates == result.dates).all()


def test_so_it_is_where_assets_split() -> None:
    policy, _, traded = test_events.two_worlds(3, share=0.05)
    found = shadowed(backtest(policy, traded))
    assert (found.account == found.model).all()


def test_so_it_is_where_one_is_delisted() -> None:
    last = np.busday_offset("2020-01-01", 49, roll="forward")
    policy, market = test_events.ending(Action(ActionKind.DELISTING, last, reason="performance"))
    result = backtest(policy, market)
    found = shadowed(result)
    assert any(isinstance(entry, Delisting) for entry in result.entries)
    assert (found.account == found.model).all()


SHIFTS = st.sampled_from([-0.05, -0.02, 0.01, 0.03])
OVERRIDES = st.lists(st.tuples(st.integers(0, 380), st.integers(0, 120), SHIFTS, SHIFTS), max_size=3)
FLOWS = st.lists(st.tuples(st.integers(30, 420), st.sampled_from([-0.1, -0.02, 0.1, 0.7])), max_size=3)


@settings(max_examples=15)
@given(OVERRIDES, FLOWS, st.sampled_from(["plain", "a blend", "filled at the close", "taxed"]), st.booleans())
def test_the_ladder_adds_up_whatever_is_overridden_and_whatever_flows(
    written: list[tuple[int, int, float, float]], flows: list[tuple[int, float]], kind: str, taken_over: bool
) -> None:
    result = ran(kind)
    start, capital = result.dates[0].item(), result.policy.horizon.capital.amount
    spans = [(start + timedelta(days=first), length) for first, length, *_ in written]
    overrides = [
        moves(number, day.isoformat(), (day + timedelta(days=length)).isoformat(), A=one, B=other)
        for number, ((day, length), (_, _, one, other)) in enumerate(zip(spans, written, strict=True), 1)
    ]
    amounts = [(start + timedelta(days=after), (capital * D(repr(part))).quantize(D("0.01"))) for after, part in flows]
    more: list[Any] = [Flow(day, amount) for day, amount in amounts]
    if taken_over:
        more.append(Opening(start + timedelta(days=70), 1, D("700"), D("1.23"), date(1999, 1, 4)))
    found = shadowed(result, overrides, *more)
    require_sums(found)
    at_close = kind == "filled at the close"
    plain = plain_twr(result.market, [*result.entries, *more], found.dates[0], found.dates[-1], at_close=at_close)
    assert found.account[-1] - 1.0 == pytest.approx(plain, abs=1e-9)


def test_an_account_that_obeys_every_override_is_the_last_step() -> None:
    result = ran("plain")
    mine = obeyed(result, MANY, Flow(date(2001, 9, 12), D(-50_000)))
    found = shadow_of(result.policy, result.market, mine, MANY)
    assert (found.account == found.overridden).all()
    assert found.rest.money == 0
    assert all(abs(one.linked) > 1e-4 for one in found.costs)


def test_rungs_stand_in_the_order_in_which_they_were_written_down() -> None:
    one, other = shadowed(ran("plain"), MANY), shadowed(ran("plain"), MANY[::-1])
    assert [cost.name for cost in other.costs] == ["O-1", "O-2", "O-3"]
    assert (one.steps == other.steps).all()


def test_opposite_overrides_take_each_other_back() -> None:
    result = ran("money unrounded")
    pair = (moves(1, "2001-06-01", "2001-08-31", A=0.03, C=-0.01), moves(2, "2001-06-01", "2001-08-31", A=-0.03, C=0.01))
    found = shadowed(result, pair)
    assert abs(found.costs[0].linked) > 1e-4
    np.testing.assert_allclose(found.overridden, found.model, atol=1e-9)


def test_one_that_lives_on_no_decision_changes_nothing() -> None:
    found = shadowed(ran("plain"), [moves(1, "2001-07-02", "2001-07-20", A=0.03)])
    assert (found.overridden == found.model).all()


def test_the_journal_says_which_overrides_a_trade_had() -> None:
    """Written on the morning after the decision: its own days leave it out, and the account's trade had it."""
    one = moves(1, "2001-08-01", "2001-08-20", A=0.03, B=-0.03)
    result = ran("plain")
    (decided,) = (d.today.when.item() for d in result.decisions if str(d.today.when).startswith("2001-07"))
    assert shadowed(result, [one]).together.linked == 0.0
    assert abs(shadowed(result, [one], told={decided: ("O-1",)}).together.linked) > 1e-5


def test_names_have_no_order() -> None:
    """The universe turned around: the same returns."""
    policy = worlds.policy(**KINDS["money unrounded"])
    universe = {"C": {"class": "bonds"}, "B": {"class": "equity"}, "A": {"class": "equity"}}
    turned = worlds.policy(**KINDS["money unrounded"], universe=universe)
    market = ran("money unrounded").market
    there = replace(
        market,
        assets=turned.universe,
        fields={name: values[:, ::-1] for name, values in market.fields.items()},
        about=market.about[::-1],
        known=None if market.known is None else market.known[:, ::-1],
    )
    capital = Flow(date(2001, 3, 30), D(1_000_000))
    one, two = (shadow_of(p, m, Owned("A07", (capital,)), MANY) for p, m in ((policy, market), (turned, there)))
    np.testing.assert_allclose(one.steps, two.steps, atol=1e-9)
    np.testing.assert_allclose([c.linked for c in one.costs], [c.linked for c in two.costs], atol=1e-9)


def test_a_flow_is_no_return() -> None:
    """Money that doubles the account on the evening of a decision, traded at that very close without cost: same returns."""
    free: dict[str, Any] = {"rules": [], "costs": {"use": "linear", "bps": 0}, "cash": None, "reacher": {"use": "pace"}}
    policy = worlds.policy(**KINDS["money unrounded"] | free | {"schedule": {"decide": "month-end", "trade": "same_close"}})
    result = backtest(policy, ran("plain").market)
    day = next(d.today.when.item() for d in result.decisions if str(d.today.when).startswith("2001-09"))
    before = shadowed(result, MANY[:2])  # a hold keeps units, and so another weight of twice the money
    after = shadowed(result, MANY[:2], Flow(day, D(1_000_000)))
    np.testing.assert_allclose(after.steps, before.steps, atol=1e-9)
    assert after.begin[-1] > 1.5 * before.begin[-1]


def test_what_was_filled_in_part_is_in_the_book_in_part() -> None:
    """Half of each order is filled: half of the 3 % is in A, and half of them are out of B."""
    policy = worlds.policy(rules=[])
    result = backtest(policy, ran("plain").market)
    decision = result.decisions[5]
    day = decision.today.when.item()
    amend = amending.Amending(result.policy, [moves(1, str(day), str(day), A=0.03, B=-0.03)], {})
    ledger = Ledger(3)
    made = amend(decision, ledger)
    assert {order.asset for order in made.orders} >= {0, 1}
    whole = amend._last
    assert whole is not None
    np.testing.assert_allclose(whole.after, [0.03, -0.03, 0.0], atol=1e-12)
    half = [Fill(day, order.asset, order.units / 2, D(1), D(0), D(0), order.id) for order in made.orders]
    ledger.entries += half
    np.testing.assert_allclose(amend._put(ledger), [0.015, -0.015, 0.0], atol=1e-9)


def test_what_is_taken_over_in_kind_comes_to_the_model_too() -> None:
    """Nobody trades: with 40 units of A that came on 8 March both make what A, then 0.64 of all, makes."""
    policy, market, mine = by_hand()
    came = Opening(date(2001, 3, 8), 0, D(40), D(1), date(1999, 1, 4))
    policy = replace(policy, reacher=replace(policy.reacher, band=0.9))
    found = shadow_of(policy, market, replace(mine, entries=(*mine.entries, came)), ())
    assert found.model[-1] == pytest.approx(1.0 + 0.2 * 900.0 / 1400.0, abs=1e-12)
    assert (found.model == found.account).all()


# By hand.


def test_ten_per_cent_more_of_what_rises_by_a_fifth() -> None:
    """O-1 moves 10 % from B to A on the decision of 28 February, filled on 1 March at 10 and 20, at 10 basis points.

    With V after the trade, 0.6 V - 500 are bought and 500 - 0.4 V sold: 0.2 V in all, so V = 1000 - 0.0002 V = 999.80004.
    A makes 20 %: 0.6 V x 1.2 + 0.4 V = 1.12 V = 1119.776 against 500 x 1.2 + 500 = 1100 of the model, that has traded
    nothing (its band is wide): +1.9776 %, 10 % x 20 % less 0.02 % x 1.12 for the trade. The account did nothing either.
    In money: a day's difference of returns times the 1000 that the account is worth: -0.2 on 1 March and, on 15 March,
    (12 % - 10 %) x 1000 = 20 before it has more: 19.80.
    """
    policy, market, mine = by_hand()
    found = shadow_of(policy, market, mine, [moves(1, "2001-02-15", "2001-03-20", A=0.1, B=-0.1)])
    (one,) = found.costs
    value = 1000.0 / 1.0002
    assert found.model[-1] == pytest.approx(1.1, abs=1e-12)
    assert one.linked == pytest.approx(1.12 * value / 1000.0 - 1.1, abs=5e-6)  # a cent is set aside for rounding
    assert found.rest.linked == pytest.approx(-one.linked, abs=1e-12)
    assert (one.money, found.rest.money, found.total.money) == (D("19.80"), D("-19.80"), 0)
    assert float(one.daily.min()) == pytest.approx(-0.0002, abs=1e-6)
    assert shadow_words(found)[1] == "O-1 (anna: a client's wish) brought 1.98 % (20 USD) so far."
    assert shadow_words(found)[2] == "The rest, such as late trades, other prices and edited orders, cost 1.98 % (20 USD)."
    assert shadow_document(found)["overrides"][0]["money"] == "19.80"


def test_what_a_person_did_late_is_the_rest() -> None:
    """Against no override at all: A sold on 16 March at 12 that the model keeps; then nothing moves and a fee of 11 goes.

    The fee is 1 % of 1100, and the account's alone: 1.1 x 0.99 - 1.1 = -1.1 %.
    """
    policy, market, mine = by_hand()
    sold = (Fill(date(2001, 3, 16), 0, D(-50), D(12), D(600), D(0), "z"), Fee(date(2001, 3, 19), D(11)))
    found = shadow_of(policy, market, replace(mine, entries=(*mine.entries, *sold)), ())
    assert found.rest.linked == pytest.approx(-0.011, abs=1e-12)
    assert found.rest.money == D("-11.00")


def test_it_can_be_cut_to_a_quarter() -> None:
    found = shadowed(ran("plain"), MANY)
    part = found.since(date(2001, 9, 30), date(2001, 12, 31))
    assert (str(part.dates[0]), str(part.dates[-1])) == ("2001-09-28", "2001-12-31")
    require_sums(part)
    with pytest.raises(UsageError, match="no day between"):
        found.since(date(2009, 1, 1), date(2009, 3, 31))


def test_the_old_model_runs_on_from_the_day_of_the_change() -> None:
    """Without limits on turnover, which count from the new beginning, it goes on as the account that kept to it does."""
    policy = worlds.policy(**KINDS["money unrounded"], rules=[], cash=None)
    result = backtest(policy, ran("plain").market)
    mine = booked(policy, *result.entries)
    found = old_model(policy, result.market, mine, date(2001, 9, 3), last=date(2002, 3, 3))
    assert (str(found.dates[0]), str(found.dates[-1])) == ("2001-09-28", "2002-03-01")
    assert found.costs == ()
    assert found.rest.linked == pytest.approx(0.0, abs=1e-9)


def test_lots_go_over_with_what_they_cost_where_gains_are_taxed() -> None:
    result = ran("taxed")
    mine = booked(result.policy, *result.entries)
    found = beside.beside(result.policy, result.market, mine, first=date(2001, 9, 3))
    opened = [entry for entry in found.beginning.entries if isinstance(entry, Opening)]
    assert len({one.acquired for one in opened}) > 1
    assert all(one.acquired <= date(2001, 9, 28) for one in opened)
    bought = {(fill.when, fill.asset) for fill in result.fills}
    assert {(one.acquired, one.asset) for one in opened} <= bought
    shadow = shadow_of(result.policy, result.market, mine, MANY, first=date(2001, 9, 3))
    assert str(shadow.dates[0]) == "2001-09-28"
    require_sums(shadow)


def test_in_a_shelter_nothing_is_taxed() -> None:
    policy = ran("taxed").policy
    account = Account("A07", "Mueller")
    for wrapper, taxed in ((Wrapper.TAXABLE, True), (Wrapper.EXEMPT, False)):
        places = {"A07": replace(account, wrapper=wrapper)}
        assert (own_taxes(policy, Scope("A07", places, places)).tax is not None) is taxed


# What stops it, and what does not.


def test_it_ends_where_nothing_is_left() -> None:
    policy, market, mine = by_hand()
    out = (
        Fill(date(2001, 3, 20), 0, D(-50), D(12), D(600), D(0), "z"),
        Fill(date(2001, 3, 20), 1, D(-25), D(20), D(500), D(0), "z"),
        Flow(date(2001, 3, 22), D(-1100)),
    )
    found = shadow_of(policy, market, replace(mine, entries=(*mine.entries, *out)), ())
    assert str(found.dates[-1]) == "2001-03-22"


def test_flows_that_the_model_never_had_stop_it_in_plain_words() -> None:
    policy, market, mine = by_hand(0)
    more = (Fee(date(2001, 3, 1), D(-9000)), Flow(date(2001, 3, 2), D(-5000)))  # a refund that only the account got
    with pytest.raises(DataError, match="the model beside A07 cannot go on"):
        shadow_of(policy, market, replace(mine, entries=(*mine.entries, *more)), ())


def test_what_the_policy_does_not_know_stops_it() -> None:
    policy, market, mine = by_hand()
    strange = Owned("A07", (*mine.entries, Opening(date(2001, 2, 5), 2, D(1), D(1), date(2000, 1, 3))), ("ZZ",))
    with pytest.raises(UsageError, match="A07 has ZZ"):
        shadow_of(policy, market, strange, ())


def test_a_decision_on_the_last_session_has_no_day_after_it() -> None:
    policy, market, mine = by_hand()
    with pytest.raises(DataError, match="holds nothing on any decision date"):
        shadow_of(policy, market, mine, (), first=date(2001, 6, 1))


def test_a_year_with_three_overrides_takes_a_moment() -> None:
    result = ran("plain")
    began = time.perf_counter()
    shadowed(result, MANY)
    assert time.perf_counter() - began < 1.0


# Faults, planted.


def test_a_ladder_in_another_order_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step has all overrides on, whatever is forgotten of what they put in before."""
    result = ran("plain")
    mine = obeyed(result, MANY)
    monkeypatch.setattr(amending.Amending, "_left", lambda _, put, __: 0.0 * put)
    found = shadow_of(result.policy, result.market, mine, MANY)
    assert (found.account != found.overridden).any()


def test_a_beginning_that_forgets_later_flows_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    result = ran("plain")
    genuine = beside.Beginning
    monkeypatch.setattr(beside, "Beginning", lambda number, entries, _: genuine(number, entries))
    found = shadowed(result, (), Flow(date(2001, 9, 12), D(400_000)))
    plain = backtest(result.policy, result.market)
    assert (found.model == shadowed(plain).model).all()
