"""A bundle as a file: one form only, every changed byte is noticed, and hostile archives are refused before they are read."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.desk import bundle_file
from trimtab.desk.bundle_file import KNOWN, NEEDED, packed, read_bundle, unpacked

FILES = {"manifest.json": b'{"form": "x"}\n', "policy.yaml": b"{}\n", "results.json": b'{"wealth": [1.0, 1.25]}\n'}
WHOLE = packed(FILES)


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    """Any archive at all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        made.comment = comment
        for name, data in entries:
            made.writestr(name, data)
    return out.getvalue()


def good(*more: tuple[str | zipfile.ZipInfo, bytes]) -> tuple[tuple[str | zipfile.ZipInfo, bytes], ...]:
    return (*FILES.items(), *more)


def named(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    made.create_system, made.external_attr = 3, mode << 16
    return made


# Laws.


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KNOWN), st.binary(max_size=200)).filter(lambda d: set(NEEDED) <= set(d)))
def test_what_is_packed_is_unpacked_and_the_same_files_are_the_same_bytes(files: dict[str, bytes]) -> None:
    data = packed(files)
    assert unpacked(data) == files
    assert packed(dict(reversed(files.items()))) == data


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, by: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= by
    with pytest.raises(UsageError):
        unpacked(bytes(changed))


def test_every_single_byte_is_noticed() -> None:
    """All of them, with one bit each: names, times, modes, sizes, checksums, contents."""
    for place in range(len(WHOLE)):
        changed = bytearray(WHOLE)
        changed[place] ^= 1
        with pytest.raises(UsageError):
            unpacked(bytes(changed))


@given(st.binary(max_size=400))
def test_whatever_is_no_bundle_gets_one_line(data: bytes) -> None:
    with pytest.raises(UsageError):
        unpacked(data)


@pytest.mark.parametrize("cut", [0, 1, 10, 22, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_part_of_one_is_none(cut: int) -> None:
    with pytest.raises(UsageError):
        unpacked(WHOLE[:cut])
    with pytest.raises(UsageError):
        unpacked(WHOLE[cut + 1 :])


# Hostile archives.


HOSTILE = [
    (archive(*good(("../policy.yaml", b"x"))), "which no bundle has"),
    (archive(*good(("/etc/cron.d/evil", b"x"))), "which no bundle has"),
    (archive(*good(("..\\evil.py", b"x"))), "which no bundle has"),
    (archive(*good(("evil.py", b"import os"))), "which no bundle has"),
    (archive(*good(("policy.yaml/", b""))), "which no bundle has"),
    (archive(*list(FILES.items())[:2]), "has no results.json"),
    (archive(*FILES.items(), how=zipfile.ZIP_DEFLATED), "compressed"),
    (archive(*((name, bytes(9_000_000)) for name in FILES), how=zipfile.ZIP_DEFLATED), "compressed"),
    (archive(*FILES.items(), how=zipfile.ZIP_LZMA), "compressed"),
    (archive(*FILES.items(), comment=b"hidden"), "changed after it was packed"),
    (archive(*reversed(FILES.items())), "changed after it was packed"),
    (archive(*((named(name, stat.S_IFLNK | 0o777), data) for name, data in FILES.items())), "changed after it was packed"),
    (archive(*((named(name, 0o100777), data) for name, data in FILES.items())), "changed after it was packed"),
    (WHOLE + b"#!/bin/sh\n", "no bundle, or a damaged one|changed after"),
    (b"#!/bin/sh\n" + WHOLE, "no bundle, or a damaged one|changed after"),
    (b"", "no bundle, or a damaged one"),
]
NAMES = (
    *("traversal", "absolute", "backslash", "code", "folder", "lacking", "deflated", "bomb", "lzma", "comment", "order"),
    *("links", "modes", "behind", "before", "nothing"),
)


@pytest.mark.parametrize(("data", "what"), HOSTILE, ids=NAMES)
def test_hostile_archives_are_refused(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        unpacked(data)


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(*good(("policy.yaml", b"{}\n")))
    with pytest.raises(UsageError, match="a name twice"):
        unpacked(data)


def test_a_bomb_is_never_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is read at all."""
    data = archive(*((name, bytes(50_000_000)) for name in FILES), how=zipfile.ZIP_DEFLATED)
    assert len(data) < 200_000

    def read(*_: object) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr(zipfile.ZipFile, "read", read)
    with pytest.raises(UsageError, match="compressed"):
        unpacked(data)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_file, "MOST", 100)
    place = tmp_path / "large.trimtab"
    place.write_bytes(WHOLE)
    with pytest.raises(UsageError, match="larger than 100 bytes"):
        read_bundle(place)
    with pytest.raises(UsageError, match="cannot be read"):
        read_bundle(tmp_path / "none.trimtab")
    with pytest.raises(UsageError, match="cannot be read"):
        read_bundle(tmp_path)
