"""The row of overrides in an account's attribution: what the ladder says of them, taken out of what was done otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.account_worlds import booked
from tests.desk.shadow_worlds import by_hand, moves, obeyed
from tests.desk.test_attributing import KINDS, ran
from trimtab.attribution.tactical import BOOKED, Attribution, Part, Row
from trimtab.core.entries import Flow
from trimtab.desk import attributed_overrides
from trimtab.desk.account_attribution import AccountAttribution, attribute_account
from trimtab.desk.account_entries import Owned
from trimtab.desk.attributed_overrides import Ran, with_overrides
from trimtab.desk.attribution_review import headline, review_attribution
from trimtab.desk.backtest import backtest
from trimtab.desk.beside import beside
from trimtab.desk.class_review import review_classes
from trimtab.desk.prepare import until
from trimtab.desk.result import Result
from trimtab.desk.shadow import shadow_of
from trimtab.governance.overrides import Override
from trimtab.numerics.returns import returns_of

D = Decimal
MANY = (
    moves(1, "2001-06-01", "2001-10-31", A=0.03, B=-0.03),
    moves(2, "2001-08-01", "2002-03-15", C=0.02),
    moves(3, "2001-09-01", "2002-05-15", holds=("B",)),
)


def both(
    result: Result, mine: Owned, overrides: Sequence[Override], **more: Any
) -> tuple[AccountAttribution, AccountAttribution]:
    """The attribution of an account without and with the row of its overrides."""
    plain = attribute_account(result.policy, result.market, mine)
    return plain, with_overrides(plain, Ran(result.policy, result.market, mine), overrides)


def only(found: Attribution, part: Part) -> Row:
    (row,) = (row for row in found.rows if row.part is part)
    return row


def free(**changes: Any) -> Result:
    """Nothing costs anything: what the steps made is what their assets made."""
    costless = {"costs": {"use": "linear", "bps": 0}, "cash": None, "rules": []}
    policy = worlds.policy(**KINDS["money unrounded"] | costless | changes)
    return backtest(policy, ran("plain").market)


# Laws.


def test_without_overrides_it_is_the_very_same() -> None:
    result = ran("plain")
    plain, told = both(result, booked(result.policy, *result.entries), ())
    assert told is plain
    over = moves(1, "2000-01-03", "2000-02-01", A=0.03)  # before anything began
    plain, told = both(result, booked(result.policy, *result.entries), [over])
    assert told is plain


@settings(max_examples=10)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from([-0.1, 0.1, 0.6])), max_size=2),
    st.sampled_from(["plain", "a blend", "filled at the close", "taxed"]),
    st.booleans(),
)
def test_rows_add_up_as_before_and_the_others_stand_as_they_were(
    flows: list[tuple[int, float]], kind: str, obeys: bool
) -> None:
    result = ran(kind)
    capital, start = result.policy.horizon.capital.amount, np.datetime64("2001-06-01")
    more = [Flow((start + after).item(), (capital * D(repr(part))).quantize(D("0.01"))) for after, part in flows]
    mine = obeyed(result, MANY, *more) if obeys else booked(result.policy, *result.entries, *more)
    plain, told = both(result, mine, MANY)
    before, after = plain.attribution, told.attribution  # the value checks its sums, period by period and to the cent
    assert (after.gain, after.benchmark_gain) == (before.gain, before.benchmark_gain)
    assert after.linked().sum() == pytest.approx(before.total - before.benchmark_total, abs=1e-10)
    split = (Part.PACE, Part.OVERRIDES, Part.CASH)
    old, new = (sum(row.effects for row in found.rows if row.part in split) for found in (before, after))
    np.testing.assert_allclose(new, old, atol=1e-12)
    assert [row.name for row in after.rows if row.part is not Part.OVERRIDES] == [row.name for row in before.rows]
    others = [[row for row in found.rows if row.part not in split] for found in (before, after)]
    for one, two in zip(*others, strict=True):
        assert (one.effects == two.effects).all()
        assert abs(one.money - two.money) <= (0 if one.part in BOOKED else D("0.01"))  # cents are shared among one row more


def test_a_part_of_the_window_has_the_cents_of_an_attribution_that_ends_there() -> None:
    """Regression: the committee's pack and `attribute` were a cent apart over the same quarter."""
    result = ran("plain")
    mine = obeyed(result, MANY)
    found = both(result, mine, MANY)[1].attribution
    for first, last in zip(found.starts[8:], found.ends[10:], strict=False):
        cut = until(result.market, last.item())
        short = attribute_account(result.policy, cut, mine, first=first.item())
        ended = with_overrides(short, Ran(result.policy, cut, mine), MANY).attribution
        same = found.within(first, last)
        assert [(row.name, row.money) for row in ended.rows] == [(row.name, row.money) for row in same.rows]
        assert (ended.gain, ended.benchmark_gain) == (same.gain, same.benchmark_gain)


def test_free_of_cost_each_period_is_the_difference_of_the_steps() -> None:
    result = free()
    mine = booked(result.policy, *result.entries)
    _, told = both(result, mine, MANY)
    found = beside(result.policy, result.market, mine)
    wealth = [np.cumprod(1.0 + found.daily(found.walk(some)).returns) for some in ((), MANY)]
    ends = np.searchsorted(result.market.sessions, told.attribution.ends) - found.start - 1
    made = [returns_of(np.concatenate([[1.0], one[ends]])) for one in wealth]
    np.testing.assert_allclose(only(told.attribution, Part.OVERRIDES).by_period, made[1] - made[0], atol=1e-10)


