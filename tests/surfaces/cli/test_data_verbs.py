"""`trimtab data`: the store from the command line, as a newcomer and as cron use it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.sources.loopback import Loopback, Step
from tests.surfaces.cli.desk_folder import everything, put, table
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with prices, a policy, and a store that holds the prices."""
    monkeypatch.chdir(put(tmp_path))
    assert main(["data", "init", "--quiet"]) == 0
    assert main(["data", "add", "folder", "--set", "path=prices", "--quiet"]) == 0
    return tmp_path


def said(words: Sequence[str] | str, capsys: Capture, code: int = 0) -> str:
    capsys.readouterr()
    assert main(words.split() if isinstance(words, str) else list(words)) == code
    return capsys.readouterr().out


def document(words: Sequence[str] | str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    parts = words.split() if isinstance(words, str) else list(words)
    return json.loads(said([*parts, "--json", "--quiet"], capsys, code))  # type: ignore[no-any-return]


def refused(words: Sequence[str] | str, capsys: Capture, code: int) -> str:
    """The one line on standard error."""
    capsys.readouterr()
    assert main(words.split() if isinstance(words, str) else list(words)) == code
    error = capsys.readouterr().err.strip()
    assert error.count("\n") == 0
    assert error.startswith("error TT-")
    return error


def test_a_folder_becomes_a_store_and_a_policy_runs_on_it_as_on_the_folder(folder: Path, capsys: Capture):
    there = document("backtest policy.yaml --data market", capsys)
    here = document("backtest policy.yaml", capsys)
    assert there["data_sha256"] == here["data_sha256"]
    assert there["summary"]["end_value"] == here["summary"]["end_value"]
    policy = (
        (folder / "policy.yaml")
        .read_text(encoding="utf-8")
        .replace("{use: folder, path: prices}", "{use: store, path: market}")
    )
    (folder / "stored.yaml").write_text(policy, encoding="utf-8")
    stored = document("backtest stored.yaml", capsys)
    assert stored["summary"]["end_value"] == here["summary"]["end_value"]
    assert stored["data"]["recorded"].endswith("Z")  # a replay reads what this run read
    assert "US equity" in said("why SPY", capsys)


def test_why_replays_a_run_on_what_was_recorded_then(folder: Path, capsys: Capture):
    run = document("backtest policy.yaml --data market", capsys)["run"]
    rows = table()
    day, spy, tlt = rows[100].split(",")
    rows[100] = f"{day},{float(spy) * 1.01:.4f},{tlt}"
    (folder / "prices" / "prices.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert "1 corrected" in said("data update --quiet", capsys)
    assert "US equity" in said(f"why SPY --run {run} --quiet", capsys)
    assert document("backtest policy.yaml --data market", capsys)["run"] != run


def test_update_says_what_changed_and_then_nothing_new(folder: Path, capsys: Capture):
    assert "2 series with nothing new" in said("data update --quiet", capsys)
    put(folder, table(270))
    changes = document("data update", capsys)["changes"]
    assert [(c["series"], c["added"], c["last"]) for c in changes] == [("SPY", 10, "2011-01-14"), ("TLT", 10, "2011-01-14")]


def test_status_and_show(folder: Path, capsys: Capture):
    body = document("data status", capsys)
    assert [(row["series"], row["feed"], row["rows"]) for row in body["series"]] == [
        ("SPY", "folder", 260),
        ("TLT", "folder", 260),
    ]
    shown = document("data show SPY --rows 2", capsys)
    assert [row["date"] for row in shown["rows"]] == ["2010-12-30", "2010-12-31"]
    assert shown["rows"][-1]["known"] == "2010-12-31T21:00:00Z"
    earlier = document("data show SPY --rows 1 --as-of 2010-06-30", capsys)
    assert earlier["rows"][0]["date"] == "2010-06-30"
    before_the_close = document(["data", "show", "SPY", "--rows", "1", "--as-of", "2010-06-30T12:00:00Z"], capsys)
    assert before_the_close["rows"][0]["date"] == "2010-06-29"
    text = said("data show SPY", capsys)
    assert "price only" in text
    assert "2010-12-31" in text


def test_vintages_of_a_corrected_and_of_a_restated_value(folder: Path, capsys: Capture):
    assert document("data vintages SPY", capsys)["versions"] == []
    (one,) = document("data vintages SPY --period 2010-12-31", capsys)["versions"]
    assert one["known"] == "2010-12-31T21:00:00Z"


def test_sql_answers_and_only_reads(folder: Path, capsys: Capture):
    body = document(["data", "sql", "SELECT id, count(*) AS n FROM observations GROUP BY id ORDER BY id"], capsys)
    assert body["rows"] == [["SPY", 260], ["TLT", 260]]
    before = everything(folder / "market")
    for query in (
        "DELETE FROM observations",
        "SELECT 1; SELECT 2",
        "COPY observations TO 'x.csv'",
        "SELECT * FROM read_csv('policy.yaml')",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SELEC 1",
    ):
        assert "[exit 2]" in refused(["data", "sql", query], capsys, 2)
    assert everything(folder / "market") == before


def broken(count: int = 260) -> list[str]:
    """The same table with one price of SPY a hundred times too high, and a spike of TLT that reverts."""
    rows = table(count)
    day, spy, tlt = rows[120].split(",")
    rows[120] = f"{day},{float(spy) * 100:.4f},{tlt}"
    day, spy, tlt = rows[150].split(",")
    rows[150] = f"{day},{spy},{float(tlt) * 1.9:.4f}"
    return rows


def test_check_lists_what_where_how_sure_and_what_happens(folder: Path, capsys: Capture):
    assert document("data check", capsys)["damaged"] == []
    put(folder, broken())
    said("data update --quiet", capsys)
    body = document("data check", capsys, 4)
    found = {(line["series"], line["code"], line["outcome"]) for line in body["issues"] if "code" in line}
    assert ("SPY", "A1", "repaired") in found
    assert ("TLT", "A1", "set aside") in found
    text = said("data check", capsys, 4)
    assert "set aside" in text
    assert "TLT" in text
    spike = str(np.busday_offset("2010-01-04", 149))
    rows = document(["data", "show", "TLT", "--rows", "260"], capsys)["rows"]
    assert next(row for row in rows if row["date"] == spike)["close"] is None


def test_a_waiver_needs_a_reason_and_brings_the_value_back(folder: Path, capsys: Capture):
    put(folder, broken())
    said("data update --quiet", capsys)
    detector = next(line["detector"] for line in document("data check", capsys, 4)["issues"] if line.get("series") == "TLT")
    assert "needs a reason" in refused(f"data check --waive TLT:{detector}", capsys, 2)
    assert "no detector" in refused(["data", "check", "--waive", "TLT:nose", "--reason", "x"], capsys, 2)
    assert "TLT" in refused(["data", "check", "--waive", f"TLTT:{detector}", "--reason", "x"], capsys, 2)
    assert "is not of the form" in refused(["data", "check", "--waive", "TLT", "--reason", "x"], capsys, 2)
    words = ["data", "check", "--waive", f"TLT:{detector}", "--reason", "it did trade there", "--by", "desk"]
    text = said(words, capsys)
    assert "it did trade there" in " ".join(text.split())
    sources = document(["data", "sql", "SELECT DISTINCT source FROM observations WHERE id = 'TLT' ORDER BY 1"], capsys)["rows"]
    assert any(source.startswith("trimtab:release") for (source,) in sources)
    kept = document(["data", "sql", "SELECT series, detector, reason, decided_by FROM settings"], capsys)["rows"]
    assert kept == [["TLT", detector, "it did trade there", "desk"]]


def test_a_damaged_file_is_found_and_nothing_is_written(folder: Path, capsys: Capture):
    place = next((folder / "market" / "observations").glob("*.parquet"))
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(bytes(data))
    before = everything(folder / "market")
    body = document("data check", capsys, 4)
    assert [line["what"] for line in body["damaged"]] == ["its bytes are not those that were written"]
    assert everything(folder / "market") == before


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("data status --store nowhere", 2, "trimtab data init"),
        ("data init", 2, "already"),
        ("data add nonsense", 2, "no source of data"),
        ("data add fred", 2, "--series"),
        ("data add folder", 2, "path"),
        ("data add folder --set path", 2, "--set path=prices"),
        ("data add folder --set path=missing", 4, "no such folder"),
        ("data add folder --set path=prices --name other", 2, "feed folder"),
        ("data add tiingo --series S=SPY --set key=abc", 2, "unknown key"),
        ("data update nothing", 2, "there is no feed"),
        ("data show NOPE", 2, "It has: SPY, TLT"),
        ("data show SPYY", 2, "Did you mean SPY"),
        ("data show SPY --as-of tomorrow", 2, "neither a date nor an instant"),
        ("data show SPY --as-of 2010-06-30T12:00:00", 2, "with a zone"),
        ("data vintages NOPE", 2, "It has"),
        ("backtest policy.yaml --data nowhere", 4, "no such folder"),
    ],
)
def test_bad_input_is_answered_in_one_line_and_nothing_is_lost(
    folder: Path, words: str, code: int, expected: str, capsys: Capture
):
    before = everything(folder / "market")
    error = refused(words, capsys, code)
    assert expected in error
    assert f"[exit {code}]" in error
    assert everything(folder / "market") == before


