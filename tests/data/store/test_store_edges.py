"""A store and a draft at their edges, by hand. Found by mutants that lived."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import DAY, NOW, prices
from trimtab.core.errors import UsageError
from trimtab.data.store.store import Store, is_store


def test_a_store_is_made_in_a_new_folder_or_an_empty_one_and_nowhere_else(tmp_path: Path) -> None:
    deep = Store.create(tmp_path / "one" / "two" / "market")
    assert is_store(deep.root)
    (tmp_path / "empty").mkdir()
    assert Store.create(tmp_path / "empty").manifest().parts == ()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="the folder is not empty"):
        Store.create(tmp_path / "file")
    assert not is_store(tmp_path / "one")
    assert not is_store(tmp_path / "nowhere")


def test_a_draft_knows_what_it_took_in_before_anything_is_written(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "market")
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    with store.writing(NOW + DAY) as draft:
        assert (draft.names, draft.touched) == (("A",), ())
        draft.take([prices("A", [1.0, 2.0, 3.0]), prices("B", [5.0])], source="y")
        assert (draft.names, draft.touched) == (("A", "B"), ("A", "B"))
        assert draft.versions("A", vendor=True).values.tolist() == [1.0, 2.0, 3.0]
        assert draft.versions("A", vendor=False).values.tolist() == [1.0, 2.0, 3.0]
        assert draft.stored("A").values.tolist() == [1.0, 2.0]
        assert (len(draft.stored("B")), len(draft.versions("C", vendor=True)), len(draft.stored("C"))) == (0, 0, 0)
        assert (draft.feed("A"), draft.feed("B"), draft.feed("C")) == ("y", "y", "")
        assert draft.series("B")["id"] == "B"
        draft.drop("B")
        draft.drop("C")  # nothing is there to forget
        assert (draft.touched, len(draft.versions("B", vendor=True))) == (("A",), 0)
    assert store.as_of().load(["A"])[0].values.tolist() == [1.0, 2.0, 3.0]
    assert store.as_of().names() == ("A",)


def test_what_is_recorded_rises_by_a_second_a_change_whatever_the_clock_says(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "market")
    store.append([prices("A", [1.0])], source="x", now=NOW)
    first = store.manifest().recorded
    assert first == NOW
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW - 10 * DAY)
    assert store.manifest().recorded == first + np.timedelta64(1, "s")
    before = store.manifest()
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW + DAY)  # nothing new: nothing is written
    assert store.manifest() == before


def test_a_change_that_fails_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "market")

    def halfway() -> None:
        with store.writing(NOW) as draft:
            draft.take([prices("A", [1.0])], source="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        halfway()
    assert store.as_of().names() == ()


def test_facts_that_say_nothing_new_are_not_written(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "market")
    day = np.datetime64("2020-01-01", "D")
    row = {"universe": "u", "instrument": "A", "since": day, "until": day + 9}
    for when, rows, new in ((0, [row], 1), (1, [row], 0), (2, [row | {"until": day + 5}, row | {"instrument": "B"}], 2)):
        with store.writing(NOW + when * DAY) as draft:
            assert draft.add("members", [one | {"recorded": draft.now} for one in rows]) == new
    assert len(store.as_of().membership().records) >= 2
