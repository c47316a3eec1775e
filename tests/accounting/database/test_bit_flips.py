"""Every flipped bit that changes what the book says is found, and so is every row that somebody touched (RELIABILITY R6).

A flip changes data where a plain reader gets other rows, types or schema than before, or none at all. The controls leave
out the chain of hashes, or all of its columns but the body, or all but SQLite's own check, and miss some.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.accounting.database.books import NOW, WHO, filled
from tests.accounting.database.test_verify import harm
from trimtab.accounting.database import opening, schema
from trimtab.accounting.database import verify as module
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.refusals import Damaged
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.accounting.encoding import chained
from trimtab.core.errors import TrimtabError

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
TABLES = [table.name for table in (schema.JOURNAL, schema.MIGRATIONS, *schema.READ_MODELS)]
Check = Callable[[Path], bool]


def dump(path: Path) -> object:
    """Schema and rows with their types, as any reader of the file gets them; None where it gets an error."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            rows = [connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()]
            for table in TABLES:
                names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
                parts = ", ".join(f"{name.decode()}, typeof({name.decode()})" for name in names)
                rows.append(sorted(connection.execute(f"SELECT {parts} FROM {table} NOT INDEXED"), key=repr))  # noqa: S608
            return rows
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def found(path: Path) -> bool:
    """Whether `verify` finds something, or the book does not even open."""
    try:
        with closing(opening.connected(path)) as session:
            return not verify(session).sound
    except TrimtabError:
        return True


def found_by_sqlite(path: Path) -> bool:
    """Whether SQLite's own check does."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
    except (sqlite3.Error, UnicodeDecodeError):
        return True


class Flips:
    """Flips of one bit each, in copies of a book: how many changed data, and how many of these a check missed."""

    def __init__(self, path: Path) -> None:
        self.path, self.content, self.sound = path, path.read_bytes(), dump(path)
        assert self.sound is not None
        self.changed, self.missed = 0, list[tuple[int, int]]()

    def tried(self, places: Iterator[tuple[int, int]], check: Check = found) -> Flips:
        """Flip each of these bits by itself, and check."""
        for at, bit in places:
            data = bytearray(self.content)
            data[at] ^= 1 << bit
            for trail in ("-wal", "-shm", "-journal"):
                self.path.with_name(self.path.name + trail).unlink(missing_ok=True)
            self.path.write_bytes(data)
            if dump(self.path) == self.sound:
                continue
            self.changed += 1
            if not check(self.path):
                self.missed.append((at, bit))
        return self

    def anywhere(self, count: int, seed: int) -> Iterator[tuple[int, int]]:
        """Places over the whole file."""
        chance = random.Random(seed)
        return ((chance.randrange(len(self.content)), chance.randrange(8)) for _ in range(count))

    def in_texts(self, pattern: bytes, count: int, seed: int) -> Iterator[tuple[int, int]]:
        """Places in texts that look like this."""
        chance = random.Random(seed)
        spots = [at for one in re.finditer(pattern, self.content) for at in range(*one.span())]
        return ((chance.choice(spots), chance.randrange(7)) for _ in range(count))


def test_every_flip_that_changes_data_is_found(full: Path) -> None:
    flips = Flips(full)
    flips.tried(flips.anywhere(200, 1))
    assert flips.missed == []
    assert flips.changed > 30  # of the pages of a small book most are room for more


@pytest.mark.soak
def test_of_two_thousand_flips_every_one_that_changes_data_is_found(full: Path) -> None:
    flips = Flips(full)
    flips.tried(flips.anywhere(2000, SEED))
    assert flips.missed == [], f"seed {SEED}, {flips.changed} changed data"
    assert flips.changed > 300


AUTHORS = rb"000001Zann"  # of a record: the end of its instant, and its author


def test_the_check_catches_a_verify_without_the_chain(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what no table shows, such as who wrote and when, goes unseen without the hashes."""
    flips = Flips(full)
    flips.tried(flips.in_texts(AUTHORS, 10, 1))
    assert (flips.changed, flips.missed) == (10, [])
    monkeypatch.setattr(module._Chain, "check", lambda *_: iter(()))
    assert len(flips.tried(flips.in_texts(AUTHORS, 10, 1)).missed) > 5


