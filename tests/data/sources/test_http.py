"""The HTTP client: a whole answer or one clear error, in bounded time, after a bounded number of requests."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from itertools import repeat

import pytest

from tests.data.sources.loopback import GOOD, HASTY, QUICK, Loopback, Step
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.sources import wire
from trimtab.data.sources.http import Answer, Client, segment
from trimtab.data.sources.keys import Login, Secret
from trimtab.data.sources.wire import Patience

BODY = b"date,close\n2024-01-02,101.5\n"
HOME = "https://vendor.invalid"
KEY = Login(Secret("canary/of+keys=1", "VENDOR_API_KEY"), query="token")


def ask(server: Loopback, patience: Patience = QUICK, login: Login | None = None, path: str = "/x") -> Answer:
    return Client("vendor", server.url, HOME, patience).get(path, {"a": "b c"}, series="SPY", login=login)


def refused(server: Loopback, patience: Patience = QUICK, login: Login | None = None) -> TrimtabError:
    with pytest.raises(TrimtabError) as caught:
        ask(server, patience, login)
    assert caught.value.remedy
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("first", "requests"),
    [
        pytest.param([], 1, id="good"),
        pytest.param([Step(packed=True)], 1, id="gzip"),
        pytest.param([Step(how="chunked")], 1, id="chunked"),
        pytest.param([Step(429, b"slow down", {"Retry-After": "0"})], 2, id="429"),
        pytest.param([Step(429, b"slow down", {"Retry-After": "3600"})], 2, id="429 for longer than the cap"),
        pytest.param([Step(503, b"", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})], 2, id="503 until a date"),
        pytest.param([Step(503, b"", {"Retry-After": "soon"})], 2, id="a Retry-After that is none"),
        pytest.param([Step(500, b"oops")], 2, id="500"),
        pytest.param([Step(502, b"oops"), Step(504, b"oops")], 3, id="502 and 504"),
        pytest.param([Step(how="reset")], 2, id="reset"),
        pytest.param([Step(how="cut")], 2, id="cut"),
        pytest.param([Step(how="chunks cut")], 2, id="chunks cut"),
        pytest.param([Step(headers={"Content-Encoding": "gzip"})], 2, id="damaged gzip"),
        pytest.param([Step(body=gzip.compress(BODY)[:-6], headers={"Content-Encoding": "gzip"})], 2, id="gzip cut"),
        pytest.param([Step(302, b"", {"Location": "/y?z=1"})], 2, id="a redirect on the same host"),
    ],
)
def test_what_passes_ends_in_the_right_body(first: list[Step], requests: int) -> None:
    with Loopback({"/": BODY}, first) as server:
        answer = ask(server)
    assert (answer.status, answer.body) == (200, BODY)
    assert len(server.asked) == requests
    assert server.asked[0][0] == "/x?a=b+c"


@pytest.mark.parametrize(
    ("step", "words", "most"),
    [
        (Step(500, b"oops"), "vendor SPY: vendor answers with HTTP 500: oops. Try again later.", 3),
        (Step(429, b""), "asked too often (HTTP 429). Wait a while", 3),
        (Step(how="reset"), "no usable answer: the connection broke", 3),
        (Step(how="cut"), "no usable answer: its answer was cut short", 3),
        (Step(how="chunks cut"), "no usable answer: its answer was cut short", 3),
        (Step(body=b" \n<!DOCTYPE html><p>Log in"), "a web page instead of data", 1),
        (Step(body=b"<p>x", headers={"Content-Type": "text/html"}), "a web page instead of data", 1),
        (Step(404, b"no"), "vendor SPY: vendor knows no series SPY. Check how vendor writes it.", 1),
        (Step(403, b"no"), "refuses to answer (HTTP 403)", 1),
        (Step(400, b"bad\x1b[2J\nthing"), "HTTP 400. Check the code", 1),
        (Step(204, b""), "HTTP 204", 1),
        (Step(301, b"", {"Location": "https://elsewhere.invalid/"}), "redirects to another host", 1),
        (Step(301, b"", {"Location": "file:///etc/passwd"}), "redirects to another host", 1),
        (Step(301, b"", {"Location": "http://127.0.0.1:1/"}), "redirects to another host", 1),
        (Step(301, b"", {"Location": "http://[::1"}), "an address that cannot be read", 1),
        (Step(302, b"", {"Location": "/x"}), "HTTP 302", 4),
        (Step(body=b"x" * 200_000), "larger than 100000 bytes", 1),
        (Step(body=b"0" * 5_000_000, packed=True), "unpacks to more than 100000 bytes", 1),
        (Step(headers={"Content-Encoding": "br"}), "packed in a way", 1),
    ],
)
def test_what_stays_bad_ends_in_one_clear_error(step: Step, words: str, most: int) -> None:
    with Loopback({"/": BODY}, repeat(step)) as server:
        error = refused(server)
    assert words in str(error)
    assert isinstance(error, DataError)
    assert 1 <= len(server.asked) <= most


@pytest.mark.parametrize("how", ["drip", "drip in the header", "drip between chunks", "silent"])
def test_a_slow_answer_ends_at_its_deadline(how: str) -> None:
    begin = time.monotonic()
    with Loopback({"/": BODY * 100}, repeat(Step(how=how))) as server:
        error = refused(server, HASTY)
    assert "not complete after 0.15 seconds" in str(error)
    assert time.monotonic() - begin < 2.0
    assert len(server.asked) == 1


def test_without_the_watch_a_drip_in_the_header_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the deadline test fails for a client that only limits the silence between two bytes."""
    monkeypatch.setattr(wire.Watch, "_cut", lambda _: None)
    begin = time.monotonic()
    with Loopback({"/": BODY}, [Step(how="drip in the header")]) as server:
        timer = threading.Timer(1.0, server.closing.set)
        timer.start()
        refused(server, HASTY)
        timer.join()
    assert time.monotonic() - begin > 0.9


