"""Asking a vendor over HTTP: an answer that is whole and of the right sort, or one clear error that holds no key.

Tried again are 429 and 503 (after as long as Retry-After asks, capped), 500, 502 and 504, and broken connections, a few
times in all. Redirects are followed to the same host only; a key goes to the vendor's own host, or to this machine, only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.sources.keys import Login
from trimtab.data.sources.wire import Call, Fault, Patience, Reply, Watch, exchange, scrubbed

_T = TypeVar("_T")

_AGAIN = frozenset((429, 500, 502, 503, 504))
_MOVED = frozenset((301, 302, 303, 307, 308))
_HOPS = 3
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LATER = "Try again later."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered, whole and unpacked. `login` is what to keep out of every message made from it."""

    status: int
    content_type: str
    body: bytes = field(repr=False)  # vendors repeat keys in their notes
    login: Login | None = None

    def read(self, parse: Callable[[bytes], _T]) -> _T:
        """`parse` of the body. Its errors are raised anew without the key, which vendors repeat in their notes."""
        try:
            return parse(self.body)
        except TrimtabError as error:
            clean = [scrubbed(text, self.login) for text in (error.what, error.where, error.remedy)]
            fault = type(error)(clean[0], where=clean[1], remedy=clean[2], code=error.code)
        raise fault  # out here, so that the first error does not hang on it


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one vendor. `url` is the address its paths are appended to, `home` the vendor's own, where keys may go."""

    vendor: str
    url: str
    home: str
    patience: Patience = Patience()

    def get(self, path: str, query: Mapping[str, str], *, series: str, login: Login | None = None, known: str = "") -> Answer:
        """The answer to a request for `series`, which `known` describes where it is no series.

        Raises DataError for anything but a whole answer of status 200 that is no web page; UsageError where the key is
        refused, the address cannot be used, or a package is missing.
        """
        call = self._call(path, query, login)
        with Watch(self.patience.answer) as watch:
            got = self._persist(call, watch)
        return self._judged(got, login, series, known or "series")

    def _call(self, path: str, query: Mapping[str, str], login: Login | None) -> Call:
        for package in ("urllib3", "certifi"):
            if find_spec(package) is None:
                raise UsageError(f"{self.vendor} needs the package {package}", remedy="Install trimtab[vendors].")
        call = _taken_apart(self.url.rstrip("/") + path, self.vendor)
        if login and call.host not in (*_LOOPBACK, urlsplit(self.home).hostname):
            remedy = f"Leave the address out, or use one at {self.home}."
            raise UsageError(f"the key of {self.vendor} is not sent to {call.host}", remedy=remedy)
        return replace(call, query=urlencode(query), login=login)

    def _persist(self, call: Call, watch: Watch) -> Reply | Fault:
        """Ask until there is an answer, or until neither tries nor time are left."""
        urllib3 = import_module("urllib3")
        retry = urllib3.Retry(
            total=self.patience.tries - 1,
            backoff_factor=self.patience.pause / 2,
            backoff_max=self.patience.longest_pause,
            status_forcelist=_AGAIN,
        )
        hops = 0
        while True:
            got = exchange(call, self.patience, watch)
            if isinstance(got, Reply) and got.status in _MOVED and hops < _HOPS:
                moved = _moved(call, got)
                if isinstance(moved, Fault):
                    return moved
                call, hops = moved, hops + 1
                continue
            if not (got.again if isinstance(got, Fault) else got.status in _AGAIN):
                return got
            try:
                retry = _spent(retry, got)
            except urllib3.exceptions.MaxRetryError:
                return got
            pause = min(_pause(retry, got), self.patience.longest_pause)
            if pause >= watch.left:
                return got
            time.sleep(pause)

    def _judged(self, got: Reply | Fault, login: Login | None, series: str, known: str) -> Answer:
        where = f"{self.vendor} {series}"
        if isinstance(got, Fault):
            raise DataError(f"{self.vendor} gave no usable answer: {got.what}", where=where, remedy=_LATER)
        if got.status in (401, 403):
            raise self._refused(got, login, where)
        if got.status == 404:
            remedy = f"Check how {self.vendor} writes it."
            raise DataError(f"{self.vendor} knows no {known} {series}", where=where, remedy=remedy)
        if got.status == 429:
            remedy = "Wait a while, or ask for fewer series at a time."
            raise DataError(f"{self.vendor} has been asked too often (HTTP 429)", where=where, remedy=remedy)
        if got.status != 200:
            said = _excerpt(got.body, login)
            remedy = _LATER if got.status >= 500 else "Check the code of the series and the key."
            raise DataError(f"{self.vendor} answers with HTTP {got.status}{said}", where=where, remedy=remedy)
        kind = next((value for name, value in got.headers.items() if name.lower() == "content-type"), "")
        if _is_page(got.body, kind):
            remedy = "Open the vendor's site: it may be down, ask for a log-in, or have blocked this machine."
            raise DataError(f"{self.vendor} answers with a web page instead of data", where=where, remedy=remedy)
        return Answer(got.status, kind, got.body, login)

    def _refused(self, got: Reply, login: Login | None, where: str) -> TrimtabError:
        if login is None:
            what = f"{self.vendor} refuses to answer (HTTP {got.status})"
            return DataError(what, where=where, remedy="Check the address, and whether the vendor blocks this machine.")
        what = f"{self.vendor} refuses the key (HTTP {got.status}){_excerpt(got.body, login)}"
        remedy = f"Check the environment variable {login.secret.variable}, and what your plan allows."
        return UsageError(what, where=where, remedy=remedy)