def test_a_policy_that_names_a_vendor_is_told_the_way(folder: Path, capsys: Capture):
    text = (folder / "policy.yaml").read_text(encoding="utf-8").replace("{use: folder, path: prices}", "{use: tiingo}")
    (folder / "vendor.yaml").write_text(text, encoding="utf-8")
    assert "trimtab data add tiingo" in refused("backtest vendor.yaml", capsys, 2)


GOOD = b"Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10.5,100\n2024-01-03,10.6,11,10,10.9,100\n"
QUICK = '{"tries": 2, "pause": 0.002, "longest_pause": 0.02, "connect": 1.0, "silence": 1.0, "answer": 5.0}'


def test_a_vendor_over_the_wire(folder: Path, capsys: Capture):
    with Loopback({"/q/d/l/": GOOD}) as server:
        words = [
            "data",
            "add",
            "stooq",
            "--series",
            "X=x.us",
            "--set",
            f"url={server.url}",
            "--set",
            f"patience={QUICK}",
            "--quiet",
        ]
        assert "X" in said(words, capsys)
    assert document("data show X", capsys)["rows"][-1]["close"] == 10.9
    before = everything(folder / "market")
    capsys.readouterr()
    assert main(["data", "update", "stooq", "--quiet"]) == 4  # the server is gone
    assert "FAILED     X" in capsys.readouterr().out
    assert everything(folder / "market") == before


def test_a_key_never_shows(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch):
    secret = "canary-4815162342"  # noqa: S105 - planted, to be looked for
    monkeypatch.setenv("TIINGO_API_KEY", secret)
    with Loopback({"/": b"{}"}, (Step(403, secret.encode()),) * 9) as server:
        words = ["data", "add", "tiingo", "--series", "SPY2=SPY", "--set", f"url={server.url}", "--set", f"patience={QUICK}"]
        capsys.readouterr()
        assert main(words) in (2, 4)
        seen = capsys.readouterr()
    assert secret not in seen.out + seen.err
    assert all(secret.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
