"""Who may do what, written into the journal of the book: changes of users, roles and tokens, by whom and when.

Comings and goings go into the log of the server alone: they change nothing.
"""

from __future__ import annotations

from trimtab.surfaces.access.changes import Change
from trimtab.surfaces.serving.hand import Hand
from trimtab.surfaces.serving.station import LOG

KIND = "access"  # note: what (a Change), and its body
_LOGGED = (Change.SIGNED_IN, Change.SIGNED_OUT, Change.LOCKED)


class Noting:
    """Listens at the door of a desk, and writes down what changes there."""

    __slots__ = ("_hand",)

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def __call__(self, kind: str, body: dict[str, str]) -> None:
        """Note one change. Raises where the book cannot be written; then the door stays as it was."""
        LOG.info("door", extra={"change": kind, **{f"of_{name}": text for name, text in body.items()}})
        if kind not in _LOGGED:
            self._hand.note(KIND, {"what": str(kind), **body}, body.get("by") or body.get("user") or "server")
