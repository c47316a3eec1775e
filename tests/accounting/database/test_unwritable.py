"""A book that may be read and not written is read, as it stands or not at all; whoever may write it is not in the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.accounting.database.books import NOW, WHO
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")

ROOT = Path(__file__).parents[3]
AS_ROOT = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]  # root, but permissions bind
READ = """
import json, sys
from tests.accounting.database.books import NOW, WHO
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import TrimtabError

def said(path):
    try:
        with BookStore.open(path) as book:
            last = book.last()
            try:
                book.append([Note("mine")], recorded=NOW, author=WHO)
            except TrimtabError as error:
                return [last, book.last(), error.code]
    except TrimtabError as error:
        return str(error)
print(json.dumps([said(path) for path in sys.argv[1:]]))
"""


def read_by_another(*books: Path) -> list[object]:
    """What a process that may not write there is told: the last record, again after an attempt to write, and its refusal."""
    words = [*(AS_ROOT if os.geteuid() == 0 else []), sys.executable, "-c", READ, *map(str, books)]
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    done = subprocess.run(words, env=surroundings, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return list(json.loads(done.stdout))


def locked(folder: Path, *, files: bool = True) -> Path:
    """The book in a folder, none of which may be written, or only the files."""
    for path in folder.iterdir() if files else ():
        path.chmod(0o444)
    folder.chmod(0o555)
    return folder / "book.db"


@pytest.fixture
def places(full: Path, tmp_path: Path) -> dict[str, Path]:
    """The book as it lies, in a folder that is locked, and where only the file is or only the folder; open; left by a crash."""
    made = {name: tmp_path / name for name in ("all", "folder", "file", "open", "crashed", "logged")}
    for folder in made.values():
        folder.mkdir()
        shutil.copy(full, folder / "book.db")
    return made


def test_it_is_read_whether_it_lies_or_is_open_elsewhere_and_never_written(places: dict[str, Path]) -> None:
    """A regression: status, reviews and packs of somebody who may only read ended with "the file cannot be written"."""
    with closing(BookStore.open(places["open"] / "book.db")) as book:
        last = book.last()
        book.append([Note("new")], recorded=NOW, author=WHO)
        for name, trails in (("crashed", ("", "-wal", "-shm")), ("logged", ("", "-wal"))):
            for trail in trails:
                shutil.copy(f"{places['open']}/book.db{trail}", places[name])
        books = [locked(places["all"]), locked(places["folder"], files=False), places["file"] / "book.db"]
        books[-1].chmod(0o444)
        before = {one: sorted(path.name for path in folder.iterdir()) for one, folder in places.items()}
        found = read_by_another(*books, *(locked(places[name]) for name in ("open", "crashed", "logged")))
    assert found[:3] == [[last, last, "TT-BOK-007"]] * 3
    assert found[3:5] == [[last + 1, last + 1, "TT-BOK-007"]] * 2
    assert "its last changes are in a log beside it" in str(found[5])
    assert {one: sorted(path.name for path in folder.iterdir()) for one, folder in places.items() if one != "open"} == {
        one: names for one, names in before.items() if one != "open"
    }


def test_where_somebody_writes_to_it_while_it_lies_open_nothing_is_answered(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        reader = BookStore.open(full)
    with closing(reader):
        last = reader.last()
        with BookStore.open(full) as writer:
            writer.append([Note("new")], recorded=NOW, author=WHO)
            assert reader.last() == last  # what was written waits in the log
        with pytest.raises(Busy, match="somebody has written to the book while it was read"):
            reader.last()
