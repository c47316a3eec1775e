"""SQL over a store: every table is there from the beginning, with its types, and `latest` holds the last versions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.worlds import DAY, NOW, Row, last_by_loop, macro, prices
from trimtab.core.errors import UsageError
from trimtab.data.history import Action, ActionKind, History
from trimtab.data.store.facts import Fact, add_facts
from trimtab.data.store.query import LATEST, answer
from trimtab.data.store.store import Store
from trimtab.data.store.tables import OBSERVATIONS, TABLES

LONG = np.datetime64("9999-01-01", "s")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


def asked(store: Store, question: str) -> list[tuple[object, ...]]:
    return answer(store.root, store.manifest(), question)[1]


def described(store: Store, table: str) -> list[tuple[object, ...]]:
    """Names and types of the columns."""
    found = asked(store, "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ordinal_position")
    return [row[1:] for row in found if row[0] == table]


def fill(store: Store) -> None:
    """A row in every table."""
    day, never = np.datetime64("2020-01-01"), np.datetime64("NaT", "D")
    one = prices("A", [1.0, 2.0])
    action = Action(ActionKind.DELISTING, day, cash=1.0)
    store.append([History(one.about, one.dates, one.fields, actions=(action,))], source="x", now=NOW)
    name = {"instrument": "A", "scheme": "ticker", "name": "AA", "market": "XNYS", "since": day, "until": never}
    add_facts(store, "names", [Fact(name)], NOW)
    add_facts(store, "members", [Fact({"universe": "u", "instrument": "A", "since": day, "until": never})], NOW)
    roll = {"chain": "CL", "date": day, "old": "F1", "new": "F2", "price_old": 1.0, "price_new": 1.0, "cost": 0.0}
    add_facts(store, "rolls", [Fact(roll)], NOW)
    with store.writing(NOW) as draft:
        words = dict.fromkeys((n for n, kind in TABLES["settings"].items() if kind == "text"), "x")
        draft.add("settings", [words | {"recorded": draft.now}])


@pytest.mark.parametrize("table", [OBSERVATIONS, LATEST, *TABLES])
def test_an_empty_table_has_the_columns_and_types_of_a_full_one(tmp_path: Path, table: str):
    empty, full = Store.create(tmp_path / "empty"), Store.create(tmp_path / "full")
    fill(full)
    assert asked(empty, f"FROM {table}") == []
    assert asked(full, f"FROM {table}") != []
    assert described(empty, table) == described(full, table)
    assert {name for name, _ in described(empty, table)} >= {"recorded"}


def test_a_question_over_full_and_empty_tables(store: Store):
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    question = "SELECT s.id, n.name FROM series s LEFT JOIN names n ON n.instrument = s.id"
    assert asked(store, question) == [("A", None)]


def test_what_is_no_table_is_told_which_there_are(store: Store):
    with pytest.raises(UsageError, match=r"observations, latest, series, actions, names, members, rolls, settings"):
        asked(store, "SELECT * FROM prices")


Version = tuple[str, int, int, float]
drawn = st.lists(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.integers(1, 3), st.floats(0.5, 2.0)), min_size=1, max_size=5
    ),
    min_size=1,
    max_size=4,
)


def loaded(store: Store) -> list[Row]:
    rows = store.as_of().observations()
    columns = (rows.ids.words(), rows.fields.words(), rows.effective, rows.known, rows.recorded, rows.values.tolist())
    return [Row(*cells) for cells in zip(*columns, strict=True)]


def told(store: Store) -> dict[tuple[object, ...], object]:
    found = asked(store, "SELECT id, field, CAST(effective AS VARCHAR), value FROM latest")
    assert len({row[:3] for row in found}) == len(found)
    return {row[:3]: row[3] for row in found}


@given(drawn)
@settings(max_examples=20, deadline=None)
def test_latest_is_the_last_known_and_then_the_last_recorded_as_a_loop_finds_it(
    tmp_path_factory: pytest.TempPathFactory, updates: list[list[Version]]
):
    store = Store.create(tmp_path_factory.mktemp("latest") / "market")
    for k, versions in enumerate(updates):
        by_id: dict[str, dict[tuple[str, str], float]] = {}
        for id_, period, month, value in versions:
            by_id.setdefault(id_, {})[f"2024-0{period}-01", f"2024-0{month + 3}-01"] = value
        series = [macro(id_, [(*key, value) for key, value in found.items()]) for id_, found in by_id.items()]
        store.append(series, source="x", now=NOW + k * DAY)
    assert told(store) == last_by_loop(loaded(store), LONG, LONG)


def test_latest_is_not_merely_the_last_recorded(store: Store):
    """The control: an old vintage that comes in late is recorded last and known first."""
    store.append([macro("M", [("2024-01-01", "2024-03-10", 2.0)])], source="x", now=NOW)
    store.append(
        [macro("M", [("2024-01-01", "2024-02-10", 1.0), ("2024-01-01", "2024-03-10", 2.0)])], source="x", now=NOW + DAY
    )
    assert told(store) == {("M", "close", "2024-01-01"): 2.0}
    last = asked(store, "SELECT value FROM observations ORDER BY recorded DESC LIMIT 1")
    assert last == [(1.0,)]


def test_latest_holds_the_correction_and_not_what_it_corrects(store: Store):
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    store.append([prices("A", [1.0, 2.5])], source="x", now=NOW + DAY)
    assert told(store) == {("A", "close", "2020-01-01"): 1.0, ("A", "close", "2020-01-02"): 2.5}


def test_a_view_is_as_closed_as_a_table(store: Store):
    for question in ("DROP VIEW latest", "CREATE VIEW x AS SELECT 1", "SELECT * FROM read_text('/etc/hostname')"):
        with pytest.raises(UsageError):
            asked(store, question)
