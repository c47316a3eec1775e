"""A market packed and unpacked is the same in every field; bytes that are none are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.sweep_checks import same
from trimtab.core.errors import DataError
from trimtab.core.opinions import Opinion
from trimtab.core.terms import CLOSE, Field
from trimtab.core.values import Asset
from trimtab.data.history import About, Action, ActionKind, History, Issue, Kind
from trimtab.data.market import Earlier, Market
from trimtab.desk.market_codec import _MARK, pack, unpack

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
COUNTS = st.integers(-1000, 1000)
NUMBERS = st.floats()
INSTANTS = st.one_of(
    st.integers(-(10**9), 10**10).map(lambda n: np.datetime64(n, "s")),
    st.integers(-(10**5), 10**5).map(lambda n: np.datetime64(n, "D")),
    st.just(np.datetime64("NaT", "s")),
)
ABOUTS = st.builds(
    About,
    WORDS,
    WORDS,
    st.sampled_from(Kind),
    WORDS,
    WORDS,
    st.booleans(),
    st.lists(WORDS, max_size=2).map(tuple),
    COUNTS,
)
ISSUES = st.lists(st.builds(Issue, WORDS, WORDS, WORDS), max_size=2).map(tuple)
ACTIONS = st.builds(
    Action, st.sampled_from(ActionKind), INSTANTS, st.none() | INSTANTS, NUMBERS, NUMBERS, NUMBERS, WORDS, WORDS
)
OPINIONS = st.builds(
    Opinion,
    st.just(np.datetime64("2001-02-03T04:05:06", "s")),
    st.just(np.datetime64("2001-03-01", "D")),
    st.just("Ann"),
    st.just({"A": 1.0, "B": -1.0}),
    st.floats(-0.5, 0.5),
    st.floats(0.01, 1.0),
    st.just("a feeling"),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Some with vintages: a date that stands twice, known later."""
    days, vintages = draw(st.integers(0, 3)), draw(st.booleans())
    dates = np.repeat(np.arange(days).astype("datetime64[D]"), 2 if vintages else 1)
    known = np.arange(len(dates)).astype("datetime64[s]") if vintages or draw(st.booleans()) else None
    values = np.array(draw(st.lists(NUMBERS, min_size=len(dates), max_size=len(dates))), dtype=np.float64)
    actions = tuple(draw(st.lists(ACTIONS, max_size=2)))
    return History(draw(ABOUTS), dates, {CLOSE: values, Field("own"): -values}, known, draw(ISSUES), actions)


@st.composite
def markets(draw: st.DrawFn) -> Market:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    sessions = np.arange(rows).astype("datetime64[D]")

    def table() -> Any:
        values = rng.normal(size=(rows, columns))
        return np.asfortranarray(np.where(rng.random((rows, columns)) < 0.3, np.nan, values))

    def maybe(value: Any) -> Any:
        return value if draw(st.booleans()) else None

    return Market(
        tuple(Asset(f"A{k}", draw(WORDS), "equity", "name") for k in range(columns)),
        sessions,
        {CLOSE: table(), Field("own field"): table()},
        tuple(draw(st.lists(ABOUTS, max_size=2))),
        {f"series {k}": one for k, one in enumerate(draw(st.lists(histories(), max_size=2)))},
        known=maybe(np.full((rows, columns), np.datetime64("2001-01-01", "s"))),
        issues=draw(ISSUES),
        splits=maybe(np.ones((rows, columns))),
        earlier={CLOSE: tuple(draw(st.lists(st.builds(Earlier, COUNTS, COUNTS, INSTANTS, INSTANTS, NUMBERS))))},
        closing=maybe(sessions.astype("datetime64[s]")),
        endings=draw(st.dictionaries(st.integers(0, 9), st.dictionaries(st.integers(0, 9), NUMBERS, max_size=2), max_size=2)),
        closed=maybe(rng.random((rows, columns)) < 0.5),
        opinions=tuple(draw(st.lists(OPINIONS, max_size=2))),
    )


@given(markets())
@settings(max_examples=40)
def test_there_and_back(market: Market):
    packed = pack(market)
    again = unpack(packed)
    assert same(market, again)
    assert again.digest == market.digest
    assert pack(again) == packed  # same market, same bytes


def test_a_market_of_the_desk_comes_back_read_only_and_uncopied():
    market = worlds.market(worlds.policy())
    packed = pack(market)
    again = unpack(packed)
    assert same(market, again)
    assert again.digest == market.digest
    values = again.fields[CLOSE]
    assert not values.flags.writeable
    assert values.ctypes.data % 8 == 0
    start = np.frombuffer(packed, np.uint8).ctypes.data
    assert start <= values.ctypes.data < start + len(packed)


def test_a_difference_is_seen():
    """The comparison of this file finds planted ones."""
    market = worlds.market(worlds.policy(), count=30)
    other = replace(market, fields={**market.fields, CLOSE: np.nextafter(market.fields[CLOSE], np.inf)})
    assert not same(market, other)
    assert not same(market, replace(market, issues=(Issue("a", "b", "c"),)))
    assert not same(np.datetime64("2001-01-01", "D"), np.datetime64("2001-01-01", "s"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:0],
        lambda packed: b"PK" + packed[2:],
        lambda packed: packed[:40],
        lambda packed: packed[:-200],
        lambda packed: packed.replace(b'"provenance"', b'"provenence"'),
        lambda packed: packed.replace(b'"<f8"', b'"|O8"'),
        lambda packed: packed.replace(b'"<f8",[', b'"<f8",[-'),
        lambda packed: packed.replace(b'"sessions":0', b'"sessions":9'),
        lambda packed: _MARK + (1 << 40).to_bytes(8, "little") + packed[16:],
    ],
)
def test_other_bytes_are_refused(damage: Any):
    packed = pack(worlds.market(worlds.policy(), count=10))
    assert damage(packed) != packed
    with pytest.raises(DataError, match="these bytes are no market"):
        unpack(damage(packed))


def test_what_has_no_place_in_a_market():
    market = worlds.market(worlds.policy(), count=10)
    with pytest.raises(DataError, match="an array of object cannot be shipped"):
        pack(replace(market, splits=np.array([[object()]])))
    with pytest.raises(DataError, match="a object cannot be shipped"):
        pack(replace(market, endings={0: {1: object()}}))  # type: ignore[dict-item]
