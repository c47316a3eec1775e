"""Small facts out of CSV files: what they mean on a date, as recorded when, and everything that is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.fact_files import day, put
from tests.data.store.worlds import DAY, NOW, prices
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import ActionKind
from trimtab.data.identity import Names
from trimtab.data.membership import Membership
from trimtab.data.store.fact_cells import REASONS
from trimtab.data.store.facts import FACTS, Fact, add_facts, read_facts
from trimtab.data.store.snapshot import Snapshot
from trimtab.data.store.store import Store
from trimtab.data.store.tables import KEYS, TABLES
from trimtab.data.validity import NEVER


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


# Laws.

Interval = tuple[str, int, int | None]
intervals = st.tuples(st.sampled_from("AB"), st.integers(0, 20), st.none() | st.integers(0, 20))


def as_facts(drawn: list[Interval]) -> list[Fact]:
    """Members of `u`: from day n on, for so many days or without an end."""
    start = day("2020-01-01")
    rows = {}
    for name, since, length in drawn:
        until = NEVER if length is None else start + since + length
        rows[name, since] = {"universe": "u", "instrument": name, "since": start + since, "until": until}
    return [Fact(row) for row in rows.values()]


def answers(membership: Membership) -> list[tuple[str, ...]]:
    """The members on each of 45 days; none where no universe is recorded."""
    if not membership.records:
        return [()] * 45
    return [membership.members("u", day("2020-01-01") + k) for k in range(45)]


def by_loop(rows: list[tuple[int, Fact]], upto: int) -> list[tuple[str, ...]]:
    """The obvious reader: of each key the last row recorded by then, valid on the day."""
    held = {(f.row["instrument"], f.row["since"]): f.row for number, f in rows if number <= upto}
    return [
        tuple(sorted({r["instrument"] for r in held.values() if r["since"] <= on and not r["until"] <= on}))
        for on in (day("2020-01-01") + k for k in range(45))
    ]


@given(st.lists(st.lists(intervals, min_size=1, max_size=3), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_who_was_a_member_is_what_a_loop_says_as_recorded_at_any_time(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Interval]]
):
    store = Store.create(tmp_path_factory.mktemp("law") / "market")
    kept: list[tuple[int, Fact]] = []
    moments = []
    for k, drawn in enumerate(files):
        facts = as_facts(drawn)
        before = store.manifest()
        try:
            add_facts(store, "members", facts, NOW + k * DAY)
        except DataError:  # they overlap: nothing of it counts
            assert store.manifest() == before
        else:
            kept += [(k, fact) for fact in facts]
        moments.append(NOW + k * DAY + DAY // 2)
    for k, moment in enumerate(moments):
        assert answers(store.as_of(recorded=moment).membership()) == by_loop(kept, k)


def ended_later(store: Store) -> np.datetime64:
    """FB recorded without an end, META's and the end recorded ten days later. The instant between."""
    put(store, "names", "META,ticker,FB,XNAS,2012-05-18,")
    put(store, "names", "META,ticker,FB,XNAS,2012-05-18,2022-06-09", "META,ticker,META,XNAS,2022-06-09,", now=NOW + 10 * DAY)
    return NOW + 5 * DAY


def replay_holds(read: Callable[[Snapshot], Names], store: Store, between: np.datetime64) -> bool:
    """Whether a reader, told of the instant between, still sees FB without an end."""
    return len(read(store.as_of(recorded=between)).of("META", day("2023-01-03"))) == 1 and (
        read(store.as_of(recorded=between)).of("META", day("2023-01-03"))[0].name == "FB"
    )


def test_a_replay_sees_the_names_as_they_were_recorded_then(store: Store):
    between = ended_later(store)
    assert replay_holds(Snapshot.names_book, store, between)
    assert [n.name for n in store.as_of().names_book().of("META", day("2023-01-03"))] == ["META"]


def test_a_reader_that_ignores_what_was_recorded_when_is_caught(store: Store):
    between = ended_later(store)
    assert not replay_holds(lambda snapshot: replace(snapshot, recorded=None).names_book(), store, between)


def test_the_book_of_names_can_be_cut_again(store: Store):
    between = ended_later(store)  # superseded records are in it: without them FB would have meant nothing then
    assert store.as_of().names_book().as_recorded(between).resolve("FB", on=day("2023-01-03")) == "META"


# Worked examples.


def test_a_ticker_that_was_changed_and_one_that_was_used_again(store: Store):
    lines = (
        "META,ticker,FB,XNAS,2012-05-18,2022-06-09",
        "META,ticker,META,XNAS,2022-06-09,",
        "META,isin,US30303M1027,,2012-05-18,",
        "GM.1908,ticker,GM,XNYS,1916-12-20,2009-06-02",
        "GM,ticker,GM,XNYS,2010-11-18,",
    )
    assert put(store, "names", *lines) == 5
    book = store.as_of().names_book()
    assert book.resolve("FB", on=day("2022-06-08")) == "META"
    assert book.resolve("GM", on=day("2008-12-31")) == "GM.1908"
    assert book.resolve("GM", on=day("2011-01-03")) == "GM"
    with pytest.raises(DataError, match=r"several instruments.*GM \(XNYS\).*GM\.1908"):
        book.resolve("GM")


MEMBERS = ("big,OLD,2000-01-03,", "big,LEH,2000-01-03,2008-09-18", "big,NEW,2010-01-04,")


