"""The store: what comes in twice is nothing, a correction reaches research and not a replay, news never reach the past."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.worlds import DAY, NOW, days, macro, prices, seen
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, TOTAL_RETURN
from trimtab.data.history import About, Action, ActionKind, History, Issue, Kind
from trimtab.data.store import manifest as module
from trimtab.data.store.manifest import NAME
from trimtab.data.store.store import Store
from trimtab.data.store.verify import faults
from trimtab.data.vintages import instants_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


def test_what_is_stored_comes_back(store: Store):
    about = About("A", "Asset A", Kind.PRICE_AND_DIVIDENDS, "invented", notes=("a note",), currency="EUR", market="XETR")
    dates = days("2020-01-01", 4)
    fields = {
        CLOSE: np.array([10.0, np.nan, 5.5, 5.6]),
        DIVIDEND: np.array([0.0, 0.0, 0.1, 0.0]),
        SPLIT: np.array([1.0, 1.0, 2.0, 1.0]),
    }
    action = Action(ActionKind.SPIN_OFF, dates[3], ratio=0.5, price=30.0, other="B")
    history = History(about, dates, fields, issues=(Issue("odd", "file:1:1", "kept"),), actions=(action,))
    (changes,) = store.append([history], source="invented", now=NOW)
    assert (changes.added, changes.corrected, changes.restated) == (6, 0, 0)  # four closes, one dividend, one split
    (back,) = store.as_of().load(["A"])
    assert back.about == about
    assert back.issues == history.issues
    assert [(a.kind, a.effective, a.ratio, a.price, a.other) for a in back.actions] == [
        (ActionKind.SPIN_OFF, dates[3], 0.5, 30.0, "B")
    ]
    assert np.array_equal(back.dates, dates)
    for name in fields:
        assert np.array_equal(back.fields[name], fields[name], equal_nan=True), name
    assert np.array_equal(instants_of(back), instants_of(history))


def test_the_same_again_is_nothing_new(store: Store):
    store.append([prices("A", [1.0, 2.0, 3.0])], source="x", now=NOW)
    before = store.manifest()
    (changes,) = store.append([prices("A", [1.0, 2.0, 3.0 * (1 + 1e-14)])], source="x", now=NOW + DAY)
    assert changes.words == "nothing new"
    assert store.manifest() == before


def test_new_days_are_added_and_old_ones_left(store: Store):
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    (changes,) = store.append([prices("A", [1.0, 2.0, 3.0])], source="x", now=NOW + DAY)
    assert (changes.added, changes.unchanged) == (1, 2)


def test_a_correction_changes_research_and_leaves_the_replay_alone(store: Store):
    """METHODS 12: corrected today, known as of the past."""
    store.append([prices("A", [1.0, 2.0, 3.0])], source="x", now=NOW)
    then = store.manifest().recorded
    (changes,) = store.append([prices("A", [1.0, 2.5, 3.0])], source="x", now=NOW + 10 * DAY)
    assert (changes.corrected, changes.restated) == (1, 0)
    past = np.datetime64("2020-01-02T23:00:00", "s")
    assert seen(store.as_of(past).load(["A"])[0]) == {"2020-01-01": 1.0, "2020-01-02": 2.5}
    assert seen(store.as_of(past, recorded=then).load(["A"])[0]) == {"2020-01-01": 1.0, "2020-01-02": 2.0}


def test_a_restatement_is_news_from_the_day_it_came(store: Store):
    first = History(
        About("M", "M", Kind.LEVEL, "invented", "monthly", lag_days=12, restates=True),
        np.array(["2025-10-31", "2025-11-28"], dtype="datetime64[D]"),
        {CLOSE: np.array([100.0, 101.0])},
    )
    store.append([first], source="x", now=NOW)
    changed = History(first.about, first.dates, {CLOSE: np.array([100.5, 101.0])})
    (changes,) = store.append([changed], source="x", now=NOW + 5 * DAY)
    assert (changes.corrected, changes.restated) == (0, 1)
    assert seen(store.as_of(NOW + 4 * DAY).load(["M"])[0])["2025-10-31"] == 100.0
    history = store.as_of(NOW + 6 * DAY).load(["M"])[0]
    assert history.revised
    assert history.values.tolist() == [100.0, 100.5, 101.0]


def test_vintages_that_a_source_gives_are_kept_as_they_are(store: Store):
    rows = [("2024-01-01", "2024-02-10", 1.0), ("2024-01-01", "2024-03-10", 1.2), ("2024-02-01", "2024-03-10", 2.0)]
    store.append([macro("M", rows)], source="x", now=NOW)
    (changes,) = store.append([macro("M", [*rows, ("2024-02-01", "2024-04-10", 2.2)])], source="x", now=NOW + DAY)
    assert (changes.added, changes.corrected, changes.restated) == (0, 0, 1)
    assert store.as_of().load(["M"])[0].values.tolist() == [1.0, 1.2, 2.0, 2.2]


def test_a_correction_of_a_restated_series_is_no_news(store: Store):
    """A misprint of February, put right by the source under the same date of release: known then, recorded now."""
    store.append([macro("M", [("2024-01-01", "2024-02-10", 1.0), ("2024-02-01", "2024-03-10", 20.0)])], source="x", now=NOW)
    then = store.manifest().recorded
    right = macro("M", [("2024-01-01", "2024-02-10", 1.0), ("2024-02-01", "2024-03-10", 2.0)])
    (changes,) = store.append([right], source="x", now=NOW + DAY)
    assert (changes.corrected, changes.restated) == (1, 0)
    past = np.datetime64("2024-03-11", "s")
    assert store.as_of(past).load(["M"])[0].values.tolist() == [1.0, 2.0]
    assert store.as_of(past, recorded=then).load(["M"])[0].values.tolist() == [1.0, 20.0]


def test_levels_anchored_anew_keep_their_ratios(store: Store):
    """A vendor's adjusted prices move as a whole with each dividend: 100, 110 becomes 50, 55, then 66 is 20 % more."""
    about = About("T", "T", Kind.TOTAL_RETURN, "invented")

    def index(values: list[float]) -> History:
        return History(about, days("2020-01-01", len(values)), {CLOSE: np.array(values), TOTAL_RETURN: np.array(values)})

    store.append([index([100.0, 110.0])], source="x", now=NOW)
    (changes,) = store.append([index([50.0, 55.0, 66.0])], source="x", now=NOW + DAY)
    assert (changes.added, changes.corrected) == (2, 0)
    assert changes.reanchored == pytest.approx(2.0)
    assert store.as_of().load(["T"])[0].values == pytest.approx([100.0, 110.0, 132.0])


