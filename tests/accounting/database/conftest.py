"""One PostgreSQL for all tests of a process, and books to begin with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounting.database.books import NOW, PLACES, WHO, filled
from tests.accounting.database.servers import Server, serving
from trimtab.accounting.database.store import BookStore


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two books that were closed: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("books")
    with BookStore.create(folder / "empty.db", recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    with BookStore.create(folder / "full.db", recorded=NOW, author=WHO) as book:
        filled(book)
    assert sorted(one.name for one in folder.iterdir()) == ["empty.db", "full.db"]  # nothing else stays
    return folder


@pytest.fixture
def empty(kept: Path, tmp_path: Path) -> Path:
    """A book with accounts and instruments."""
    return Path(shutil.copy(kept / "empty.db", tmp_path / "book.db"))


@pytest.fixture
def full(kept: Path, tmp_path: Path) -> Path:
    """A book with something of everything."""
    return Path(shutil.copy(kept / "full.db", tmp_path / "book.db"))
