"""Sign-ins that are under way at the identity provider: each belongs to one browser, ends soon, and is finished once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from trimtab.surfaces.access.lockout import place_of
from trimtab.surfaces.access.refusals import NotSignedIn

LASTS = 600  # seconds
EACH, MOST = 200, 5000  # from one address, and in all


@dataclass(frozen=True, slots=True)
class Flow:
    """One of them: what the provider is told (`state`, `nonce`), what proves that the code is ours (`verifier`, RFC 7636),
    which browser began it (a digest), where to go on, and when it is over.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)
    wanted: str
    place: str
    until: int


class Flows:
    """All of them, in memory: a server that is started anew has forgotten them. Times are seconds since 1970, UTC."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: OrderedDict[str, Flow] = OrderedDict()  # the oldest first

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._open)

    def begin(self, wanted: str, address: str, now: int) -> tuple[Flow, str]:
        """A new one, and the secret that its browser keeps. Beyond the bounds the oldest is given up."""
        self._make_room(place_of(address), now)
        browser, given = secrets.token_urlsafe(32), [secrets.token_urlsafe(32) for _ in range(3)]
        made = Flow(given[0], given[1], given[2], _digest(browser), wanted, place_of(address), now + LASTS)
        self._open[made.state] = made
        return made, browser

    def _make_room(self, place: str, now: int) -> None:
        for state in [one.state for one in self._open.values() if one.until <= now]:
            del self._open[state]
        if Counter(one.place for one in self._open.values())[place] >= EACH:
            del self._open[next(one.state for one in self._open.values() if one.place == place)]
        elif len(self._open) >= MOST:
            self._open.popitem(last=False)

    def take(self, state: str, browser: str, now: int) -> Flow:
        """The one of this state, which is over thereby. Raises NotSignedIn where there is none for this browser."""
        found = self._open.pop(state, None)
        if found is None or found.until <= now:
            remedy = f"A sign-in holds for {LASTS // 60} minutes, and once."
            raise NotSignedIn("this sign-in is over, or was never begun here", remedy=f"{remedy} Begin again.")
        if not same(found.browser, browser):
            raise NotSignedIn("this sign-in was begun in another browser", remedy="Begin again in this one.")
        return found


def same(digest: str, secret: str) -> bool:
    """Whether a browser's secret is the one of this digest."""
    return hmac.compare_digest(digest, _digest(secret))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
