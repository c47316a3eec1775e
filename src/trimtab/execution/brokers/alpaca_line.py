"""The line to Alpaca: one call at a time, with an end to its waiting, never repeated, and its outcome in our words.

alpaca-py repeats what was answered with 429 or 504, orders too, and waits without end: both are switched off here. Keys
come from the environment; they stand in no message, no error and no representation of ours.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from trimtab.core.errors import ParameterError, TrimtabError
from trimtab.core.venues import NoAccess, NoAnswer, NotSent

_PAPER = ("TRIMTAB_ALPACA_KEY", "TRIMTAB_ALPACA_SECRET")
_LIVE = ("TRIMTAB_ALPACA_LIVE_KEY", "TRIMTAB_ALPACA_LIVE_SECRET")
_ASK = "Ask again: trimtab reconcile."
_OK, _UNAUTHORIZED, _MISSING, _TOO_MANY = 200, 401, 404, 429
_ANSWERS = frozenset({400, 403, _MISSING, 422})  # refusals that the broker explains
_SAFE_URL = re.compile(r"https://[^@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[^@\s]*)?")


class Reply(NamedTuple):
    """What Alpaca answered: HTTP status and the JSON, which is None where there was nothing to say."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Whether it did what it was asked to."""
        return self.status == _OK

    @property
    def words(self) -> str:
        """Why it did not, in the broker's words."""
        return str(self.body.get("message", "")) if isinstance(self.body, dict) else ""


@dataclass(slots=True)
class AlpacaLine:
    """Calls of Alpaca's trading API, version 2. `timeouts` are seconds to connect, and to wait for each piece of an answer."""

    live: bool = False
    url: str = ""
    timeouts: tuple[float, float] = (5.0, 20.0)
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    _client: Any = field(init=False, repr=False, default=None)
    _hidden: tuple[str, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        if self.url and not _SAFE_URL.fullmatch(self.url):
            raise ParameterError("keys would leave in the clear", field="url", remedy="Give an address with https.")
        if not all(0 < seconds < 600 for seconds in self.timeouts):
            raise ParameterError("timeouts are out of range", field="timeouts", remedy="Give seconds between 0 and 600.")

    def ask(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Reply:
        """One call (`get`, `post`, `delete`). Raises NotSent, NoAccess or NoAnswer."""
        self.require_client()
        outcome = self._attempt(method, path, data)
        if isinstance(outcome, TrimtabError):
            raise outcome  # outside of any handler: the error of the library, which holds the keys, does not travel with it
        return outcome

    def require_client(self) -> None:
        """Raises NoAccess without keys, NotSent without the library. Nothing is said to Alpaca."""
        if self._client is None:
            self._client = self._connected()

    def _attempt(self, method: str, path: str, data: Mapping[str, Any] | None) -> Reply | TrimtabError:
        from alpaca.common.exceptions import APIError

        self._client._session.close()  # a connection left open may be dead by now, and leave an order in doubt
        try:
            return Reply(_OK, getattr(self._client, method)(path, dict(data or {}) or None))
        except APIError as error:
            return self._refused(error.status_code, str(error))
        except Exception as error:  # noqa: BLE001 - whatever breaks after the first byte may have arrived
            what = type(error).__name__
            if _before_sending(error):
                return NotSent(f"Alpaca cannot be reached ({what})", remedy="Nothing was sent. Check the connection.")
            return NoAnswer(f"Alpaca gave no answer that reads ({what})", remedy=_ASK)

    def _refused(self, status: int, text: str) -> Reply | TrimtabError:
        """What an HTTP status of 400 or more comes to."""
        if status == _UNAUTHORIZED:
            names = " and ".join(_LIVE if self.live else _PAPER)
            return NoAccess("Alpaca does not accept the keys (401)", remedy=f"Nothing was sent. Check {names}.")
        if status == _TOO_MANY:
            return NotSent("Alpaca takes no more requests this minute (429)", remedy="Nothing was sent. Wait a minute.")
        body = _read(self._clean(text))
        told = isinstance(body, dict) and "message" in body and (status != _MISSING or "code" in body)
        if status in _ANSWERS and told:  # a 404 without a code is of the address, not of the order
            return Reply(status, body)
        return NoAnswer(f"Alpaca answered with HTTP status {status}", remedy=_ASK)

    def _clean(self, text: str) -> str:
        for secret in self._hidden:
            text = text.replace(secret, "(hidden)")
        return text

    def _connected(self) -> Any:
        """A client of alpaca-py that waits no longer than it is told to and repeats nothing. Raises NoAccess, NotSent."""
        key, secret = self._keys()
        client_class = _trading_client()
        client = client_class(key, secret, paper=not self.live, raw_data=True, url_override=self.url or None)
        if not all(hasattr(client, name) for name in ("_session", "_retry", "_retry_codes")):
            raise NotSent("this alpaca-py cannot be told not to repeat orders", remedy="Install the version of the lock.")
        client._retry, client._retry_codes = 0, []
        session: Any = client._session
        session.headers["Connection"] = "close"
        session.auth = _as_it_is  # a .netrc has no say
        session.request = partial(session.request, timeout=self.timeouts)
        self._hidden = (key, secret)
        return client

    def _keys(self) -> tuple[str, str]:
        """Key and secret of the environment. Live has its own. Raises NoAccess."""
        given = os.environ if self.environment is None else self.environment
        names = _LIVE if self.live else _PAPER
        key, secret = (given.get(name, "") for name in names)
        if not key or not secret:
            raise NoAccess(f"{names[0] if not key else names[1]} is not set", remedy=f"Set {names[0]} and {names[1]}.")
        if not all(re.fullmatch(r"[!-~]+", part) for part in (key, secret)):
            raise NoAccess(f"{names[0]} or {names[1]} holds what is no key", remedy="Copy them again, without blanks.")
        if self.live and key == given.get(_PAPER[0], ""):
            raise NoAccess("the live key is that of the paper account", remedy=f"Set {names[0]} to the live key.")
        return key, secret


def _trading_client() -> Any:
    """The class of alpaca-py. Raises NotSent where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it streams through an older part of websockets; we do not
            from alpaca.trading.client import TradingClient
    except ImportError:
        raise NotSent("alpaca-py is not installed", remedy="Run: pip install 'trimtab[alpaca]'.") from None
    return TradingClient


def _as_it_is(request: Any) -> Any:
    return request


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it."""
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException):
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args[:1]]


def _before_sending(error: BaseException) -> bool:
    """Whether the connection was never made: no address, nobody there, or not in time."""
    known = import_module("urllib3").exceptions
    return any(isinstance(one, (known.ConnectTimeoutError, known.NewConnectionError)) for one in _causes(error))