def segment(code: str) -> str:
    """A code as one piece of a path: whatever it holds, it stays inside the piece."""
    return quote(code, safe="") if code.strip(".") else quote(code, safe="").replace(".", "%2E")


def _taken_apart(address: str, vendor: str) -> Call:
    """The address as a Call. Raises UsageError for one that is not https, or http to this machine."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not safe or not host or parts.username or parts.query or parts.fragment:
        remedy = "Give an https address without a user name, question mark or number sign."
        raise UsageError(f"the address of {vendor} cannot be used", remedy=remedy)
    return Call(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), parts.path or "/")


def _moved(call: Call, reply: Reply) -> Call | Fault:
    """Where a redirect leads, if it stays on the host. A key that the vendor wrote into it is taken out again."""
    to = next((value for name, value in reply.headers.items() if name.lower() == "location"), "")
    try:
        parts = urlsplit(urljoin(f"{call.scheme}://{_bracketed(call.host)}:{call.port}{call.path}", to))
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return Fault("it redirects to an address that cannot be read", again=False)
    if (parts.scheme, parts.hostname, port) != call.origin:
        return Fault("it redirects to another host, which is not followed", again=False)
    own = call.login.query if call.login else ""
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != own])
    return replace(call, path=quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"), query=query)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _spent(retry: Any, got: Reply | Fault) -> Any:
    """The retry budget after one more failure. Raises MaxRetryError where it is used up."""
    urllib3 = import_module("urllib3")
    if isinstance(got, Fault):
        return retry.increment("GET", error=urllib3.exceptions.ProtocolError(got.what))
    return retry.increment("GET", response=_headers_only(got))


def _pause(retry: Any, got: Reply | Fault) -> float:
    """Seconds to wait before the next try."""
    asked = None
    if isinstance(got, Reply) and got.status in (429, 503):
        try:
            asked = retry.get_retry_after(_headers_only(got))
        except (import_module("urllib3").exceptions.InvalidHeader, ValueError, OverflowError, TypeError):
            asked = None  # a Retry-After that cannot be read: our own pause
    return float(retry.get_backoff_time() if asked is None else asked)


def _headers_only(got: Reply) -> Any:
    return import_module("urllib3").HTTPResponse(status=got.status, headers=got.headers, preload_content=False)


def _is_page(body: bytes, kind: str) -> bool:
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype", b"<html")) or (start.startswith(b"<") and "html" in kind.lower())


def _excerpt(body: bytes, login: Login | None) -> str:
    """The first words of a vendor's answer for a message; nothing where they are no words."""
    text = scrubbed(" ".join(body[:4096].decode("utf-8", errors="replace").split()), login)[:160]
    return f": {text}" if text and not text.startswith("<") and text.isprintable() else ""