def test_silence_is_tried_again_within_the_deadline() -> None:
    patience = Patience(tries=2, pause=0.0, silence=0.05, answer=5.0)
    with Loopback({"/": BODY}, [Step(how="silent")]) as server:
        assert ask(server, patience).body == BODY
    with Loopback({"/": BODY}, repeat(Step(how="silent"))) as server:
        assert "falls silent" in str(refused(server, patience))
    assert len(server.asked) == 2


def test_what_speaks_no_trusted_tls_is_refused_at_once() -> None:
    with Loopback({"/": BODY}) as server, pytest.raises(DataError, match="certificate is not trusted, or it speaks no TLS"):
        Client("vendor", server.url.replace("http:", "https:"), HOME, QUICK).get("/", {}, series="SPY")
    assert server.asked == []


def test_certificates_are_checked() -> None:
    with wire._opened(wire.Call("https", "vendor.invalid", 443, "/"), wire.Watch(1.0)) as pool:
        assert pool.cert_reqs == "CERT_REQUIRED"
        assert pool.ca_certs
        assert pool.assert_hostname is None  # urllib3: the name is checked unless this is False


def test_nobody_listening_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataError, match="it cannot be reached"):
        Client("vendor", f"http://127.0.0.1:{port}", HOME, QUICK).get("/", {}, series="SPY")


def test_a_pause_beyond_the_deadline_is_not_waited_for() -> None:
    patience = Patience(tries=3, longest_pause=60.0, answer=1.0)
    begin = time.monotonic()
    with Loopback({"/": BODY}, repeat(Step(429, b"", {"Retry-After": "50"}))) as server:
        assert "asked too often" in str(refused(server, patience))
    assert time.monotonic() - begin < 1.0
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(status: int) -> None:
    with Loopback({}, [Step(status, b"Invalid token canary/of+keys=1")]) as server:
        error = refused(server, login=KEY)
    assert isinstance(error, UsageError)
    assert "VENDOR_API_KEY" in str(error)
    assert "Invalid token ***" in str(error)
    assert "canary" not in str(error)


def test_the_key_travels_and_survives_a_redirect_that_repeats_it() -> None:
    moved = Step(302, b"", {"Location": "/new?q=1&token=canary%2Fof%2Bkeys%3D1"})
    with Loopback({"/": BODY}, [moved]) as server:
        assert ask(server, login=KEY).body == BODY
    assert [path for path, _ in server.asked] == [
        "/x?a=b+c&token=canary%2Fof%2Bkeys%3D1",
        "/new?q=1&token=canary%2Fof%2Bkeys%3D1",
    ]


def test_a_key_in_a_header() -> None:
    with Loopback({"/": BODY}, [GOOD]) as server:
        ask(server, login=Login(Secret("canary-key"), header="Authorization", prefix="Token "))
    assert server.asked[0][0] == "/x?a=b+c"
    assert server.asked[0][1]["Authorization"] == "Token canary-key"


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.invalid",
        "ftp://vendor.invalid",
        "file:///etc/passwd",
        "https://user:word@vendor.invalid",
        "https://",
        "https://vendor.invalid:x",
        "http://169.254.169.254",
        "http://[::ffff:127.0.0.1]",
        "http://127.0.0.1.elsewhere.invalid",
        "https://vendor.invalid?a=b",
        "",
    ],
)
def test_addresses_that_are_not_safe_are_refused_unasked(url: str) -> None:
    with pytest.raises(UsageError, match="address of vendor cannot be used"):
        Client("vendor", url, HOME, QUICK).get("/x", {}, series="SPY")


def test_a_key_is_sent_to_its_vendor_only() -> None:
    """A policy from somebody else could name another address, and so collect keys."""
    with pytest.raises(UsageError, match=r"not sent to elsewhere\.invalid"):
        Client("vendor", "https://elsewhere.invalid", HOME, QUICK).get("/x", {}, series="SPY", login=KEY)


@pytest.mark.parametrize("code", ["../../etc", "a/b?c=d#e", "..", ".", "a b", "é", "%2e%2e"])
def test_a_code_stays_one_piece_of_the_path(code: str) -> None:
    with Loopback({"/": BODY}) as server:
        ask(server, path=f"/p/{segment(code)}/q")
    path = server.asked[0][0].partition("?")[0]
    assert path.count("/") == 3
    assert path.startswith("/p/")
    assert path.endswith("/q")
    assert "/../" not in path
    assert "/./" not in path


def test_errors_of_a_parser_are_raised_anew_without_the_key() -> None:
    def parse(data: bytes) -> None:
        raise DataError(f"the vendor says {data.decode()}", where="canary/of+keys=1", remedy="canary%2Fof%2Bkeys%3D1")

    with pytest.raises(DataError) as caught:
        Answer(200, "", b"key canary/of+keys=1 is spent", KEY).read(parse)
    assert str(caught.value) == "***: the vendor says key *** is spent. ***"
    assert caught.value.__cause__ is caught.value.__context__ is None
