"""What code of one's own reads beside its view is heard, named and fails; what Python itself reads is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.desk import peeking_parts
from tests.desk.validation_worlds import monthly, trend
from trimtab.desk import knowing_checks
from trimtab.desk.asking import heard
from trimtab.desk.backtest import backtest
from trimtab.desk.conformance import check
from trimtab.desk.other_sources import _named, listening, modules_of, read_by
from trimtab.desk.specimens import Recipe, specimen
from trimtab.signals.trend import Trend
from trimtab.validation.checks import Light
from trimtab.validation.specimen import Verdict


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is heard in one test is not heard in the next."""
    monkeypatch.setattr("trimtab.desk.other_sources._READ", {})
    knowing_checks._verdict.cache_clear()


@pytest.fixture
def tomorrow(tmp_path: Path) -> str:
    path = tmp_path / "tomorrow.csv"
    path.write_text("date,A\n2030-01-31,100\n", encoding="utf-8")
    return str(path)


def said(verdict: Verdict) -> tuple[bool, str]:
    (found,) = (one for one in verdict.findings if one.name == "other sources")
    return found.passed, found.detail


def test_a_signal_that_reads_a_file_fails_and_the_file_is_named(tomorrow: str) -> None:
    """A regression: a file of real prices is the same in every changed market, so the reader of one passed all checks."""
    verdict = check("signals", peeking_parts.FromFile(tomorrow), decisions=10)
    assert [one.name for one in verdict.failures] == ["other sources"]
    assert f"it reaches for the file {tomorrow}" in said(verdict)[1]


def test_a_file_that_was_read_in_the_backtest_and_kept_fails_the_validation(tomorrow: str) -> None:
    """A regression: by the time of the audit it has been read, and nothing is opened any more."""
    policy = trend(signals={"file": {"use": "tests.desk.peeking_parts:FromFile", "path": tomorrow}}, combine=None)
    result = backtest(policy, monthly(policy, 1, count=60))
    found = knowing_checks.lookahead(SimpleNamespace(result=result))  # type: ignore[arg-type]
    assert found.light is Light.FAIL
    assert f"reaches for the file {tomorrow}" in found.words


def test_an_honest_signal_and_one_of_ours_read_nothing() -> None:
    for signal in (peeking_parts.Gained(), Trend()):
        assert said(check("signals", signal, decisions=10)) == (
            True,
            "it opens no file, program or connection while it is asked",
        )
    assert modules_of(Trend()) == ()
    assert modules_of(peeking_parts.Gained()) == ("tests.desk.peeking_parts",)


def test_what_an_import_opens_is_no_source(tmp_path: Path, tomorrow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"from pathlib import Path\nPath({tomorrow!r}).read_text()\n"
    (tmp_path / "this_is_imported_late.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert said(check("signals", peeking_parts.Imports(), decisions=10))[0]


def test_files_that_others_open_meanwhile_are_not_blamed_on_it(tomorrow: str) -> None:
    with listening(peeking_parts.Gained()):
        Path(tomorrow).read_text(encoding="utf-8")
    assert read_by(peeking_parts.Gained()) == ()


def test_code_the_machine_and_time_zones_may_be_opened() -> None:
    for path in ("a.py", "b.cpython-311.pyc", "c.so", "/proc/cpuinfo", "/usr/share/zoneinfo/Europe/Vienna", 3, b"d.nbi"):
        assert _named("open", (path, "r", 0)) == ""
    assert _named("sqlite3.connect", (":memory:",)) == ""
    assert _named("open", ("prices.csv", "r", 0)) == "prices.csv"
    assert _named("socket.connect", (None, ("127.0.0.1", 80))) == "('127.0.0.1', 80)"
    assert _named("subprocess.Popen", ("curl", [], None, None)) == "curl"


def test_programs_are_heard_as_files_are() -> None:
    with listening(peeking_parts.Starts()):
        heard(peeking_parts.Starts(), specimen(Recipe()).at([3]))
    assert any(what.startswith("the program ") for what in read_by(peeking_parts.Starts()))


def test_a_program_of_ones_own_may_read_files_around_trimtab(tomorrow: str) -> None:
    """The module of the component stands on the stack then too, but outside of Trimtab."""
    with listening(peeking_parts.FromFile()):
        peeking_parts.FromFile(tomorrow)(specimen(Recipe()).at([3]))
    assert read_by(peeking_parts.FromFile()) == ()