def no_end(membership: Membership, on: np.datetime64) -> tuple[str, ...]:
    """The planted fault: a reader that ignores `until`."""
    return Membership(tuple(replace(r, until=NEVER) for r in membership.records)).members("big", on)


def test_the_delisted_stay_members_until_their_last_day(store: Store):
    store.append([prices("OLD", [1.0]), prices("NEW", [1.0])], source="x", now=NOW)  # no prices of LEH: still a member
    put(store, "members", *MEMBERS)
    membership = store.as_of().membership()
    assert membership.members("big", day("2008-09-17")) == ("LEH", "OLD")
    assert membership.members("big", day("2008-09-18")) == ("OLD",)
    assert membership.members("big", day("2010-01-04")) == ("NEW", "OLD")
    assert no_end(membership, day("2008-09-18")) != membership.members("big", day("2008-09-18"))


def test_a_spin_off_out_of_a_file_reaches_the_total_return(store: Store):
    """Parent 100, half a unit worth 30 goes out, then 85: the price falls 15 %, a holder has 85 + 15 = 100."""
    store.append([prices("P", [100.0, 85.0])], source="x", now=NOW)
    put(store, "actions", "P,spin-off,2020-01-02,,,0.5,30,CHILD,")
    (history,) = store.as_of().load(["P"])
    (action,) = history.actions
    assert (action.kind, action.ratio, action.price, action.other) == (ActionKind.SPIN_OFF, 0.5, 30.0, "CHILD")
    market = assemble([Asset("P", "P")], {"P": history})
    close, index = market.fields[CLOSE][:, 0], market.fields[TOTAL_RETURN][:, 0]
    assert close[1] / close[0] - 1.0 == pytest.approx(-0.15)
    assert index[1] / index[0] - 1.0 == pytest.approx(0.0, abs=1e-15)


def test_an_action_is_seen_from_its_announcement_or_else_from_the_close_of_its_date(store: Store):
    store.append([prices("P", [100.0, 85.0, 80.0])], source="x", now=NOW)
    lines = ("P,return of capital,2020-01-02,,1,,,,", "P,delisting,2020-01-03,2019-12-20T12:00:00Z,80,,,,closure")
    put(store, "actions", *lines)

    def seen(known: str) -> list[str]:
        (history,) = store.as_of(np.datetime64(known, "s")).load(["P"])
        return [action.kind.value for action in history.actions]

    assert seen("2019-12-20T11:59:59") == []
    assert seen("2019-12-20T12:00:00") == ["delisting"]
    assert seen("2020-01-02T20:59:59") == ["delisting"]  # New York closes at 21:00 UTC
    assert seen("2020-01-02T21:00:00") == ["return of capital", "delisting"]


def test_a_corrected_action_takes_the_place_of_the_first(store: Store):
    store.append([prices("P", [100.0, 85.0])], source="x", now=NOW)
    put(store, "actions", "P,spin-off,2020-01-02,,,0.5,30,CHILD,", now=NOW + DAY)
    put(store, "actions", "P,spin-off,2020-01-02,,,0.5,28,CHILD,", now=NOW + 3 * DAY)
    assert store.as_of().load(["P"])[0].actions[0].price == 28.0
    assert store.as_of(recorded=NOW + 2 * DAY).load(["P"])[0].actions[0].price == 30.0


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("names", "A,ticker,AA,XNYS,2020-01-01,"),
        ("members", "u,A,2020-01-01,2021-01-01"),
        ("actions", "A,delisting,2020-01-01,,,,,,merger"),
        ("rolls", "CL,2020-01-02,F1,F2,100,102,"),
    ],
)
def test_the_same_again_is_nothing_new(store: Store, table: str, line: str):
    assert put(store, table, line) == 1
    before = store.manifest()
    assert put(store, table, line, now=NOW + DAY) == 0
    assert store.manifest() == before
    assert len(store.as_of().table(table)) == 1


def test_an_interval_may_be_closed_below_the_line_that_needs_it(store: Store):
    put(store, "names", "OLD,ticker,X,XNYS,2000-01-03,")
    assert put(store, "names", "NEW,ticker,X,XNYS,2010-01-04,", "OLD,ticker,X,XNYS,2000-01-03,2009-01-02") == 2
    assert store.as_of().names_book().resolve("X", on=day("2012-01-03")) == "NEW"


def test_columns_in_any_order_quotes_and_blanks(store: Store):
    place = store.root.parent / "members.csv"
    place.write_bytes(b'\xef\xbb\xbfinstrument,until,since,universe\r\n"A, Inc", ,2020-01-01, big \r\n')
    assert add_facts(store, "members", read_facts(place, "members"), NOW) == 1
    assert store.as_of().membership().members("big", day("2020-01-01")) == ("A, Inc",)


def test_many_files_are_merged_and_nothing_is_lost(store: Store):
    for k in range(30):
        put(store, "members", f"u,A{k:02d},2020-01-01,", now=NOW + k * DAY)
    assert len(store.manifest().of("members")) <= 14
    assert len(store.as_of().membership().members("u", day("2020-01-01"))) == 30
    assert len(store.as_of(recorded=NOW + 9 * DAY + DAY // 2).membership().members("u", day("2020-01-01"))) == 10


def test_every_fact_has_its_table_and_the_reasons_are_those_of_a_delisting():
    assert set(FACTS) == {"names", "members", "actions", "rolls"}
    assert set(FACTS) <= set(TABLES) == set(KEYS)
    assert set(REASONS) == {"merger", "closure", "bankruptcy", "performance", "moved", "unknown"}  # as `Action` lists them
