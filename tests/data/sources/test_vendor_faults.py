"""Every vendor against every fault of the wire: the right values after a retry, or one clear error; bounded; no key shown."""

from __future__ import annotations

import logging
import traceback
from itertools import repeat

import numpy as np
import pytest

from tests.data.sources.loopback import GOOD, HASTY, QUICK, Loopback, Step
from tests.data.sources.vendor_cases import CASES, FORMS, NOW, SECRET, Case, fetched
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.history import History
from trimtab.data.sources import wire
from trimtab.data.sources.wire import Patience

ECHO = f'{{"Information": "your key {SECRET} is spent"}}'.encode()

MENDED = {
    "good": [],
    "gzip": [Step(packed=True)],
    "chunked": [Step(how="chunked")],
    "429 with Retry-After": [Step(429, ECHO, {"Retry-After": "1"})],
    "500": [Step(500, ECHO)],
    "503 twice": [Step(503, ECHO), Step(503, ECHO)],
    "reset": [Step(how="reset")],
    "truncated": [Step(how="cut")],
}

LASTING = {
    "500 for ever": (Step(500, ECHO), "HTTP 500"),
    "429 for ever": (Step(429, ECHO), "asked too often"),
    "400 with the key in it": (Step(400, ECHO), "HTTP 400"),
    "401": (Step(401, ECHO), "refuses"),
    "403": (Step(403, ECHO), "refuses"),
    "404": (Step(404, ECHO), "knows no"),
    "a web page": (Step(body=b"<!DOCTYPE html>\n<html>Sign in " + SECRET.encode()), "a web page instead of data"),
    "truncated for ever": (Step(how="cut"), "cut short"),
    "reset for ever": (Step(how="reset"), "the connection broke"),
    "another schema": (Step(body=b'{"unexpected": ["form", 1]}'), "expected|unknown form|cannot be read"),
    "another table": (Step(body=b"when,what\n2024-01-02,1\n2024-01-03,2\n"), "expected|cannot be read"),
    "a note that repeats the key": (Step(body=ECHO), r"\*\*\*|expected|cannot be read"),
    "nothing": (Step(body=b""), "expected|cannot be read|empty"),
    "bytes": (Step(body=bytes(range(256))), "expected|cannot be read|zero bytes"),
    "redirect to another host": (Step(302, b"", {"Location": f"https://elsewhere.invalid/?k={SECRET}"}), "another host"),
    "huge": (Step(body=b"1,2\n" * 50_000), "larger than"),
    "gzip bomb": (Step(body=b"1,2\n" * 5_000_000, packed=True), "unpacks to more than"),
}


def shown_texts(error: BaseException) -> str:
    """Everything that could be printed of an error: itself, what hangs on it, and the locals of its frames."""
    texts, todo, seen = [], [error], set()
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        trace = one.__traceback__
        while trace and "trimtab" not in trace.tb_frame.f_globals["__name__"].split("."):
            trace = trace.tb_next  # the tests' own frames hold what was planted
        texts += traceback.TracebackException(type(one), one, trace, capture_locals=True).format()
        todo += [inner for inner in (one.__cause__, one.__context__) if inner is not None]
    return "\n".join(texts)


def require_unshown(*texts: str) -> None:
    found = [form for form in FORMS for text in texts if form in text]
    assert not found, f"the key was shown: {found}"


