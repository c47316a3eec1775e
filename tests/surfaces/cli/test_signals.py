"""`trimtab signals`: one line a signal, the vote, the regime, and all of it as CSV or Parquet."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from trimtab.surfaces.cli.main import main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_line_a_signal_and_the_vote(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "trend-overlay", "--as-of", "2008-10-31"]) == 0
    out = capsys.readouterr().out
    for name in ("average", "momentum", "spread", "vote"):
        assert sum(line.strip().startswith(name) for line in out.splitlines()) >= 1
    assert "as of 2008-10-31, a decision date" in out
    assert "flips above" in out
    assert "since 2007-12-31" in out
    assert "same_close" in out  # the flaws are on the first screen


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "trend-overlay", "--as-of", "2008-10-31", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["as_of"] == "2008-10-31"
    scores = {one["name"]: one["score"] for one in body["readings"] if one["assets"] == ["US_EQ"]}
    assert scores == {"average": -1.0, "momentum": -1.0, "spread": 1.0, "score": pytest.approx(-1 / 3)}
    assert body["regime"] is None


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_history_is_written(ending: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = here / "sub" / f"all.{ending}"
    assert main(["signals", "trend-overlay", "--as-of", "2008-10-31", "--history", str(file)]) == 0
    if ending == "csv":
        with file.open(newline="") as opened:
            rows = list(csv.DictReader(opened))
    else:
        import pyarrow.parquet as pq

        rows = pq.read_table(file).to_pylist()
    assert str(len(rows)) in capsys.readouterr().out.replace(",", "")
    last = [row for row in rows if row["name"] == "momentum" and row["asset"] == "US_EQ"][-1]
    assert str(last["date"]) == "2008-10-31"
    assert float(last["score"]) == -1.0
    assert last["state"] == "down"


def test_another_ending_is_refused_and_nothing_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "trend-overlay", "--history", "all.xlsx"]) == 2
    assert "neither CSV nor Parquet" in capsys.readouterr().err
    assert list(here.iterdir()) == []
