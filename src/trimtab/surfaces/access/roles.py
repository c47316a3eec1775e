"""Roles, and the rights that they bring. A user holds a set of roles, and may do what any of them may.

An administrator makes users and settings and does not approve (separation of duties): whoever can hand out roles could
otherwise let orders pass alone, under a name that he has just made. Everybody but a mere reader may stop trading, which
needs no second person. The first user of a desk gets all roles: an individual who runs a desk alone is all of them, and
four eyes, where a policy asks for them, still need two names.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from trimtab.core.errors import UsageError


class Role(StrEnum):
    """What somebody is at the desk."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    TRADER = "trader"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What somebody may do."""

    READ = "read"
    RESEARCH = "research"  # run backtests, sweeps and what-ifs
    TRADE = "trade"  # propose, edit, send, book
    APPROVE = "approve"
    STOP = "stop"  # the kill switch
    ADMINISTER = "administer"  # users, roles, schedules, settings


ALL = frozenset(Role)
_RIGHTS = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.ANALYST: frozenset({Right.READ, Right.RESEARCH}),
    Role.TRADER: frozenset({Right.READ, Right.RESEARCH, Right.TRADE, Right.STOP}),
    Role.APPROVER: frozenset({Right.READ, Right.APPROVE, Right.STOP}),
    Role.ADMINISTRATOR: frozenset({Right.READ, Right.ADMINISTER, Right.STOP}),
}


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """The rights of all these roles together."""
    return frozenset().union(*(_RIGHTS[role] for role in roles))


def roles_of(words: Iterable[str]) -> frozenset[Role]:
    """The roles that somebody wrote down, at least one. Raises UsageError for a word that is none."""
    found = frozenset(map(_role, words))
    if not found:
        raise UsageError("no role is named", remedy=f"Choose among {', '.join(Role)}.")
    return found


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise UsageError(f"{word!r} is no role", remedy=f"Choose among {', '.join(Role)}.") from None


def written(roles: Iterable[Role]) -> str:
    """Roles as they are stored and told: their words, always in one order."""
    held = frozenset(roles)
    return ",".join(role for role in Role if role in held)


def read(text: str) -> frozenset[Role]:
    """The roles of what `written` wrote."""
    return frozenset(map(Role, filter(None, text.split(","))))
