"""Why somebody is not let in, or not let do something."""

from __future__ import annotations

from trimtab.core.errors import TrimtabError


class NotSignedIn(TrimtabError):
    """Nobody is known behind the name, the secret or the token. The message never says which part was wrong."""

    code = "TT-ACC-001"


class LockedOut(TrimtabError):
    """Too many attempts went wrong, for this name or from this address; `wait` seconds from now another is heard."""

    code = "TT-ACC-002"

    def __init__(self, wait: int) -> None:
        self.wait = wait
        minutes = -(-wait // 60)
        super().__init__(
            "too many attempts to sign in went wrong",
            remedy=f"Try again in {minutes} minute{'s' if minutes != 1 else ''}.",
        )


class Forbidden(TrimtabError):
    """Somebody is known, and has no right to do this."""

    code = "TT-ACC-003"