def test_the_check_catches_a_chain_over_the_body_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: hashes that leave out the other columns miss changes of these."""
    monkeypatch.setattr(Record, "hashed", lambda self, previous: chained(previous, (self.body,)))
    with BookStore.create(tmp_path / "book.db", recorded=NOW, author=WHO) as book:
        filled(book)
    assert not found(tmp_path / "book.db")
    flips = Flips(tmp_path / "book.db")
    assert len(flips.tried(flips.in_texts(AUTHORS, 10, 1)).missed) > 5


def test_sqlites_own_check_misses_most(full: Path) -> None:
    """The control: it looks at pages, not at what they say."""
    flips = Flips(full)
    flips.tried(flips.anywhere(150, 1), found_by_sqlite)
    assert len(flips.missed) > flips.changed / 2


def harms(chance: random.Random) -> str:
    """One change by a statement: a row edited, removed, added or moved, in any table."""
    table = chance.choice([schema.JOURNAL, schema.JOURNAL, *schema.READ_MODELS])
    keys, column = ", ".join(table.key), chance.choice(table.columns)
    row = f"({keys}) = (SELECT {keys} FROM {table.name} ORDER BY random_ LIMIT 1 OFFSET {chance.randrange(3)})"  # noqa: S608
    row = row.replace("random_", keys)
    other = f"COALESCE({column.name}, 0) + 1" if column.kind.value == "number" else f"COALESCE({column.name}, '') || '7'"
    key = table.columns[[one.name for one in table.columns].index(table.key[-1])]
    fresh = f"{key.name} + 500" if key.kind.value == "number" else f"{key.name} || 'x'"
    parts = ", ".join(fresh if one.name == key.name else "''" if one.name == "key" else one.name for one in table.columns)
    return chance.choice(
        [
            f"UPDATE {table.name} SET {column.name} = {other} WHERE {row}",  # noqa: S608
            f"DELETE FROM {table.name} WHERE {row}",  # noqa: S608
            f"INSERT INTO {table.name} SELECT {parts} FROM {table.name} WHERE {row}",  # noqa: S608
        ]
    )


def swap(first: int, second: int) -> list[str]:
    """Two records change places."""
    moves = ((first, -1), (second, first), (-1, second))
    return [f"UPDATE journal SET number = {new} WHERE number = {old}" for old, new in moves]  # noqa: S608


def touched(full: Path, count: int, seed: int) -> int:
    """How many random changes took effect; each of them must be found."""
    content, sound, chance, effective = full.read_bytes(), dump(full), random.Random(seed), 0
    for _ in range(count):
        full.write_bytes(content)
        statements = swap(*chance.sample(range(45), 2)) if chance.random() < 0.2 else [harms(chance)]
        try:
            harm(full, *statements)
        except sqlite3.IntegrityError:
            continue  # not even without triggers
        if dump(full) != sound:
            effective += 1
            assert found(full), f"seed {seed}: {statements}"
    return effective


def test_every_row_that_somebody_touched_is_found(full: Path) -> None:
    assert touched(full, 40, 1) > 20


@pytest.mark.soak
def test_every_row_of_a_thousand_that_somebody_touched_is_found(full: Path) -> None:
    assert touched(full, 1000, SEED) > 500


@pytest.mark.parametrize("cut", [1, 2])
def test_a_tail_cut_with_all_that_hangs_on_it_shows_against_the_exported_head_alone(full: Path, cut: int) -> None:
    """The last two records are a claim and a note: whoever removes them and their rows leaves a sound, shorter book."""
    with BookStore.open(full) as book:
        head, last = book.head(), book.records()[-1].number
    gone = f"> {last - cut}"
    harm(full, f"DELETE FROM runs WHERE record {gone}", f"DELETE FROM journal WHERE number {gone}")  # noqa: S608
    assert not found(full)
    with closing(opening.connected(full)) as session:
        assert [str(one) for one in verify(session, head=head).findings] == [
            f"journal: no record has the hash {head}: the end was cut off, or the journal is another one"
        ]


def test_a_flip_in_the_last_record_is_refused_at_the_door(full: Path) -> None:
    harm(full, "UPDATE journal SET author = 'amn' WHERE number = (SELECT max(number) FROM journal)")
    with pytest.raises(Damaged, match="was changed"):
        BookStore.open(full)
