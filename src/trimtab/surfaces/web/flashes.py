"""What was just done, told once: on the next page that its visitor sees."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_SESSIONS, _EACH = 500, 5


@dataclass(slots=True)
class Flashes:
    """Sentences that wait, by session: (kind, words); kinds are done, note and refused. Gone with the process."""

    _waiting: OrderedDict[str, list[tuple[str, str]]] = field(default_factory=OrderedDict)

    def tell(self, session: str, kind: str, words: str) -> None:
        """Have a sentence told."""
        told = self._waiting.setdefault(session, [])
        told.append((kind, words))
        del told[:-_EACH]
        self._waiting.move_to_end(session)
        while len(self._waiting) > _SESSIONS:
            self._waiting.popitem(last=False)

    def take(self, session: str) -> list[tuple[str, str]]:
        """What waits for a session; then nothing does."""
        return self._waiting.pop(session, []) if session else []
