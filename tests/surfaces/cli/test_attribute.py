"""`trimtab attribute`: rows that add up on the screen and in the document, and one line for whatever cannot be used."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.surfaces.cli.desk_folder import put
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy of two assets, a trend and an overlay, on daily prices."""
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["attribute", *words.split()]) == code
    said = capsys.readouterr()
    return said.out, said.err


def document(words: str, capsys: Capture) -> dict[str, Any]:
    return json.loads(run(f"{words} --json --quiet", capsys)[0])  # type: ignore[no-any-return]


def test_the_screen_says_what_it_rests_on_then_the_causes_and_their_sum(folder: Path, capsys: Capture) -> None:
    out, _ = run("policy.yaml --quiet", capsys)
    flat = " ".join(out.split())
    assert "A backtest: decided at the close of each" in flat
    assert "put back at each decision, free of cost" in flat
    for name in ("Signal average", "Waiting for the fill", "Trading costs", "difference from the benchmark"):
        assert name in flat
    assert max(map(len, out.splitlines())) <= 120


def test_a_policy_that_was_not_run_before_is_a_trial_and_saved_and_one_that_was_is_none(folder: Path, capsys: Capture) -> None:
    found = document("policy.yaml", capsys)
    assert trimtab.Workspace(folder).trial_summary["trials"] == 1
    assert (folder / "runs" / found["run"] / "wealth.csv").is_file()
    assert document("policy.yaml --by class", capsys)["run"] == found["run"]
    assert document(found["run"], capsys)["causes"] == found["causes"]
    assert trimtab.Workspace(folder).trial_summary["trials"] == 1


def test_the_document_adds_up(folder: Path, capsys: Capture) -> None:
    found = document("policy.yaml", capsys)
    assert sum(cause["effect"] for cause in found["causes"]) == pytest.approx(found["difference"], abs=1e-12)
    money = [Decimal(cause["money"]) for cause in found["causes"]]
    assert sum(money, Decimal(found["benchmark_gain"])) == Decimal(found["gain"])
    assert all(sum(c["by_asset"].values()) == pytest.approx(c["effect"], abs=1e-12) for c in found["causes"])
    classes = document("policy.yaml --by class", capsys)["classes"]
    assert sum(row["total"] for row in classes) == pytest.approx(found["difference"], abs=1e-12)
    other = document("policy.yaml --linking menchero", capsys)
    assert sum(cause["effect"] for cause in other["causes"]) == pytest.approx(found["difference"], abs=1e-12)


def test_one_period_has_no_risk_and_says_so(folder: Path, capsys: Capture) -> None:
    ids = [cause["decisions"][0]["id"][:10] for cause in document("policy.yaml", capsys)["causes"] if cause["decisions"]]
    until = [cause["decisions"][0]["until"] for cause in document("policy.yaml", capsys)["causes"] if cause["decisions"]]
    words = f"policy.yaml --by class --from {ids[0]} --to {until[0]}"
    found = document(words, capsys)
    assert found["periods"] == 1
    assert {row["risk"] for row in found["classes"]} == {None}
    out, _ = run(f"{words} --quiet", capsys)
    assert "n/a" in out
    assert "nan" not in out
    assert "-0.00" not in run("policy.yaml --quiet", capsys)[0]


def test_a_run_is_told_by_its_hash_and_a_window_by_its_dates(folder: Path, capsys: Capture) -> None:
    assert main(["backtest", "policy.yaml", "--quiet"]) == 0
    name = (folder / "last").read_text().strip()
    found, whole = document(name[:6], capsys), document("policy.yaml", capsys)
    assert found["run"] == name
    assert found["causes"] == whole["causes"]
    ids = {json.loads(line)["id"] for line in (folder / "runs" / name / "decisions.jsonl").read_text().splitlines()}
    assert {deed["id"] for cause in found["causes"] for deed in cause["decisions"]} <= ids
    part = document(f"policy.yaml --from {whole['causes'][0]['decisions'][0]['id'][:10]}", capsys)
    assert part["periods"] < whole["periods"]


def test_by_factor_needs_factors_and_sums_to_the_excess_return(folder: Path, capsys: Capture) -> None:
    _, err = run("policy.yaml --by factor --quiet", capsys, 2)
    assert "Write --factors FILE" in err
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2009-12-31", "2012-12-31")
    table = pd.DataFrame(rng.normal(0.0, 0.01, (len(dates), 2)), index=dates, columns=["mkt", "size"])
    table.assign(rf=0.0001).to_csv(folder / "factors.csv", index_label="date")
    found = document("policy.yaml --by factor --factors factors.csv", capsys)
    rows = {row["factor"]: row for row in found["factors"]}
    assert list(rows) == ["alpha", "mkt", "size", "excess return"]
    parts = sum(rows[name]["a_year"] for name in ("alpha", "mkt", "size"))
    assert parts == pytest.approx(rows["excess return"]["a_year"], abs=1e-12)
    out, _ = run("policy.yaml --by factor --factors factors.csv --quiet", capsys)
    assert "the factors explain" in " ".join(out.split())
    part = document("policy.yaml --by factor --factors factors.csv --from 2010-06-01 --to 2010-09-30", capsys)
    assert found["from"] < "2010-06-01" < part["from"] <= part["to"] <= "2010-09-30" < found["to"]
    _, err = run("policy.yaml --by factor --factors factors.csv --from 2050-01-01 --quiet", capsys, 4)
    assert "no return of" in err


def test_one_line_for_what_cannot_be_used(folder: Path, capsys: Capture) -> None:
    lines = {
        "nothing.yaml": (2, "cannot read the policy nothing.yaml"),
        "policy.yaml --from 2015-13-01": (2, "--from '2015-13-01' is not a date"),
        "policy.yaml --from 2012-01-01 --to 2011-01-01": (2, "is after --to"),
        "policy.yaml --from 2050-01-01": (4, "no period between decisions"),
        "policy.yaml --by factor --factors none.csv": (2, "there is no such file"),
        "policy.yaml --factors none.csv": (2, "They go with --by factor"),
    }
    for words, (code, said) in lines.items():
        out, err = run(f"{words} --quiet", capsys, code)
        assert out == ""
        assert said in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("by", ["signal", "class", "sleeve"])
def test_narrow_terminals_get_fewer_columns(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out, _ = run(f"policy.yaml --quiet --by {by}", capsys)
    assert max(map(len, out.splitlines())) <= 60
