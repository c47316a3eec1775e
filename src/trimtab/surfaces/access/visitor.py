"""Whoever is behind a request, and what they may do at this moment."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum

from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import Right, Role


class Way(StrEnum):
    """How somebody came in."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 (a word, no secret)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Made anew for each request: what it holds is true for this one only.

    `csrf` is what a form must bring back, and `session` names the session, both empty for a token: a browser sends no token
    by itself, so nobody can forge a request with it.
    """

    name: str
    roles: frozenset[Role]
    rights: frozenset[Right]
    way: Way
    csrf: str = field(default="", repr=False)
    session: str = field(default="", repr=False)

    def require(self, right: Right) -> None:
        """Raises Forbidden unless the visitor has the right."""
        if right not in self.rights:
            held = ", ".join(sorted(self.roles)) or "no role"
            what = f"{self.name} ({held}) has no right to {right}"
            raise Forbidden(what, remedy="Ask an administrator of the desk for a role that may.")

    def require_form(self, token: str) -> None:
        """Raises Forbidden where a form of a session does not bring back its token (F3, forged requests)."""
        if self.way is Way.TOKEN:
            return
        given = token.encode("utf-8", "surrogatepass")
        if not self.csrf or not hmac.compare_digest(given, self.csrf.encode()):
            what = "the form does not come from a page of this session"
            raise Forbidden(what, remedy="Load the page again, and repeat what you did.")
