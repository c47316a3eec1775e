"""What is traded in a session, in currency: close times volume as each was known; and named series read as an index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.calendar import closes
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, TOTAL_RETURN, TRADED, VOLUME
from trimtab.core.values import Asset
from trimtab.data.assembly import as_index, assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import look

WEEK = np.busday_offset("2020-01-06", np.arange(5))
NAN = np.nan


def history(name: str, close: list[float], volume: list[float] | None = None, **more: list[float]) -> History:
    fields = {CLOSE: np.array(close)} | ({VOLUME: np.array(volume)} if volume is not None else {})
    kinds = {"dividend": DIVIDEND, "split": SPLIT, "index": TOTAL_RETURN, "opening": OPEN}
    fields |= {kinds[key]: np.array(values) for key, values in more.items()}
    return History(About(name, name, Kind.PRICE_AND_DIVIDENDS, "test"), WEEK[: len(close)], fields)


def market(*held: History) -> Market:
    return assemble([Asset(h.about.name, h.about.name) for h in held], {h.about.name: h for h in held})


def test_value_traded_is_close_times_volume_and_unknown_where_one_is() -> None:
    one = history("A", [10.0, 11.0, NAN, 12.0, 13.0], [5.0, 0.0, 7.0, NAN, 2.0])
    two = history("B", [1.0, 2.0, 3.0, 4.0, 5.0])  # no volumes at all
    traded = market(one, two).fields[TRADED]
    np.testing.assert_array_equal(traded[:, 0], [50.0, 0.0, NAN, NAN, 26.0])
    assert np.isnan(traded[:, 1]).all()


def test_without_volumes_there_is_no_such_field() -> None:
    assert TRADED not in market(history("A", [1.0, 2.0])).fields


@given(st.integers(0, 1000), st.floats(0.01, 100.0))
@settings(max_examples=20)
def test_a_split_changes_no_value_traded(seed: int, ratio: float) -> None:
    rng = np.random.default_rng(seed)
    close, volume = rng.uniform(10, 20, 5), rng.uniform(100, 200, 5)
    late = np.arange(5) >= 2
    split = [1.0, 1.0, ratio, 1.0, 1.0]
    plain = market(history("A", close.tolist(), volume.tolist()))
    other = np.where(late, close / ratio, close), np.where(late, volume * ratio, volume)
    bent = market(history("A", other[0].tolist(), other[1].tolist(), split=split))
    np.testing.assert_allclose(bent.fields[TRADED], plain.fields[TRADED], rtol=1e-12)
    view = look(bent, np.array([4]), cut_off=np.timedelta64(7200, "s"), since=WEEK[0])
    np.testing.assert_allclose(view.window(TRADED, 5)[0, :, 0], plain.fields[TRADED][:, 0], rtol=1e-12)


@pytest.mark.parametrize("what", ["close", "volume"])
def test_a_restatement_is_not_known_before_it_is_made(what: str) -> None:
    """Regression: the value traded was that of the last versions of close and volume, whenever they came."""
    dates = WEEK[[0, 1, 1, 2]]
    known = closes(dates).copy()
    known[2] = closes(WEEK[2:3])[0]  # the second session is restated at the close of the third
    close = np.array([10.0, 11.0, 22.0 if what == "close" else 11.0, 12.0])
    volume = np.array([5.0, 6.0, 6.0 if what == "close" else 60.0, 7.0])
    past = History(About("A", "A", Kind.PRICE, "test"), dates, {CLOSE: close, VOLUME: volume}, known)
    view = look(market(past), np.array([1, 2]), cut_off=np.timedelta64(7200, "s"), since=WEEK[0])
    seen = view.window(TRADED, 2)[:, :, 0]
    assert seen[0].tolist() == [50.0, 66.0]
    assert seen[1].tolist() == [132.0 if what == "close" else 660.0, 84.0]


# Named series.


def test_a_fund_that_pays_out_is_read_as_what_it_earned() -> None:
    # 100, then 99 after 2 were paid: 101 %
    fund = history("BIL", [100.0, 99.0, 99.0], dividend=[0.0, 2.0, 0.0], opening=[100.0, 99.0, 99.0])
    found = as_index(fund)
    np.testing.assert_allclose(found.values / found.values[0], [1.0, 1.01, 1.01], rtol=1e-12)
    assert found.about.kind is Kind.TOTAL_RETURN
    assert set(found.fields) == {CLOSE}
    split = as_index(history("X", [100.0, 51.0], split=[1.0, 2.0]))
    assert split.values[1] / split.values[0] == pytest.approx(1.02)


def test_an_index_that_the_source_gives_is_the_one_that_is_read() -> None:
    found = as_index(history("SPY", [100.0, 90.0], index=[7.0, 8.0], dividend=[0.0, 1.0]))
    assert found.values.tolist() == [7.0, 8.0]


def test_what_pays_nothing_stays_as_it_is() -> None:
    plain = history("A", [1.0, 2.0], [5.0, 6.0])
    rate = replace(plain, about=replace(plain.about, kind=Kind.YIELD))
    for one in (plain, rate):
        assert as_index(one) is one
    paying = history("R", [0.01, 0.02], dividend=[0.0, 0.001])
    yielding = replace(paying, about=replace(paying.about, kind=Kind.YIELD))
    assert as_index(yielding) is yielding  # nobody holds a yield


def test_the_series_of_a_market_are_read_so_and_keep_their_dates() -> None:
    fund = history("BIL", [100.0, 99.0, 99.0], dividend=[0.0, 2.0, 0.0])
    world = assemble([Asset("A", "A")], {"A": history("A", [1.0, 2.0, 3.0]), "BIL": fund}, series=["BIL"])
    assert world.series["BIL"].about.kind is Kind.TOTAL_RETURN
    np.testing.assert_array_equal(world.series["BIL"].dates, WEEK[:3])
    view = look(world, np.array([2]), cut_off=np.timedelta64(7200, "s"), since=WEEK[0])
    np.testing.assert_allclose(view.series("BIL", 3)[0] / view.series("BIL", 3)[0, 0], [1.0, 1.01, 1.01])
