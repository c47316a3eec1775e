"""`trimtab report`: of a run of the workspace, computed again, and of any file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns of a fund and prices of an index, in files."""
    days = pd.bdate_range("2018-01-01", "2021-12-31")
    steps = np.random.default_rng(1).normal(0.0003, 0.01, (len(days), 2))
    pd.DataFrame({"date": days, "fund": steps[:, 0]}).to_csv(tmp_path / "returns.csv", index=False)
    prices = 100.0 * np.cumprod(1.0 + steps[:, 1])
    pd.DataFrame({"date": days, "index": prices, "other": prices}).to_csv(tmp_path / "index.csv", index=False)
    pd.DataFrame({"date": days, "index": prices}).to_csv(tmp_path / "b.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(words: str) -> int:
    """The exit code of a command line."""
    return main(words.split())


def test_a_file_becomes_a_report_beside_its_benchmark(files: Path, capsys: Capture) -> None:
    assert ran("report returns.csv --benchmark b.csv --live-start 2020-01-02 --title Fund --as-of 2021-06-30") == 0
    said = capsys.readouterr()
    assert said.out.startswith(" Fund: ")
    assert "report: returns-report.html" in said.out
    page = (files / "returns-report.html").read_text(encoding="utf-8")
    for words in ("File returns.csv", "2021-06-30", "live from 2020-01-02", "Tracking error"):
        assert words in page
    assert "2021-07-02" not in page


def test_one_column_of_many_and_a_place_of_its_own(files: Path, capsys: Capture) -> None:
    assert ran("report index.csv --column other --prices --client --out deep/client.html --json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["kind"] == "report"
    assert (document["report"], document["pdf"]) == (str(Path("deep/client.html")), None)
    page = (files / "deep" / "client.html").read_text(encoding="utf-8")
    assert "<code>" not in page.partition('id="charts"')[0]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("report nothing.csv", 2, "there is no such file"),
        ("report index.csv", 2, "2 columns of numbers"),
        ("report returns.csv --live-start soon", 2, "is not a date"),
        ("report returns.csv --live-start 2030-01-01", 2, "is not between"),
        ("report returns.csv --benchmark nothing.csv", 2, "there is no such file"),
        ("report abc123", 2, "there is no run"),
    ],
)
def test_what_cannot_be_reported_is_said_in_one_line(files: Path, capsys: Capture, words: str, code: int, said: str) -> None:
    assert ran(words) == code
    error = capsys.readouterr().err
    assert said in " ".join(error.split())


def test_a_pdf_without_a_browser_fails_before_the_work(files: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_CHROMIUM", "no-such-browser")
    assert ran("report returns.csv --out sheet.pdf") == 2
    assert "TRIMTAB_CHROMIUM" in capsys.readouterr().err
    assert not list(files.glob("*.html"))


def test_a_run_is_computed_again_with_its_trials_and_its_benchmark(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ran("backtest static-60-40 --as-of 1940-12-31 --quiet") == 0
    run = (tmp_path / "last").read_text(encoding="utf-8").strip()
    first = (tmp_path / "runs" / run / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert ran(f"report {run[:6]} --out again.html --quiet") == 0
    again = (tmp_path / "again.html").read_text(encoding="utf-8")
    assert "1 in this workspace, the first" in again
    assert first.partition("<main")[2] == again.partition("<main")[2]
    months = pd.date_range("1926-07-31", "1940-12-31", freq="ME")
    pd.Series(0.01, index=months, name="Steady").to_csv("steady.csv", index_label="date")
    assert ran(f"report {run[:6]} --benchmark steady.csv --out beside.html --quiet") == 0  # what a file costs is not known
    beside = (tmp_path / "beside.html").read_text(encoding="utf-8")
    assert "What Steady cost is not known" in beside
    assert "Static benchmark" in beside.partition(">Steady<")[2]