def test_no_row_is_known_after_it_was_recorded(store: Store):
    late = prices("A", [1.0, 2.0], first="2026-01-30", lag_days=20)
    store.append([late], source="x", now=NOW)
    assert (instants_of(store.as_of().load(["A"])[0]) <= NOW).all()


def test_a_clock_that_jumps_back_does_not_disorder_the_record(store: Store):
    store.append([prices("A", [1.0])], source="x", now=NOW)
    store.append([prices("A", [2.0])], source="x", now=NOW - 1000 * DAY)
    assert store.as_of().load(["A"])[0].values.tolist() == [2.0]
    assert store.manifest().recorded > NOW


def test_a_value_no_longer_given_is_kept_and_told(store: Store):
    store.append([prices("A", [1.0, 2.0, 3.0])], source="x", now=NOW)
    gone = History(About("A", "A", Kind.PRICE, "invented"), days("2020-01-01", 3)[[0, 2]], {CLOSE: np.array([1.0, 3.0])})
    (changes,) = store.append([gone], source="x", now=NOW + DAY)
    assert changes.vanished == 1
    assert "kept" in changes.words
    assert store.as_of().load(["A"])[0].values.tolist() == [1.0, 2.0, 3.0]


@given(st.lists(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=6), min_size=1, max_size=5), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_what_was_recorded_by_an_instant_never_changes(
    tmp_path_factory: pytest.TempPathFactory, updates: list[list[float]], at: int
):
    """Appending later vintages changes no earlier answer, whatever comes in."""
    store = Store.create(tmp_path_factory.mktemp("law") / "market")
    answers = {}
    for k, values in enumerate(updates):
        store.append([prices("A", values)], source="x", now=NOW + k * DAY)
        answers[store.manifest().recorded] = seen(store.as_of().load(["A"])[0])
    for recorded, answer in answers.items():
        assert seen(store.as_of(recorded=recorded).load(["A"])[0]) == answer


