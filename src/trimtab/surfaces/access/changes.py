"""What is told when somebody comes or goes, or when who may do what changes: for the journal, and without secrets.

It is told inside the transaction that makes the change, as the last thing: where telling fails, nothing is changed (a lock
alone is told when it stands). The listener must not write to the same store.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Listener = Callable[[str, dict[str, str]], None]


class Change(StrEnum):
    """The kinds of what is told."""

    USER_MADE = "user-made"
    ROLES_CHANGED = "roles-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 (a word, no secret)
    USER_DISABLED = "user-disabled"
    USER_ENABLED = "user-enabled"
    IDENTITY_CHANGED = "identity-changed"
    LOCKED = "locked"
    TOKEN_MADE = "token-made"  # noqa: S105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"


def silent(kind: str, body: dict[str, str]) -> None:
    """Nobody listens."""
