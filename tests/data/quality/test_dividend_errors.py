"""Dividends: each kind of error on invented payments, with the arithmetic, and that what is sound stays.

The walk moves by 1 % a day, so a payment of 3 % of the price is three usual days.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.quality.making import backward, changing, found, payer, scaled, with_field
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, LOW, SPLIT, Field
from trimtab.data.history import History
from trimtab.data.quality.clearing import cleared
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.stories import Mismatch

ROWS = (40, 100, 160, 220, 280)
SOUND = payer(3, dict.fromkeys(ROWS, 3.0))


def relisted(history: History, dividend: np.ndarray, *, adjusted_too: bool = True) -> History:
    """Other dividends in the list, and in the adjusted closes if the vendor believes its list."""
    history = with_field(history, DIVIDEND, dividend)
    return with_field(history, ADJUSTED, backward(history.fields[CLOSE], dividend)) if adjusted_too else history


def repaired(history: History) -> History:
    said = found(history, split_adjusted=True)
    assert {f.outcome for f in changing(said)} == {Outcome.REPAIR}
    return cleared(history, said)


def assert_sound_again(history: History, truth: History = SOUND, fields: tuple[Field, ...] = (DIVIDEND, ADJUSTED)) -> None:
    for field in fields:
        assert history.fields[field] == pytest.approx(truth.fields[field], rel=1e-6)


def test_sound_payments_and_their_adjusted_closes_say_nothing() -> None:
    assert not changing(found(SOUND, split_adjusted=True))


def test_the_identity_of_close_dividend_and_adjusted_return_holds_for_what_is_called_sound() -> None:
    """(close + dividend) / previous close = adjusted / previous adjusted, for it is what the factor 1 - D/P does."""
    close, cash, adjusted = (SOUND.fields[f] for f in (CLOSE, DIVIDEND, ADJUSTED))
    plain = close[1:] / (close[:-1] - cash[1:])  # P' (1 - D/P) against p': the backward form, exact
    assert adjusted[1:] / adjusted[:-1] == pytest.approx(plain, rel=1e-12)


def test_an_adjustment_that_was_left_out_is_made() -> None:
    dividend = SOUND.fields[DIVIDEND].copy()
    dividend[280] = 0.0  # adjusted before the last payment was known
    stale = with_field(SOUND, ADJUSTED, backward(SOUND.fields[CLOSE], dividend))
    assert_sound_again(repaired(stale))


def test_an_adjustment_of_a_hundredth_is_made_whole() -> None:
    pence = with_field(SOUND, ADJUSTED, backward(SOUND.fields[CLOSE], SOUND.fields[DIVIDEND] / 100.0))
    assert_sound_again(repaired(pence))


def test_dividends_in_pence_beside_prices_in_pounds_are_divided_by_a_hundred() -> None:
    assert_sound_again(repaired(relisted(SOUND, SOUND.fields[DIVIDEND] * 100.0, adjusted_too=False)))


def test_a_payment_that_the_adjusted_close_believes_too_is_known_by_the_price() -> None:
    """300 of a price near 100 cannot be paid; 3 can, and the price fell by 3."""
    dividend = SOUND.fields[DIVIDEND].copy()
    dividend[160] = 300.0
    assert_sound_again(repaired(relisted(SOUND, dividend)))


def test_payments_a_hundred_times_too_small_are_known_by_many_falls() -> None:
    """0.03 of 100 is 0.03 %; fourteen falls of 3 % at a usual move of 1 % are no accident."""
    many = payer(5, dict.fromkeys(range(20, 300, 20), 3.0))
    wrong = relisted(many, many.fields[DIVIDEND] / 100.0)
    assert_sound_again(repaired(wrong), many)


def test_a_tiny_payment_beside_large_ones_may_be_right() -> None:
    """Some funds pay 0.01 in December. The price moved by 1 %, which a payment of 1 would explain no better than chance."""
    odd = payer(7, {40: 3.0, 100: 3.0, 160: 0.01, 220: 3.0})
    assert not changing(found(odd, split_adjusted=True))


def test_a_payment_of_nearly_half_the_price_may_be_right() -> None:
    large = payer(7, {100: 45.0})
    assert not changing(found(large, split_adjusted=True))
    assert any(f.outcome is Outcome.NOTE and "above 25%" in f.what for f in found(large, split_adjusted=True))


def test_a_payment_without_any_fall_is_set_aside() -> None:
    dividend = SOUND.fields[DIVIDEND].copy()
    dividend[130] = 0.3 * SOUND.fields[CLOSE][129]
    (first, *_) = changing(found(relisted(SOUND, dividend), split_adjusted=True))
    assert (first.field, first.outcome, [*first.rows]) == (DIVIDEND, Outcome.QUARANTINE, [130])


def test_equal_payments_within_a_week_count_once_and_the_price_says_which() -> None:
    steep = payer(9, {100: 8.0, 200: 8.0})
    dividend = steep.fields[DIVIDEND].copy()
    dividend[97] = 8.0  # the price fell on row 100
    assert_sound_again(repaired(relisted(steep, dividend)), steep)


def test_where_the_price_does_not_say_which_twin_is_right_one_is_set_aside_and_the_amount_counts_once() -> None:
    small = payer(11, dict.fromkeys(ROWS, 0.2))  # 0.2 % in moves of 1 %
    dividend = small.fields[DIVIDEND].copy()
    dividend[163] = 0.2
    said = changing(found(relisted(small, dividend), split_adjusted=True))
    (set_aside,) = (f for f in said if f.outcome is Outcome.QUARANTINE)
    assert set_aside.field is DIVIDEND
    assert set(set_aside.rows) <= {160, 163}
    index = cleared(relisted(small, dividend), said).fields[ADJUSTED]
    assert index[:160] == pytest.approx(small.fields[ADJUSTED][:160], rel=2e-4)  # 0.2 % times the move of three days


def test_a_fund_that_pays_each_week_pays_each_week() -> None:
    weekly = payer(13, dict.fromkeys(range(10, 300, 5), 0.3))
    assert not changing(found(weekly, split_adjusted=True))


def test_a_payment_on_the_wrong_day_is_moved_to_the_day_of_the_fall() -> None:
    steep = payer(9, {100: 12.0, 200: 12.0})
    dividend = steep.fields[DIVIDEND].copy()
    dividend[[100, 103]] = [0.0, 12.0]
    assert_sound_again(repaired(relisted(steep, dividend)), steep)


def test_a_capital_gain_that_the_adjusted_close_takes_twice_is_taken_once() -> None:
    """The list says 6, of which 4 are gains; the adjusted close took 10. The price fell by 6."""
    fund = payer(15, {100: 6.0, 200: 6.0})
    gains = np.where(fund.fields[DIVIDEND] > 0.0, 4.0, 0.0)
    fund = with_field(fund, CAPITAL_GAINS, gains)
    twice = with_field(fund, ADJUSTED, backward(fund.fields[CLOSE], fund.fields[DIVIDEND] + gains))
    assert_sound_again(repaired(twice), fund)


def test_a_payment_listed_before_a_split_of_its_prices() -> None:
    """15 a share before a 5:1 split is 3 on the basis of the prices after it."""
    split = SOUND.fields[SPLIT].copy()
    split[170] = 5.0
    dividend = SOUND.fields[DIVIDEND].copy()
    dividend[160] *= 5.0
    assert_sound_again(repaired(relisted(with_field(SOUND, SPLIT, split), dividend, adjusted_too=False)))


def test_a_close_that_lost_the_dividend_a_day_early_gets_it_back() -> None:
    """The close of the eve lies below its low by just the dividend; its adjusted close lost it twice."""
    eve = 159
    broken = scaled(SOUND, [eve], 1.0 - 3.0 / SOUND.fields[CLOSE][eve], (CLOSE, ADJUSTED))
    assert broken.fields[CLOSE][eve] < broken.fields[LOW][eve]
    assert_sound_again(repaired(broken), fields=(CLOSE, ADJUSTED, DIVIDEND))


def test_adjusted_prices_with_dividends_beside_them_are_refused() -> None:
    """Nothing falls on ex-dates: whoever added the dividends would count them twice."""
    many = payer(17, dict.fromkeys(range(20, 300, 20), 3.0))
    fields = {CLOSE: many.fields[ADJUSTED], DIVIDEND: many.fields[DIVIDEND] * many.fields[ADJUSTED] / many.fields[CLOSE]}
    double = replace(many, fields=fields)
    said = found(double)
    assert [f.outcome for f in said if f.code == "A8"] == [Outcome.REFUSE]
    with pytest.raises(DataError, match="count twice"):
        cleared(double, said)


def test_an_adjusted_close_that_leaves_and_comes_back_is_set_aside() -> None:
    spiked = scaled(SOUND, [77], 1.04, (ADJUSTED,))
    (one,) = changing(found(spiked, split_adjusted=True))
    assert (one.field, one.outcome, [*one.rows]) == (ADJUSTED, Outcome.QUARANTINE, [77])


def test_an_adjustment_without_a_dividend_carries_a_flag() -> None:
    dividend = SOUND.fields[DIVIDEND].copy()
    dividend[160] = 0.0
    said = found(relisted(SOUND, dividend, adjusted_too=False), split_adjusted=True)
    assert any(f.outcome is Outcome.DEGRADE and "without a listed dividend" in f.what and [*f.rows] == [160] for f in said)


@pytest.mark.parametrize("kind", ["left out", "a hundredth", "in pence"])
def test_repairs_are_right_wherever_they_are_made(kind: str) -> None:
    """30 walks and sizes of payment: a repair is right or not made."""
    made = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        truth = payer(seed, dict.fromkeys(ROWS, float(rng.uniform(0.3, 5.0))))
        dividend, close = truth.fields[DIVIDEND], truth.fields[CLOSE]
        broken = {
            "left out": with_field(truth, ADJUSTED, close),
            "a hundredth": with_field(truth, ADJUSTED, backward(close, dividend / 100.0)),
            "in pence": with_field(truth, DIVIDEND, dividend * 100.0),
        }[kind]
        said = found(broken, split_adjusted=True)
        repairs = [f for f in changing(said) if f.outcome is Outcome.REPAIR]
        made += bool(repairs)
        assert changing(said)  # found in any case
        for f in repairs:
            assert f.repaired == pytest.approx(truth.fields[f.field][f.rows], rel=1e-6)
    assert made >= 20


def test_control_without_the_price_nobody_could_tell_which_witness_is_wrong() -> None:
    """The same two lists, on prices that fell by the listed amount and by the one that the adjusted close means."""
    small = payer(3, dict.fromkeys(ROWS, 0.03))
    listed_right = with_field(SOUND, ADJUSTED, backward(SOUND.fields[CLOSE], SOUND.fields[DIVIDEND] / 100.0))
    listed_wrong = with_field(small, DIVIDEND, small.fields[DIVIDEND] * 1000.0)
    assert {f.field for f in changing(found(listed_right, split_adjusted=True))} == {ADJUSTED}
    assert DIVIDEND in {f.field for f in changing(found(listed_wrong, split_adjusted=True))}
    assert Mismatch.SMALL.value != Mismatch.LARGE.value