def test_many_small_changes_are_merged_and_nothing_is_lost(store: Store):
    for k in range(40):
        store.append([prices("A", np.arange(1.0, k + 2.0)), prices(f"B{k % 3}", [float(k + 1)])], source="x", now=NOW + k * DAY)
    assert len(store.manifest().of("observations")) <= 14
    assert store.as_of().load(["A"])[0].values.tolist() == np.arange(1.0, 41.0).tolist()
    assert store.as_of().load(["B0"])[0].values.tolist() == [40.0]
    early = store.as_of(recorded=NOW + 9 * DAY + np.timedelta64(30, "s"))
    assert early.load(["A"])[0].values.tolist() == np.arange(1.0, 11.0).tolist()
    assert not faults(store.root, store.manifest())


def test_a_reader_that_holds_the_manifest_before_a_merge_still_reads(store: Store):
    for k in range(12):
        store.append([prices("A", np.arange(1.0, k + 2.0))], source="x", now=NOW + k * DAY)
    old = store.as_of()
    store.append([prices("A", np.arange(1.0, 14.0))], source="x", now=NOW + 12 * DAY)
    assert store.manifest().retired
    assert old.load(["A"])[0].values.tolist() == np.arange(1.0, 13.0).tolist()


def test_unknown_names_and_places_are_refused_in_one_line(store: Store, tmp_path: Path):
    store.append([prices("AAA", [1.0])], source="x", now=NOW)
    with pytest.raises(PolicyError, match="Did you mean AAA"):
        store.as_of().load(["AAB"])
    with pytest.raises(UsageError, match="there is no market store"):
        Store(tmp_path / "nowhere").as_of()
    with pytest.raises(UsageError, match="there is a market store already"):
        Store.create(store.root)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        Store.create(tmp_path / "full")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "number": "x"}'])
def test_a_damaged_manifest_is_refused_and_left_as_it_is(store: Store, text: str):
    (store.root / NAME).write_text(text)
    with pytest.raises(DataError, match="manifest cannot be read"):
        store.append([prices("A", [1.0])], source="x", now=NOW)
    assert (store.root / NAME).read_text() == text


def test_damaged_files_are_found(store: Store):
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    part = store.manifest().of("observations")[0]
    place = store.root / part.name
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(bytes(data))
    assert faults(store.root, store.manifest()) == {part.name: "its bytes are not those that were written"}
    place.unlink()
    assert faults(store.root, store.manifest()) == {part.name: "the file is missing"}
    with pytest.raises(DataError, match="a file of the store is missing"):
        store.as_of().load(["A"])


def test_a_row_that_was_changed_behind_the_manifest_is_found(store: Store):
    """Somebody writes another price and puts the file's new SHA-256 into the manifest: the row's fingerprint tells."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    part = store.manifest().of("observations")[0]
    place = store.root / part.name
    rows = parquet.read_table(place)
    at = rows.column_names.index("value")
    parquet.write_table(rows.set_column(at, "value", pa.array([1.0, 2.5])), place)
    text = (store.root / NAME).read_text(encoding="utf-8")
    text = text.replace(part.sha256, module.sha256(place)).replace(f'"bytes": {part.bytes}', f'"bytes": {place.stat().st_size}')
    (store.root / NAME).write_text(text, encoding="utf-8")
    assert faults(store.root, store.manifest()) == {part.name: "1 rows do not have their own fingerprint"}


def test_a_failed_write_leaves_the_store_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.append([prices("A", [1.0])], source="x", now=NOW)
    before = store.manifest()

    def full(path: Path, text: str) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(module, "put_text", full)
    with pytest.raises(OSError, match="no space"):
        store.append([prices("A", [1.0, 2.0])], source="x", now=NOW + DAY)
    monkeypatch.undo()
    assert store.manifest() == before
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW + DAY)  # sweeps what was left
    names = {str(file.relative_to(store.root)) for file in store.root.rglob("*.parquet")}
    assert names == {part.name for part in store.manifest().parts}


def test_a_second_writer_waits_or_is_refused(store: Store):
    with (
        module.locked(store.root),
        pytest.raises(DataError, match="another process is writing"),
        module.locked(store.root, wait=0.05),
    ):
        pass


@pytest.mark.parametrize("name", ["pyarrow", "duckdb", "filelock"])
def test_a_missing_package_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=rf"needs {name}. Run: pip install 'trimtab\[store\]'"):
        Store.create(tmp_path / "market")
    assert not (tmp_path / "market").exists()