def test_an_account_that_obeys_has_nothing_else_done_otherwise() -> None:
    """Its rest is that of the account that follows the model alone."""
    result = free()
    _, told = both(result, obeyed(result, MANY), MANY)
    plain, _ = both(result, obeyed(result, ()), ())
    for part in (Part.PACE, Part.CASH):
        one, two = (only(found.attribution, part) for found in (told, plain))
        np.testing.assert_allclose(one.effects, two.effects, atol=1e-9)
    assert np.abs(only(told.attribution, Part.OVERRIDES).by_period).max() > 1e-4


def test_classes_and_words_know_the_row() -> None:
    result = ran("plain")
    _, told = both(result, obeyed(result, MANY), MANY)
    classes, review = review_classes(told, told.attribution), review_attribution(told, told.attribution)
    assert classes.total.sum() == pytest.approx(review.difference, abs=1e-12)
    assert "overrides" in headline(review)
    (cause,) = (one for one in review.causes if one.part is Part.OVERRIDES)
    assert cause.title == "Overrides"
    alone, _ = both(result, obeyed(result, ()), ())
    assert "overrides" not in headline(review_attribution(alone, alone.attribution))


# By hand.


def test_ten_per_cent_of_what_rises_by_a_fifth_is_two_per_cent() -> None:
    """See test_shadow: 0.6 of A in the place of 0.5 from 1 March, A makes 20 % on the 15th, and nothing costs anything.

    From 28 February to 30 March the model makes 10 %, with O-1 12 %: A 0.1 x (20 % - 10 %) and B -0.1 x (0 - 10 %) beyond
    the benchmark, 1 % each; of the 1000 that the account is worth 20.00.
    """
    policy, market, mine = by_hand(0)
    plain = attribute_account(policy, market, mine)
    told = with_overrides(plain, Ran(policy, market, mine), [moves(1, "2001-02-15", "2001-03-20", A=0.1, B=-0.1)])
    row, at = only(told.attribution, Part.OVERRIDES), told.attribution.starts.tolist().index(date(2001, 2, 28))
    np.testing.assert_allclose(row.effects[at], [0.01, 0.01, 0.0], atol=2e-5)  # cents are rounded
    assert row.money == D("20.00")
    assert only(told.attribution, Part.PACE).money == only(plain.attribution, Part.PACE).money - D("20.00")


@pytest.mark.parametrize(("bps", "cost"), [(0, 0.0), (10, 0.0002), (50, 0.001)])
def test_beside_the_row_stands_what_overrides_brought_day_by_day_as_the_shadow_has_it(bps: int, cost: float) -> None:
    """Above: 2 % before costs. A fifth of 1000 is traded, half of it each way: 1, 0.20 or none are paid, and nothing else."""
    policy, market, mine = by_hand(bps)
    over = [moves(1, "2001-02-15", "2001-03-20", A=0.1, B=-0.1)]
    told = with_overrides(attribute_account(policy, market, mine), Ran(policy, market, mine), over)
    linked = shadow_of(policy, market, mine, over).together.linked
    assert linked == pytest.approx(0.02 - cost, abs=2e-4)  # whole cents of units
    assert f"overrides brought {100 * linked:+.2f} % with what trading them cost" in told.notes[-1]
    assert told.attribution.linked().sum() == pytest.approx(
        told.attribution.total - told.attribution.benchmark_total, abs=1e-12
    )


@pytest.mark.parametrize("kind", ["plain", "taxed", "a blend"])
@pytest.mark.parametrize("first", [None, date(2001, 9, 15)])
def test_of_many_overrides_and_later_windows_it_is_the_shadow_of_the_same_days(kind: str, first: date | None) -> None:
    result = ran(kind)
    mine = obeyed(result, MANY)
    plain = attribute_account(result.policy, result.market, mine, first=first)
    told = with_overrides(plain, Ran(result.policy, result.market, mine), MANY)
    ends = plain.attribution.starts[0].item(), plain.attribution.ends[-1].item()
    shadow = shadow_of(result.policy, result.market, mine, MANY).since(*ends)
    assert (told.notes[-1]).startswith(f"Day by day, from {ends[0]} to {ends[1]}, overrides brought")
    assert f"brought {100 * shadow.together.linked:+.2f} % with" in told.notes[-1]


def test_a_later_beginning_leaves_earlier_periods_alone() -> None:
    result = ran("plain")
    mine = obeyed(result, MANY)
    plain = attribute_account(result.policy, result.market, mine)
    told = with_overrides(plain, Ran(result.policy, result.market, mine, date(2001, 9, 1)), MANY)
    row = only(told.attribution, Part.OVERRIDES)
    early = told.attribution.starts < np.datetime64("2001-09-28")
    assert (row.effects[early] == 0.0).all()
    assert np.abs(row.effects[~early]).max() > 0.0


def test_a_row_that_is_not_taken_out_of_the_rest_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault, planted: the value that the rows make up checks its own sum."""
    result = ran("plain")
    monkeypatch.setattr(attributed_overrides, "split_cash", lambda effects: (0.0 * effects, 0.0 * effects))
    with pytest.raises(Exception, match="attribution misses"):
        both(result, obeyed(result, MANY), MANY)
