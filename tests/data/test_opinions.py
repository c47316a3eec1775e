"""What a view hands out of a market's opinions: by cut-off and expiry, with the instant at which the last became known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trimtab.core.opinions import Opinion
from trimtab.core.terms import CLOSE
from trimtab.core.values import Asset
from trimtab.data.history import About, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look

SESSIONS = np.busday_offset("2021-01-04", np.arange(10))  # Monday 4 to Friday 15 January
HOURS_2 = np.timedelta64(7200, "s")


def opinion(stated: str, expires: str, by: str = "desk") -> Opinion:
    return Opinion(np.datetime64(stated, "s"), np.datetime64(expires), by, {"A": 1.0}, 0.03, 0.5, "why")


def market(*said: Opinion) -> Market:
    about = (About("A", "A", Kind.PRICE, ""),)
    return Market((Asset("A"),), SESSIONS, {CLOSE: np.ones((10, 1))}, about, opinions=said)


def seen(*said: Opinion, cut_off: np.timedelta64 = HOURS_2) -> MarketView:
    return look(market(*said), np.arange(10), cut_off=cut_off, since=SESSIONS[0])


def held(view: MarketView) -> list[int]:
    """Rows on which anything is held."""
    return [d for d, row in enumerate(view.opinions()) if row]


def test_a_view_counts_from_the_cut_off_at_which_it_was_stated_to_its_last_date() -> None:
    # New York closes at 21:00 UTC in January, so the cut-off is 23:00.
    assert held(seen(opinion("2021-01-06T23:00:00", "2021-01-12"))) == [2, 3, 4, 5, 6]
    assert held(seen(opinion("2021-01-06T23:00:01", "2021-01-12"))) == [3, 4, 5, 6]
    assert held(seen(opinion("2021-01-06T23:00:01", "2021-01-12"), cut_off=2 * HOURS_2)) == [2, 3, 4, 5, 6]
    assert held(seen(opinion("2021-01-09T12:00:00", "2021-01-10"))) == []  # over the weekend
    assert held(seen()) == []


def test_one_date_alone_is_its_row_of_the_batch() -> None:
    days = (("2021-01-05", "2021-01-08", "desk"), ("2021-01-07", "2021-01-13", "desk"), ("2021-01-06", "2021-01-12", "x"))
    view = seen(*(opinion(*day) for day in days))
    batch = view.opinions()
    for d in range(10):
        alone = look(view.market, np.array([d]), cut_off=HOURS_2, since=SESSIONS[0])
        assert alone.opinions() == (batch[d],)


def test_the_oldest_comes_first_whatever_the_order_of_the_file() -> None:
    one, two = opinion("2021-01-05", "2021-01-15"), opinion("2021-01-06", "2021-01-15", "x")
    assert seen(two, one).opinions() == seen(one, two).opinions()
    assert seen(two, one).opinions()[5] == (one, two)


def test_the_instant_of_the_latest_view_counts_as_known() -> None:
    view = seen(opinion("2021-01-05T12:00:00", "2021-01-06"), opinion("2021-01-09T08:00:00", "2021-01-15", "x"))
    view.opinions()
    assert [str(instant) for instant in view.known[[0, 1, 4, 5]]] == [
        "0001-01-01T00:00:00",
        "2021-01-05T12:00:00",
        "2021-01-05T12:00:00",
        "2021-01-09T08:00:00",
    ]
    assert (view.known <= view.days.cutoffs).all()


def test_views_are_part_of_the_digest() -> None:
    one = opinion("2021-01-05", "2021-01-15")
    digests = [market(*said).digest for said in ((), (one,), (replace(one, gain=0.04),), (replace(one, reason="another"),))]
    assert len(set(digests)) == 4
    assert market(one).digest == market(opinion("2021-01-05", "2021-01-15")).digest


@pytest.mark.parametrize("count", [0, 1])
def test_few_dates_hold_few_rows(count: int) -> None:
    view = look(market(opinion("2021-01-01", "2021-12-31")), np.arange(count), cut_off=HOURS_2, since=SESSIONS[0])
    assert len(view.opinions()) == count
