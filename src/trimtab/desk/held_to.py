"""Which policy an account is held to, whether it was told to follow one or only ever decided under it."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.desk.books import all_places
from trimtab.desk.following import followings
from trimtab.desk.following_history import stretches
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.desk.staged import SHORT, Course, course_of
from trimtab.governance.promotion import Stage


def held_to(book: BookStore, place: str) -> dict[str, Course]:
    """The policies (SHA-256) that an account (or sleeve) changes from by request alone, each with its course.

    It is its own, where that was ever on paper or live. Else a sleeve is held to that of its account, which manages its money,
    and an account to those of its sleeves.
    """
    account, _, sleeve = place.partition("/")
    others = [account] if sleeve else [one for one in all_places(book) if one.startswith(f"{account}/")]
    return _binding(book, [place]) or _binding(book, others)


def _binding(book: BookStore, places: Sequence[str]) -> dict[str, Course]:
    """What these places followed or decided under last, as far as it was ever on paper or live."""
    last = sorted({found for one in places if (found := _last(book, one))})
    courses = {one: course_of(book, one) for one in last}
    return {one: course for one, course in courses.items() if course.reached >= Stage.PAPER}


def _last(book: BookStore, place: str) -> str:
    """The policy that it was last told to follow, or decided under; empty where there is none."""
    found = stretches(book, place)
    return found[-1].sha256 if found else ""


def held_elsewhere(book: BookStore, place: str, sha256: str) -> str:
    """The name of another policy than this one that an account (or sleeve) is held to; empty where there is none."""
    for one, course in held_to(book, place).items():
        if one != sha256:
            return f"{course.committed.name if course.committed else 'a policy'} ({one[:SHORT]})"
    return ""


def held_by(book: BookStore, sha256: str) -> tuple[str, ...]:
    """The accounts and sleeves that follow a policy, and those that never followed any and decided under it last; sorted."""
    known = followings(book)
    bare = {one.place for one in notes(book, DECISION)} - set(known)
    follow = [name for name, one in known.items() if one.sha256 == sha256]
    return tuple(sorted([*follow, *(name for name in bare if _last(book, name) == sha256)]))
