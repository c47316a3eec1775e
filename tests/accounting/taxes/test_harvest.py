"""Harvest suggestions by hand: what a loss is worth, what must wait and until when, what may stand in, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.taxes.law import Plain, lot
from trimtab.accounting.taxes.harvest import Harvest, Purchase, Recent, Suggestion
from trimtab.core.errors import ParameterError
from trimtab.core.households import Instrument
from trimtab.core.taxes import Gain, Lot

LAW = Plain()
TODAY = date(2024, 6, 3)
REGISTER = (
    Instrument("VTI", alike="us total market"),
    Instrument("ITOT"),
    Instrument("VTSAX", alike="us total market"),
    Instrument("VXUS"),
    Instrument("IXUS"),
)
ALONE = Recent(REGISTER)
MODEL = Harvest(LAW, {"VTI": "ITOT", "VXUS": "IXUS"})
PRICES = tuple(map(Decimal, (40, 100, 40, 50, 60)))
OLD = lot("1", "2024-01-08", "1000", "50000")  # of VTI: worth 40,000


def today(*lots: Lot, model: Harvest = MODEL, recent: Recent = ALONE) -> tuple[Suggestion, ...]:
    return model({"A07": lots}, PRICES, TODAY, recent)


def bought(asset: int, day: str, *, account: str = "IRA", name: str = "9") -> Recent:
    return Recent(REGISTER, (Purchase(asset, date.fromisoformat(day), account, name),))


def sold(asset: int, day: str, amount: str) -> Gain:
    proceeds = Decimal(1000) + Decimal(amount)
    return Gain(asset, "3", date(2023, 1, 2), date.fromisoformat(day), Decimal(10), proceeds, Decimal(1000), 7)


# Laws.


@settings(max_examples=80, deadline=None)
@given(st.integers(-45, 0), st.sampled_from([0, 1, 2]), st.booleans())
def test_a_purchase_within_the_window_of_the_same_group_alone_is_in_the_way(days: int, asset: int, own: bool) -> None:
    day = TODAY + timedelta(days=days)
    recent = bought(asset, str(day), account="A07" if own else "IRA", name="1")
    (found,) = today(OLD, recent=recent)
    washes = days >= -30 and asset in (0, 2) and not own
    assert bool(found.refused) == washes
    assert found.works == (day + timedelta(days=31) if washes else None)
    if washes:  # and on that day it is free
        assert not MODEL({"A07": [OLD]}, PRICES, found.works, recent)[0].refused
        assert MODEL({"A07": [OLD]}, PRICES, found.works - timedelta(days=1), recent)[0].refused


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 90_000), max_size=6), st.floats(0.0, 0.3))
def test_only_losses_that_are_worth_more_than_the_threshold(costs: list[int], threshold: float) -> None:
    lots = [lot(str(k), "2024-01-08", "1000", str(cost)) for k, cost in enumerate(costs)]
    found = today(*lots, model=replace(MODEL, threshold=threshold))
    worth = {str(k): (c - 40_000) * (0.408 - 0.238 / 1.04**10) - 40.0 for k, c in enumerate(costs)}
    wanted = {name for name, net in worth.items() if net > 40_000 * threshold and net > 0}
    assert {each.lot.id for each in found} == wanted
    assert [float(each.net) for each in found] == pytest.approx(sorted((worth[name] for name in wanted), reverse=True))


# By hand.


def test_what_a_short_term_loss_is_worth() -> None:
    # Cost 50,000, worth 40,000: saves 10,000 * .408 = 4,080 now; in ten years 10,000 * .238 / 1.04^10 = 2,380 * .6755642 =
    # 1,607.84 more is due; the trades cost .1 % of 40,000 = 40. Left: 2,432.16.
    (found,) = today(OLD)
    assert found.loss == 10_000
    assert found.saved == 4_080
    assert float(found.later) == pytest.approx(1_607.8428, abs=1e-4)
    assert found.costs == 40
    assert float(found.net) == pytest.approx(2_432.1572, abs=1e-4)
    assert found.free == date(2024, 7, 4)  # sold on 3 June, 30 days after is 3 July
    assert found.words == (
        "Sell lot 1 of VTI in A07 for a loss of 10,000.00, worth 2,432.16 after tax and costs, buy ITOT, "
        "and buy nothing like it before 2024-07-04"
    )


def test_a_long_term_loss_saves_at_the_long_rate() -> None:
    # 10,000 * .238 = 2,380 less 1,607.84 less 40 = 732.16; sold within the year, all of it comes back at 40.8 %: no gain.
    (found,) = today(OLD._replace(acquired=date(2022, 1, 10)))
    assert float(found.net) == pytest.approx(732.1572, abs=1e-4)
    assert not today(OLD._replace(acquired=date(2022, 1, 10)), model=replace(MODEL, years=0.5))


def test_a_gain_is_no_suggestion() -> None:
    assert not today(OLD._replace(cost=Decimal(40_000)), OLD._replace(cost=Decimal(30_000)))
    assert not today()


def test_a_purchase_in_the_sheltered_account_of_the_same_group_stands_in_the_way() -> None:
    (found,) = today(OLD, recent=bought(2, "2024-05-20"))
    assert found.works == date(2024, 6, 20)
    assert not found.replacement
    assert found.words.startswith("Do not sell lot 1 of VTI in A07")
    assert found.words.endswith("the loss would be a wash sale; from 2024-06-20 it works")


def test_a_lot_bought_lately_is_no_replacement_of_itself() -> None:
    (found,) = today(OLD._replace(acquired=date(2024, 5, 20)), recent=bought(0, "2024-05-20", account="A07", name="1"))
    assert not found.refused


def test_a_replacement_sold_at_a_loss_lately_is_not_bought() -> None:
    recent = Recent(REGISTER, sold=(sold(1, "2024-05-10", "-50"),))
    (found,) = today(OLD, recent=recent)
    assert found.works == date(2024, 6, 10)
    assert "ITOT was sold at a loss too lately" in found.words
    assert recent.blocked(TODAY, 30) == {1: date(2024, 6, 10)}
    assert not Recent(REGISTER, sold=(sold(1, "2024-05-10", "50"),)).blocked(TODAY, 30)  # a gain


def test_the_block_list_holds_the_group_until_the_last_loss_is_31_days_old() -> None:
    recent = Recent(REGISTER, sold=(sold(0, "2024-05-10", "-50"), sold(2, "2024-05-20", "-1"), sold(3, "2024-05-03", "-9")))
    assert recent.blocked(TODAY, 30) == {0: date(2024, 6, 20), 2: date(2024, 6, 20)}  # VXUS became free today
    assert recent.blocked(date(2024, 6, 19), 30).keys() == {0, 2}
    assert not recent.blocked(date(2024, 6, 20), 30)
    assert not recent.blocked(TODAY, 0)


def test_nothing_to_stand_in_is_a_reason() -> None:
    (found,) = today(OLD, model=replace(MODEL, replacements={}))
    assert found.words.endswith("nothing is named to stand in for it")
    free = replace(MODEL, regime=Plain(window=0), replacements={})
    assert today(OLD, model=free)[0].words.endswith("after tax and costs")


def test_two_suggestions_do_not_cross() -> None:
    # VTI for ITOT is worth 2,432; ITOT for VXUS would sell what the first buys, VXUS for VTI buy what it sells.
    model = replace(MODEL, replacements={"VTI": "ITOT", "ITOT": "VXUS", "VXUS": "VTI"})
    others = lot("2", "2024-01-08", "10", "3000", asset=1), lot("3", "2024-01-08", "10", "2000", asset=3)
    found = today(OLD, *others, model=model)
    assert [bool(each.refused) for each in found] == [False, True, True]
    assert "ITOT is on the other side" in found[1].words
    assert "VTI is on the other side" in found[2].words
    assert {each.works for each in found[1:]} == {date(2024, 7, 4)}


def test_a_pool_is_one_lot() -> None:
    # 1,000 cost 50,000 and 1,000 cost 20,000: 70,000 against 80,000, a gain. Lot by lot the first is a loss.
    gainer = lot("2", "2024-02-01", "1000", "20000")
    assert len(today(OLD, gainer)) == 1
    assert not today(OLD, gainer, model=replace(MODEL, regime=Plain(pools=True)))


def test_what_is_substantially_identical_is_refused() -> None:
    with pytest.raises(ParameterError, match="substantially identical") as caught:
        today(OLD, model=replace(MODEL, replacements={"VTI": "VTSAX"}))
    assert caught.value.field == "replacements"
    with pytest.raises(ParameterError, match="substantially identical"):
        today(OLD, model=replace(MODEL, replacements={"VTI": "VTI"}))
    for wrong in ({"VTI": "XXX"}, {"XXX": "VTI"}):
        with pytest.raises(ParameterError, match="XXX is no known instrument"):
            today(OLD, model=replace(MODEL, replacements=wrong))


def test_the_way_back() -> None:
    stand_in = [lot("5", "2024-06-03", "400", "40000", asset=1)]
    early = MODEL.swap_back(stand_in, Decimal(100), TODAY, date(2024, 7, 3))
    assert (early.back, early.until) == (False, date(2024, 7, 4))
    assert MODEL.swap_back(stand_in, Decimal(100), TODAY, date(2024, 7, 4)).back
    # At 104 the gain is 1,600 of 41,600, 3.8 %: stay until it is long-term, unless up to 5 % is allowed.
    stay = MODEL.swap_back(stand_in, Decimal(104), TODAY, date(2024, 7, 4))
    assert (stay.back, stay.until) == (False, date(2025, 6, 4))
    assert stay.words == "Stay: its short-term gain would be taxed, until 2025-06-04"
    assert replace(MODEL, short_gain=0.05).swap_back(stand_in, Decimal(104), TODAY, date(2024, 7, 4)).back
    assert MODEL.swap_back(stand_in, Decimal(104), TODAY, date(2025, 6, 4)).back
    assert MODEL.swap_back(stand_in, Decimal(90), TODAY, date(2024, 7, 4)).words.startswith("Swap back")
    assert MODEL.swap_back([], Decimal(90), TODAY, date(2024, 7, 4)).back


# A planted fault.


class ForgetsTheGroup(Recent):
    def washes(self, account: str, lot: Lot, when: date, window: int) -> date | None:
        own = tuple(each for each in self.bought if each.asset == lot.asset)
        return Recent(self.instruments, own).washes(account, lot, when, window)


def test_a_planted_fault_is_caught() -> None:
    recent = bought(2, "2024-05-20")
    assert today(OLD, recent=recent)[0].refused
    assert not today(OLD, recent=ForgetsTheGroup(recent.instruments, recent.bought))[0].refused


def test_parameters_are_checked() -> None:
    for name in ("discount", "cost", "threshold", "short_gain"):
        with pytest.raises(ParameterError, match=name):
            replace(MODEL, **{name: -0.1})
    with pytest.raises(ParameterError, match="years"):
        replace(MODEL, years=0.0)
