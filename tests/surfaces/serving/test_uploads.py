"""Uploaded files: whatever their name and content, they stay in their folder, whole, and within their room."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.surfaces.serving import uploads
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.uploads import harmless, keep, kept, place_of, remove

ROWS = b"date,symbol,units,price\n2018-01-02,QUAL,3,80\n"
WILD = st.text(max_size=60) | st.lists(
    st.sampled_from(["..", "/", "\\", "a", ".csv", "\0", "\u202e", "~", "C:", "é", "ｃ", " ", "-", "%2e"]), max_size=9
).map("".join)


def _everything(root: Path) -> set[str]:
    return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}


@given(WILD.map(lambda stem: stem + ".csv"))
@example("../../etc/passwd.csv")
@example("..\\..\\boot.csv")
@example("a\0b.csv")
@example("invoice\u202efdp.csv")
@example("-rf.csv")
@example(".csv")
@example("／etc／x.csv")
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "desk"
        root.mkdir()
        try:
            found = keep(root, name, ROWS)
        except UsageError:
            assert _everything(Path(made)) == set()
            return
        assert _everything(Path(made)) == {f"desk/{found.place}"}
        assert place_of(root, found.place).read_bytes() == ROWS
        assert found.place.isascii()
        assert found.place.isprintable()
        assert " " not in found.place
        require_inside(root, {"file": found.place})  # the verb takes it


@pytest.mark.parametrize("name", ["run.exe", "book.xlsx", "pack.zip", "csv", "a.csv.exe", "a.csv\0.exe", "x.html", "a.csv/"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        harmless(name)


def test_an_ending_is_read_as_people_write_it() -> None:
    assert harmless("Aktivität 2018.CSV") == "Aktivitat-2018.csv"
    assert harmless("/srv/ofx.QFX") == "ofx.qfx"
    assert harmless("C:\\Users\\x\\.csv") == "file.csv"
    assert len(harmless("a" * 5000 + ".csv")) < 80


@pytest.mark.parametrize(
    "content",
    [b"", b" \n ", b"PK\x03\x04rest", b"\x1f\x8brest", b"%PDF-1.7", b"\xd0\xcf\x11\xe0", b"x" * (uploads.LARGEST + 1)],
)
def test_what_is_no_text_or_too_much_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError):
        keep(tmp_path, "a.csv", content)
    assert _everything(tmp_path) == set()


def test_the_same_file_is_kept_once_and_another_never_written_over(tmp_path: Path) -> None:
    first, again = keep(tmp_path, "a.csv", ROWS), keep(tmp_path, "a.csv", ROWS)
    other = keep(tmp_path, "a.csv", ROWS + b"\n")
    assert first == again
    assert other.place != first.place
    assert {one.place for one in kept(tmp_path)} == {first.place, other.place}
    assert (tmp_path / first.place).stat().st_mode & 0o777 == 0o600
    remove(tmp_path, first.place)
    assert [one.place for one in kept(tmp_path)] == [other.place]


def test_the_folder_has_room_for_so_many_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "COUNT", 3)
    for number in range(3):
        keep(tmp_path, "a.csv", ROWS + b"\n" * number)
    with pytest.raises(UsageError, match="no room"):
        keep(tmp_path, "a.csv", ROWS + b"last")
    monkeypatch.setattr(uploads, "COUNT", 200)
    monkeypatch.setattr(uploads, "ROOM", 4 * len(ROWS))
    with pytest.raises(UsageError, match="no room"):
        keep(tmp_path, "a.csv", ROWS * 2)
    assert len(kept(tmp_path)) == 3


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (root := tmp_path / "desk").mkdir()
    (root / "uploads").symlink_to(elsewhere)
    with pytest.raises(UsageError):
        keep(root, "a.csv", ROWS)
    assert list(elsewhere.iterdir()) == []
    assert kept(root) == ()


def test_a_link_in_the_folder_is_none_of_ours(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"secret")
    root = tmp_path / "desk"
    root.mkdir()
    place = keep(root, "a.csv", ROWS).place
    (root / place).unlink()
    (root / place).symlink_to(secret)
    assert kept(root) == ()
    with pytest.raises(UsageError):
        place_of(root, place)
    keep(root, "a.csv", ROWS)  # replaces the link, and does not write through it
    assert secret.read_bytes() == b"secret"
    assert place_of(root, place).read_bytes() == ROWS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "book.db",
        "uploads/",
        "uploads/../book.db",
        "uploads/0123456789ab-../../x.csv",
        "/etc/passwd",
        "uploads/0123456789ab-x.csv",
        "uploads/0123456789ab-x.csv\n",
    ],
)
def test_only_a_place_that_was_told_is_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "book.db").write_bytes(b"x")
    (tmp_path / "uploads").mkdir()
    with pytest.raises(UsageError):
        place_of(tmp_path, text)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(tmp_path, "a.csv", ROWS)
    assert _everything(tmp_path) == set()


def test_control_a_name_that_is_taken_as_it_comes_leads_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law above sees a planted fault: the name is used unchanged."""
    monkeypatch.setattr(uploads, "harmless", lambda name: name)
    (root := tmp_path / "desk").mkdir()
    (root / "uploads").mkdir()
    (root / "uploads" / f"{hashlib.sha256(ROWS).hexdigest()[:12]}-").mkdir()
    found = keep(root, "/../../out.csv", ROWS)
    assert (root / found.place).resolve().parent != root / "uploads"
    with pytest.raises(UsageError):
        place_of(root, found.place)


def test_a_planted_file_of_the_same_name_is_not_taken_for_the_other(tmp_path: Path) -> None:
    place = keep(tmp_path, "a.csv", ROWS).place
    (tmp_path / place).write_bytes(b"something else")
    with pytest.raises(UsageError, match="another file"):
        keep(tmp_path, "a.csv", ROWS)
    assert (tmp_path / place).read_bytes() == b"something else"
