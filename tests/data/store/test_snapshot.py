"""A store as it stood, one second to either side of each bound; and histories put together out of rows, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import DAY, NOW, days, macro, prices
from trimtab.core.calendar import closes
from trimtab.core.terms import CAPITAL_GAINS, CLOSE, DIVIDEND, OPEN, SPLIT
from trimtab.data.history import About, Action, ActionKind, History, Kind
from trimtab.data.store.columns import Words
from trimtab.data.store.observations import Observations
from trimtab.data.store.snapshot import Snapshot, history_of
from trimtab.data.store.store import Store
from trimtab.data.store.tables import Row, about_row

SECOND = np.timedelta64(1, "s")
NAN = float("nan")
Cell = tuple[str, str, float]  # date, known, value


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


def at(store: Store, known: np.datetime64 | None = None, recorded: np.datetime64 | None = None) -> list[float]:
    return [float(value) for history in store.as_of(known, recorded).load(["A"]) for value in history.values]


def test_what_became_known_at_the_instant_itself_is_seen(store: Store) -> None:
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    second = closes(days("2020-01-01", 2))[1]
    assert (at(store, second - SECOND), at(store, second), at(store)) == ([1.0], [1.0, 2.0], [1.0, 2.0])
    assert at(store, closes(days("2020-01-01", 2))[0] - SECOND) == []


def test_what_was_recorded_at_the_instant_itself_is_seen(store: Store) -> None:
    store.append([prices("A", [1.0])], source="x", now=NOW)
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW + DAY)
    last = store.manifest().recorded
    assert (at(store, recorded=last - SECOND), at(store, recorded=last)) == ([1.0], [1.0, 2.0])
    assert at(store, known=closes(days("2020-01-01", 2))[0], recorded=last) == [1.0]  # both bounds hold at once


def test_rows_of_two_files_come_in_order_and_of_one_file_too(store: Store) -> None:
    store.append([prices("B", [5.0]), prices("A", [1.0])], source="x", now=NOW)
    one = store.as_of().observations()
    assert (one.ids.words(), one.values.tolist()) == (["A", "B"], [1.0, 5.0])
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW + DAY)
    two = store.as_of().observations()
    assert (two.ids.words(), two.values.tolist()) == (["A", "A", "B"], [1.0, 2.0, 5.0])
    assert store.as_of().observations(["B"]).values.tolist() == [5.0]
    assert len(store.as_of(known=NOW - 10000 * DAY).observations()) == 0


def test_the_last_correction_counts_in_whatever_order_files_were_merged(store: Store) -> None:
    for k in range(20):
        store.append([prices("A", [float(k)])], source="x", now=NOW + k * DAY)
        assert at(store) == [float(k)], k


def test_an_empty_store_has_no_rows_and_no_names(store: Store) -> None:
    none = store.as_of()
    assert (len(none.observations()), none.names(), none.about(), none.load([]), none.chains()) == (0, (), (), (), ())
    assert (none.names_book().records, none.membership().records) == ((), ())


def test_small_facts_are_seen_from_the_second_in_which_they_were_recorded(store: Store) -> None:
    with store.writing(NOW) as draft:
        row = {"universe": "u", "instrument": "A", "since": days("2020-01-01", 1)[0], "until": days("2021-01-01", 1)[0]}
        assert draft.add("members", [row | {"recorded": draft.now}]) == 1
    assert len(store.as_of(recorded=NOW).membership().records) == 1
    assert store.as_of(recorded=NOW - SECOND).membership().records == ()


def test_names_come_in_the_order_of_their_coming_and_load_in_the_order_asked(store: Store) -> None:
    store.append([prices("B", [5.0])], source="x", now=NOW)
    store.append([prices("A", [1.0]), prices("B", [5.0, 6.0])], source="x", now=NOW + DAY)
    snapshot = store.as_of()
    assert snapshot.names() == ("B", "A")
    assert [about.name for about in snapshot.about()] == ["B", "A"]
    assert [history.about.name for history in snapshot.load(["A", "B"])] == ["A", "B"]
    assert [history.values.tolist() for history in snapshot.load(["B"])] == [[5.0, 6.0]]
    assert store.as_of(recorded=NOW).names() == ("B",)


def test_a_panel_shows_each_instant_what_it_knew(store: Store) -> None:
    store.append([macro("M", [("2024-01-01", "2024-02-10", 1.0), ("2024-01-01", "2024-03-10", 1.2)])], source="x", now=NOW)
    instants = np.array(["2024-02-09", "2024-02-10", "2024-03-10"], dtype="datetime64[s]")
    found = store.as_of().panel(["M"], instants)
    assert np.array_equal(found.values[:, 0, 0], [NAN, 1.0, 1.2], equal_nan=True)


@pytest.mark.parametrize("announced", [None, np.datetime64("2020-01-01T12:00:00", "s")])
def test_an_action_is_seen_from_the_instant_it_was_announced(store: Store, announced: np.datetime64 | None) -> None:
    dates = days("2020-01-01", 3)
    actions = (
        Action(ActionKind.RIGHTS, dates[2], ratio=0.1, price=3.0),
        Action(ActionKind.SPIN_OFF, dates[1], announced, ratio=0.5, price=4.0, other="B"),
    )
    about = About("A", "A", Kind.PRICE, "invented")
    history = History(about, dates, {CLOSE: np.array([1.0, 2.0, 3.0])}, actions=actions)
    store.append([history], source="x", now=NOW)
    when = closes(dates)[1] if announced is None else announced

    def seen(known: np.datetime64 | None) -> list[ActionKind]:
        return [action.kind for action in store.as_of(known).load(["A"])[0].actions]

    assert (seen(when - SECOND), seen(when)) == ([], [ActionKind.SPIN_OFF])
    assert seen(None) == seen(closes(dates)[2]) == [ActionKind.SPIN_OFF, ActionKind.RIGHTS]  # by date
    assert seen(closes(dates)[2] - SECOND) == [ActionKind.SPIN_OFF]


def test_an_action_without_an_instant_is_known_at_the_close_of_its_own_market(store: Store) -> None:
    dates = days("2020-01-06", 3)
    action = Action(ActionKind.SPIN_OFF, dates[1], ratio=0.5, price=4.0, other="B")
    about = About("A", "A", Kind.PRICE, "invented", market="XTKS")
    store.append([History(about, dates, {CLOSE: np.ones(3)}, actions=(action,))], source="x", now=NOW)
    tokyo = np.datetime64("2020-01-07T06:00:00", "s")  # 15:00 in Tokyo, long before New York closes
    assert [len(store.as_of(known).load(["A"])[0].actions) for known in (tokyo - SECOND, tokyo)] == [0, 1]


# Histories out of rows.


def rows(*cells: Cell) -> Observations:
    dates, known, values = zip(*cells, strict=True) if cells else ((), (), ())
    count = len(cells)
    word, instants = Words.same("w", count), np.array(known, dtype="datetime64[s]")
    return Observations(
        word, word, np.array(dates, dtype="datetime64[D]"), instants, instants, np.array(values, dtype=float), word
    )


def series(*fields: str) -> Row:
    return about_row(About("A", "A", Kind.PRICE, "invented"), fields, (), NOW)


def test_fields_on_the_same_dates_are_taken_as_they_are() -> None:
    close = rows(("2020-01-01", "2020-01-01", 1.0), ("2020-01-02", "2020-01-02", 2.0))
    opening = rows(("2020-01-01", "2020-01-01", 3.0), ("2020-01-02", "2020-01-02", 4.0))
    found = history_of(series("close", "open"), {"open": opening, "close": close})
    assert (found.fields[CLOSE].tolist(), found.fields[OPEN].tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert np.shares_memory(found.dates, close.effective)


def test_fields_on_other_dates_are_merged_and_a_date_is_known_when_all_of_it_is() -> None:
    close = rows(("2020-01-01", "2020-01-01", 1.0), ("2020-01-02", "2020-01-02", 2.0), ("2020-01-03", "2020-01-03", 3.0))
    opening = rows(("2020-01-02", "2020-01-04", 8.0), ("2020-01-03", "2020-01-02", 9.0), ("2020-01-04", "2020-01-05", 7.0))
    found = history_of(series("close", "open"), {"close": close, "open": opening})
    assert [str(day) for day in found.dates] == [f"2020-01-0{day}" for day in (1, 2, 3, 4)]
    assert found.known is not None
    assert [str(day)[:10] for day in found.known] == ["2020-01-01", "2020-01-04", "2020-01-03", "2020-01-05"]
    assert np.array_equal(found.fields[CLOSE], [1.0, 2.0, 3.0, NAN], equal_nan=True)
    assert np.array_equal(found.fields[OPEN], [NAN, 8.0, 9.0, 7.0], equal_nan=True)
    assert not found.revised


def test_fields_on_the_same_dates_known_at_other_instants_are_not_mixed_up() -> None:
    close, opening = rows(("2020-01-01", "2020-01-01", 1.0)), rows(("2020-01-01", "2020-01-02", 2.0))
    found = history_of(series("close", "open"), {"close": close, "open": opening})
    assert found.known is not None
    assert (len(found.dates), str(found.known[0])[:10]) == (1, "2020-01-02")


def test_vintages_have_a_row_for_every_instant_at_which_any_field_of_a_date_changed() -> None:
    # close of the 1st known on the 1st, restated on the 3rd; open of the 1st known on the 2nd; of the 2nd, known on the 2nd
    close = rows(("2020-01-01", "2020-01-01", 1.0), ("2020-01-01", "2020-01-03", 1.5))
    opening = rows(("2020-01-01", "2020-01-02", 8.0), ("2020-01-02", "2020-01-02", 9.0))
    found = history_of(series("close", "open"), {"close": close, "open": opening})
    assert found.known is not None
    stamps = [(str(day)[-2:], str(known)[8:10]) for day, known in zip(found.dates, found.known, strict=True)]
    assert stamps == [("01", "01"), ("01", "02"), ("01", "03"), ("02", "02")]
    assert np.array_equal(found.fields[CLOSE], [1.0, 1.0, 1.5, NAN], equal_nan=True)
    assert np.array_equal(found.fields[OPEN], [NAN, 8.0, 8.0, 9.0], equal_nan=True)
    assert found.revised


def test_events_are_silent_where_nothing_happens_and_absent_where_nobody_gave_them() -> None:
    close = rows(("2020-01-01", "2020-01-01", 1.0), ("2020-01-02", "2020-01-02", 2.0))
    paid = rows(("2020-01-02", "2020-01-02", 0.5))
    found = history_of(series("close", "dividend", "split"), {"close": close, "dividend": paid})
    assert (found.fields[DIVIDEND].tolist(), found.fields[SPLIT].tolist()) == ([0.0, 0.5], [1.0, 1.0])
    assert CAPITAL_GAINS not in found.fields
    gains = history_of(series("close", CAPITAL_GAINS.name), {"close": close})
    assert gains.fields[CAPITAL_GAINS].tolist() == [0.0, 0.0]


def test_a_series_without_rows_or_without_a_close_is_unknown() -> None:
    none = history_of(series("close"), {})
    assert (len(none.dates), none.values.tolist(), none.dates.dtype) == (0, [], "datetime64[D]")
    assert none.known is not None
    assert none.known.shape == (0,)
    only = history_of(series("open"), {"open": rows(("2020-01-01", "2020-01-01", 3.0))})
    assert np.array_equal(only.values, [NAN], equal_nan=True)
    assert only.fields[OPEN].tolist() == [3.0]


def test_a_snapshot_without_bounds_says_so(store: Store) -> None:
    assert (store.as_of().known, store.as_of().recorded) == (None, None)
    assert Snapshot(store.root, store.manifest()).names() == ()
