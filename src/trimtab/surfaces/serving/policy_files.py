"""The policy files of a workspace: listed, read, checked and written, each by a plain name inside `policies/`.

A file is written whole, in one step, and only over the version that whoever writes had read: what somebody else wrote
meanwhile is never lost. What stands in it may name registered components and data of this workspace alone, and is looked
at before anything is built of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import PolicyError, TrimtabError, UsageError
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.writing import write_bytes
from trimtab.desk.yaml12 import parse
from trimtab.surfaces.serving.policy_bounds import require_bounds

FOLDER = "policies"
MOST_BYTES, MOST_FILES = 200_000, 500
NEW = ""  # the version of a file that is not there yet
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.yaml")
_LOCK = ".policies.lock"
_WAIT = 10.0  # seconds for somebody else's save


class Changed(TrimtabError):
    """Somebody else wrote the file since it was read."""

    code = "TT-API-007"


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy file as it lies there: its plain name, its text, and the version that its bytes are (SHA-256)."""

    name: str
    text: str
    version: str

    @property
    def path(self) -> str:
        """Its name inside the workspace, as verbs take it."""
        return f"{FOLDER}/{self.name}"


def listed(root: Path) -> tuple[str, ...]:
    """The plain names of the policy files of a workspace, in order; what has another name is none."""
    try:
        found = sorted(one.name for one in os.scandir(root / FOLDER) if one.is_file(follow_symlinks=False))
    except OSError:
        return ()
    return tuple(name for name in found if _NAME.fullmatch(name))


def require_name(root: Path, name: str) -> None:
    """Raises UsageError for anything but a plain name of a policy file, and for what leads out of the workspace."""
    _place(root, name)


def read(root: Path, name: str) -> PolicyText:
    """A policy file. Raises UsageError for a name that is none, or leads elsewhere; PolicyError for what is no text."""
    place = _place(root, name)
    try:
        data = _bytes(place)
    except OSError:
        remedy = f"There are: {', '.join(listed(root)) or 'none yet'}."
        raise UsageError(f"there is no policy file {name!r}", remedy=remedy) from None
    return PolicyText(name, _text(data, name), version_of(data))


def check(root: Path, name: str, text: str) -> Policy:
    """The policy in a text that would lie under a name. Raises PolicyError with name:line:column, and nothing is kept."""
    place = _place(root, name)
    _data(text, name)
    document = parse(text, name)
    require_bounds(document, root, place.parent)
    return read_policy(document, source=text, folder=place.parent)


def write(root: Path, name: str, text: str, *, expected: str) -> PolicyText:
    """Keep a text that was checked, over the version `expected` of it (NEW: it is not there yet).

    Raises what `check` raises, and Changed where another version lies there by now. Then nothing is written.
    """
    import filelock  # takes longer to import than most commands run

    check(root, name, text)
    place, data = _place(root, name), _data(text, name)
    place.parent.mkdir(exist_ok=True)
    try:
        with filelock.FileLock(place.parent / _LOCK, timeout=_WAIT):
            _require(root, name, expected)
            write_bytes(place, data)
    except filelock.Timeout:
        raise UsageError("the policies are being written by somebody else", remedy="Save it again in a moment.") from None
    return PolicyText(name, text, version_of(data))


def version_of(data: bytes) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(data).hexdigest()


def place_of(error: TrimtabError) -> tuple[int, int] | None:
    """Line and column that a fault points to; None where it points to none."""
    found = re.search(r":(\d+):(\d+)$", error.where)
    return (int(found[1]), int(found[2])) if found else None


def _require(root: Path, name: str, expected: str) -> None:
    """Raises Changed unless the version that was read lies there; UsageError for one more than may lie there."""
    known = listed(root)
    present = read(root, name).version if name in known else NEW
    if present != expected:
        what = f"{name} was written by somebody else since you read it" if present else f"{name} is not there any more"
        what = f"{name} is there already" if not expected else what
        raise Changed(what, remedy="Look at what it is now, then save yours over it or under another name.")
    if present == NEW and len(known) >= MOST_FILES:
        raise UsageError(f"{MOST_FILES} policy files lie there already", remedy="Have some moved away first.")


def _place(root: Path, name: str) -> Path:
    """Where a name lies. Raises UsageError for anything but a plain name, and for what leads out of the workspace."""
    if not _NAME.fullmatch(name):
        remedy = "Use 1 to 80 of A-Z a-z 0-9 . _ - and the ending .yaml: my-policy.yaml."
        raise UsageError(f"{name[:90]!r} is no name of a policy file", remedy=remedy)
    folder = (root / FOLDER).resolve()
    if folder != root.resolve() / FOLDER or (folder / name).is_symlink():
        raise UsageError(f"{name} leads out of the workspace", remedy="Keep the file itself in policies/, not a link to it.")
    return folder / name


def _bytes(place: Path) -> bytes:
    """What a plain file holds, one byte more than may be at most; links, pipes and folders raise OSError."""
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("no plain file")
        return file.read(MOST_BYTES + 1)


def _text(data: bytes, name: str) -> str:
    if len(data) > MOST_BYTES:
        raise PolicyError(f"it is longer than {MOST_BYTES:,} bytes", where=name, remedy="No policy needs as many.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError("it is not UTF-8 text", where=name, remedy="Save it as UTF-8.") from None


def _data(text: str, name: str) -> bytes:
    """The bytes of a text. Raises PolicyError for too many, and for letters that are none."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise PolicyError("it holds letters that are none", where=name, remedy="Type them anew.") from None
    _text(data, name)
    for line, column, letter in _controls(text):
        what = f"the character U+{ord(letter):04X} stands in it"
        raise PolicyError(what, where=f"{name}:{line}:{column}", remedy="Take it out.")
    return data


def _controls(text: str) -> Iterator[tuple[int, int, str]]:
    """Control characters but tab and line end, which no policy needs and a terminal may obey."""
    for n, line in enumerate(text.split("\n"), 1):
        for found in re.finditer(r"[\x00-\x08\x0b-\x1f\x7f]", line.removesuffix("\r")):
            yield n, found.start() + 1, found[0]