@pytest.fixture
def planted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case with its key in the environment and no file of keys."""
    case = CASES[request.param]
    for name in ("TIINGO", "FRED", "EODHD", "ALPHAVANTAGE", "NASDAQ_DATA_LINK"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("settings")))
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    return case


def every_vendor() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("planted", CASES, indirect=True)


def require_good(found: list[History], case: Case) -> None:
    assert [history.about.name for history in found] == list(case.codes)
    for history, closes in zip(found, case.closes, strict=True):
        assert history.values == pytest.approx(list(closes), rel=1e-15)


@every_vendor()
@pytest.mark.parametrize("fault", MENDED)
def test_after_a_passing_fault_the_values_are_right(planted: Case, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Loopback(planted.good, MENDED[fault]) as server:
        found = fetched(planted, server, QUICK)
    require_good(found, planted)
    again = sum(step.status != 200 or step.how in ("cut", "reset") for step in MENDED[fault])
    assert len(server.asked) == planted.requests + again
    require_unshown(caplog.text, repr(found), repr([history.about for history in found]))


@every_vendor()
@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_one_clear_error(planted: Case, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    step, words = LASTING[fault]
    with Loopback(planted.good, repeat(step)) as server, pytest.raises(TrimtabError, match=words) as caught:
        fetched(planted, server, QUICK)
    assert isinstance(caught.value, (DataError, UsageError))
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert len(server.asked) <= max(planted.requests, QUICK.tries)
    if planted.key:  # a vendor that was sent no key has none to repeat
        require_unshown(caplog.text, shown_texts(caught.value))


@every_vendor()
@pytest.mark.parametrize("how", ["drip", "drip in the header", "silent"])
def test_a_slow_answer_is_given_up(planted: Case, how: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        Loopback(planted.good, repeat(Step(how=how))) as server,
        pytest.raises(DataError, match="not complete after") as caught,
    ):
        fetched(planted, server, HASTY)
    assert len(server.asked) == 1
    require_unshown(caplog.text, shown_texts(caught.value))


@every_vendor()
def test_a_fault_in_any_one_request_of_several_is_an_error(planted: Case) -> None:
    for place in range(planted.requests):
        script = [GOOD] * place + [Step(404, b"")]
        with Loopback(planted.good, script) as server, pytest.raises(DataError, match="knows no"):
            fetched(planted, server, QUICK)
        assert len(server.asked) == place + 1 or planted.requests == 3


@every_vendor()
def test_nobody_listening_shows_no_key(planted: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendor = planted.make("http://127.0.0.1:9", Patience(tries=2, pause=0.0, connect=1.0, answer=5.0))
    with pytest.raises(DataError) as caught:
        list(vendor.fetch(planted.codes, since={}, now=NOW))
    require_unshown(caplog.text, shown_texts(caught.value), repr(vendor))


@every_vendor()
def test_the_key_does_travel(planted: Case) -> None:
    with Loopback(planted.good) as server:
        fetched(planted, server, QUICK)
    sent = [f"{path} {headers}" for path, headers in server.asked]
    assert all(any(form in text for form in FORMS) for text in sent) is bool(planted.key)


@every_vendor()
def test_an_unsafe_address_is_refused(planted: Case) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        list(planted.make("http://elsewhere.invalid", QUICK).fetch(planted.codes, since={}, now=NOW))
    if planted.key:
        with pytest.raises(UsageError, match="is not sent to") as caught:
            list(planted.make("https://elsewhere.invalid", QUICK).fetch(planted.codes, since={}, now=NOW))
        require_unshown(shown_texts(caught.value))


@every_vendor()
def test_a_missing_key_is_said_before_anything_is_asked(planted: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in planted.environment:
        monkeypatch.delenv(name)
    with Loopback(planted.good) as server:
        if planted.key and planted is not CASES["fred with a key"]:
            with pytest.raises(UsageError, match="needs a key"):
                fetched(planted, server, QUICK)
            assert server.asked == []
        elif planted is not CASES["fred with a key"]:
            require_good(fetched(planted, server, QUICK), planted)


@every_vendor()
def test_what_was_yielded_before_a_fault_stands(planted: Case) -> None:
    codes = [planted.codes[0], "../no?such#code:X/Y"]
    with Loopback(planted.good, [GOOD] * planted.requests + [Step(404, b"")] * 3) as server:
        asked = planted.make(server.url, QUICK).fetch(codes, since={}, now=NOW)
        require_good([next(asked)], Case(planted.make, {}, codes[:1], planted.closes[:1]))
        with pytest.raises(DataError, match="knows no"):
            next(asked)
    assert not [path for path, _ in server.asked if "/../" in path or "#" in path]


@every_vendor()
def test_a_start_is_asked_for_with_a_margin(planted: Case) -> None:
    with Loopback(planted.good) as server:
        found = fetched(planted, server, QUICK, {code: np.datetime64("2024-01-03") for code in planted.codes})
    require_good(found, planted)


def test_french_downloads_a_dataset_once() -> None:
    case = CASES["french"]
    with Loopback(case.good) as server:
        assert len(fetched(case, server, QUICK)) == 2
    assert len(server.asked) == 1
    with pytest.raises(UsageError, match="names no dataset and column"):
        list(case.make("https://elsewhere.invalid", QUICK).fetch(["RF"], since={}, now=NOW))


@pytest.mark.parametrize("planted", ["eodhd"], indirect=True)
def test_control_without_scrubbing_the_same_test_finds_the_key(
    planted: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(wire, "scrubbed", lambda text, _: text)
    monkeypatch.setattr("trimtab.data.sources.http.scrubbed", lambda text, _: text)
    with Loopback(planted.good, repeat(Step(400, ECHO))) as server, pytest.raises(TrimtabError) as caught:
        fetched(planted, server, QUICK)
    for text in (caplog.text, shown_texts(caught.value)):
        with pytest.raises(AssertionError, match="the key was shown"):
            require_unshown(text)
