"""A bundle as a file: one zip of known names, stored as they are, in one form only.

The same contents are always the same bytes: names in order, no times, no compression. So a bundle is read by being written
again: whatever differs by a byte is no bundle, be it a changed letter, a hidden file, a link, a path that leads elsewhere or
a comment. Nothing is inflated, so a small file is never large inside.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from trimtab.core.errors import UsageError

MANIFEST, POLICY, RESULTS = "manifest.json", "policy.yaml", "results.json"
EXPECTATIONS, VALIDATION = "expectations.json", "validation.json"
NEEDED = (MANIFEST, POLICY, RESULTS)
KNOWN = (*NEEDED, EXPECTATIONS, VALIDATION)
MOST = 64_000_000  # bytes of a whole bundle: a daily century of fifty assets is a tenth of it
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16  # a plain file, read by all
_REMEDY = "Ask for it again; nothing of it was used."


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as a bundle; the same files, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as made:
        for name in KNOWN:
            if name in files:
                about = zipfile.ZipInfo(name, _EPOCH)
                about.create_system, about.external_attr = 3, _MODE  # the same on every system
                made.writestr(about, files[name])
    return out.getvalue()


def unpacked(data: bytes, where: str = "") -> dict[str, bytes]:
    """The files of a bundle by name. Raises UsageError for everything that `packed` would not have written."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            _require_known(opened.infolist(), len(data), where)
            files = {one.filename: opened.read(one) for one in opened.infolist()}
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _damaged(f"it is no bundle, or a damaged one ({error})", where) from None
    if packed(files) != data:
        raise _damaged("it was changed after it was packed: it holds more than its files", where)
    return files


def read_bundle(place: Path) -> bytes:
    """The bytes of a bundle. Raises UsageError where it cannot be read or is too large."""
    try:
        with place.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise UsageError(f"the bundle cannot be read ({error.strerror})", where=str(place), remedy="Check the name.") from None
    if len(data) > MOST:
        raise _damaged(f"it is larger than {MOST:,} bytes, as no bundle is", str(place))
    return data


def _require_known(listed: list[zipfile.ZipInfo], size: int, where: str) -> None:
    """Raise UsageError before anything is read: for other names, names twice, compression, and sizes that cannot be."""
    names = [one.filename for one in listed]
    if odd := [name for name in names if name not in KNOWN]:
        raise _damaged(f"it holds {odd[0]!r}, which no bundle has", where)
    if len(set(names)) < len(names):
        raise _damaged("it holds a name twice", where)
    if lacking := [name for name in NEEDED if name not in names]:
        raise _damaged(f"it has no {lacking[0]}", where)
    for one in listed:
        if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size or one.file_size > size:
            raise _damaged(f"{one.filename} is compressed, or larger than the bundle", where)


def _damaged(what: str, where: str) -> UsageError:
    return UsageError(what, where=where, remedy=_REMEDY)
