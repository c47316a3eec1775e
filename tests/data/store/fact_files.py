"""Files of facts for the tests: written, read and put into a store, or refused with the store left as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import NOW
from trimtab.core.errors import DataError
from trimtab.data.store.facts import FACTS, add_facts, read_facts
from trimtab.data.store.store import Store
from trimtab.data.store.tables import TABLES

HEADS = {table: ",".join(name for name in TABLES[table] if name != "recorded") for table in FACTS}


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def put(store: Store, table: str, *lines: str, now: np.datetime64 = NOW) -> int:
    """Read the lines of a file and write them down."""
    return add_facts(store, table, read_facts(written(store, table, *lines), table), now)


def written(store: Store, table: str, *lines: str) -> Path:
    place = store.root.parent / f"{table}.csv"
    place.write_text("\n".join([HEADS[table], *lines]) + "\n", encoding="utf-8")
    return place


def refused(store: Store, table: str, *lines: str) -> DataError:
    """The error of a file, after which the store is what it was."""
    before = store.manifest()
    with pytest.raises(DataError) as caught:
        put(store, table, *lines)
    assert store.manifest() == before
    assert "\n" not in str(caught.value)
    return caught.value
