"""A living desk to look at: a practice desk with a year of decisions behind it, and a proposal that waits.

It is made in a folder beside its place and renamed there, so that whoever is killed leaves nothing half. A desk that is there
already is taken as it is. Its year is that of surfaces/demo_desk_year.py; nothing in it comes from the network.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from trimtab.core.errors import DataError, UsageError
from trimtab.data.sample_files import package_folder
from trimtab.data.samples import Samples
from trimtab.desk.books import Signature
from trimtab.desk.following import Following, follow, followings, named_policy
from trimtab.desk.practice import clock_in, own_book
from trimtab.desk.writing import json_text, write_text
from trimtab.surfaces.demo_desk_policies import FOLDER, LAUNCHES, policy_texts
from trimtab.surfaces.demo_desk_year import BEGIN, END, MONTHS, Year, launch, live, research

ABOUT = "demonstration.json"  # written last: a folder that has it is a finished desk
WORDS = "A demonstration: a practice desk with a made-up year on real sample data. Nobody owns its money; no order leaves it."
STEPS = 1 + len(LAUNCHES) + MONTHS + 4
REMEDY = "Run: pip install 'trimtab[samples,store,web]'."

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """A demonstration desk: its folder, its accounts, and whether it was `made` now rather than found."""

    folder: Path
    accounts: tuple[str, ...]
    made: bool


def fill(folder: Path, *, progress: Progress | None = None) -> Filled:
    """Make a demonstration desk in an empty folder, or take the one that is there. Takes about half a minute.

    `progress` is told what is done, and how many steps of how many. Raises UsageError where something else lies in the
    folder, where somebody fills it at this moment, and where the sample data are not installed.
    """
    place = folder.resolve()
    if _finished(place):
        return settled(place)
    _require_empty(place)
    _require_packages()
    with _drafting(place) as draft:
        if made := not _finished(place):  # somebody else may have made it meanwhile
            _build(draft, progress or _untold)
            _put(draft, place)
    return replace(settled(place), made=made)


def settled(folder: Path) -> Filled:
    """A finished desk whose accounts follow the policies in its own folder: say it again after the folder moved or was copied.

    Raises UsageError where no finished demonstration lies there.
    """
    place = folder.resolve()
    if not _finished(place):
        raise UsageError("no demonstration desk lies here", where=str(place), remedy="Make one in an empty folder.")
    with own_book(place, str(place / "book.db")) as book:
        for one in followings(book).values():
            if (home := _home(place, one)) is not None:
                follow(book, one.account, str(home), Signature("desk", clock_in(book).now()))
    return Filled(place, tuple(one.account for one in LAUNCHES), made=False)


def _home(place: Path, one: Following) -> Path | None:
    """Where the policy lies in this folder, of an account that follows the same one in another; None where it is at home."""
    home = place / FOLDER / Path(one.policy).name
    if Path(one.policy) == home or not home.is_file() or named_policy(str(home)).sha256 != one.sha256:
        return None
    return home


def _finished(place: Path) -> bool:
    return (place / ABOUT).is_file()


def _require_empty(place: Path) -> None:
    """Raises UsageError where the folder is a file, or holds anything."""
    if place.exists() and not place.is_dir():
        raise UsageError("this is a file", where=str(place), remedy="Name a folder that is empty, or is not there yet.")
    held = sorted(one.name for one in place.iterdir()) if place.exists() else []
    if held:
        what = f"the folder holds something else: {', '.join(held[:3])}{' and more' if len(held) > 3 else ''}"
        raise UsageError(what, where=str(place), remedy="Name a folder that is empty, or is not there yet.")


def _require_packages() -> None:
    """Raises UsageError, with what to install, where the data of the policies are not there, or no sweep can be kept."""
    try:
        Samples().load(("usmv", "us_equity"))
    except UsageError as error:
        raise UsageError(error.what, remedy=REMEDY) from None
    if package_folder("pyarrow") is None:
        raise UsageError("sweeps need the package pyarrow, which is not installed", remedy=REMEDY)


@contextmanager
def _drafting(place: Path) -> Iterator[Path]:
    """The folder in which a desk is made, beside its place, cleared of what somebody who was killed left there.

    Raises UsageError while somebody else makes one.
    """
    import filelock  # takes longer to import than most commands run

    beside = place.with_name(f".{place.name}.filling")
    beside.mkdir(parents=True, exist_ok=True)
    lock, draft = filelock.FileLock(beside / "lock"), beside / place.name
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        remedy = "Wait for it, then ask again."
        raise UsageError("somebody fills this folder already", where=str(place), remedy=remedy) from None
    try:
        shutil.rmtree(draft, ignore_errors=True)
        yield draft
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        lock.release()


def _build(draft: Path, progress: Progress) -> None:
    """The whole desk, and last the file that says it is whole."""
    done = iter(range(1, STEPS + 1))
    for name, text in policy_texts().items():
        write_text(draft / FOLDER / f"{name}.yaml", text)
    year = Year(draft, lambda said: progress(said, next(done), STEPS))
    launch(year)
    live(year)
    research(year)
    accounts = {one.account: one.policy for one in LAUNCHES}
    about = {"trimtab": 1, "about": WORDS, "accounts": accounts, "begins": BEGIN, "ends": END}
    write_text(draft / ABOUT, json_text(about, indent=2) + "\n")


def _put(draft: Path, place: Path) -> None:
    """The draft in its place. Raises DataError where something came there meanwhile: it is not overwritten."""
    try:
        if place.exists():
            place.rmdir()
        draft.rename(place)
    except OSError as error:
        what = f"the desk is made, and could not be put in its place: {error.strerror}"
        raise DataError(what, where=str(place), remedy="Empty the folder, and fill it again.") from None


def _untold(said: str, done: int, of: int) -> None:
    """Nobody asked how far it is."""
