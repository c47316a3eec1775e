"""`metrics`: the screen, JSON, conventions by name, a run, and one clear line for what cannot be read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.numerics.bacon import MONTHS, B, P
from trimtab.core.errors import UsageError
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
INDEX = pd.DatetimeIndex(MONTHS) + pd.offsets.MonthEnd(0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pd.Series(P, INDEX, name="fund").to_csv(tmp_path / "returns.csv")
    pd.Series(B, INDEX, name="index").to_csv(tmp_path / "index.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(words: str, capsys: Capture, code: int = 0) -> str:
    capsys.readouterr()
    assert main(words.split()) == code
    out = capsys.readouterr()
    return out.err if code else out.out


def document(words: str, capsys: Capture) -> dict:
    return json.loads(said(f"metrics returns.csv {words} --json --quiet", capsys))


def test_the_table(home: Path, capsys: Capture):
    text = said("metrics returns.csv --benchmark index.csv", capsys)
    assert text.startswith(" fund    1999-12-31 to 2001-12-31, 24 returns, monthly    against index\n Return\n")
    for line in (
        "Sharpe ratio                           0.788",
        "Maximum drawdown                    -14.47 %",
        "Its periods                       11 periods",
    ):
        assert f"   {line}\n" in text
    assert "Information ratio                     -0.425" in text
    assert "Beta" not in said("metrics returns.csv", capsys)


def test_json_is_the_python_interface(home: Path, capsys: Capture):
    found = document("--benchmark index.csv --rf 2%", capsys)
    own = trimtab.metrics(pd.Series(P, INDEX), pd.Series(B, INDEX), rf=0.02)
    assert found["figures"] == pytest.approx(own.to_dict(), rel=1e-12)
    assert (found["per_year"], found["count"], found["missing"]) == (12, 24, {})


def test_conventions_by_name(home: Path, capsys: Capture):
    assert document("--convention sharpe=geometric", capsys)["figures"]["sharpe"] == pytest.approx(0.756775, abs=5e-7)
    found = document("--benchmark index.csv --convention package=quantstats --convention ulcer=all", capsys)
    assert found["figures"]["information_ratio"] == pytest.approx(-0.107267, abs=5e-7)
    assert found["conventions"]["ulcer"] == "all"
    text = " ".join(said("metrics returns.csv --explain --convention sharpe=geometric", capsys).split())
    assert "Here: compounded excess return a year (Bacon 2008" in text
    assert "Deepest fall of wealth below its highest value so far" in text
    assert "arithmetic; in brackets" not in text  # the words of the other convention would be wrong here


def test_years_windows_and_intervals(home: Path, capsys: Capture):
    found = document("--benchmark index.csv --by year --rolling 12 --intervals", capsys)
    assert found["periods"]["2000"]["total_return"] == pytest.approx(np.prod(1.0 + P[:12]) - 1.0)
    assert found["periods"]["2001"]["total_return"] == pytest.approx(np.prod(1.0 + P[12:]) - 1.0)
    assert found["rolling"]["cagr"][-1] == pytest.approx(np.prod(1.0 + P[12:]) - 1.0)
    assert len(found["rolling"]["dates"]) == 13
    for key, ends in found["intervals"].items():
        assert ends["low"] <= found["figures"][key] <= ends["high"], key
    assert " 2001-01 " in said("metrics returns.csv --by month", capsys)
    assert " highest " in said("metrics returns.csv --rolling 6", capsys)
    assert "stationary bootstrap" in said("metrics returns.csv --intervals", capsys)


def test_the_wealth_of_a_run(home: Path, capsys: Capture):
    place = home / "runs" / "abcdef123456"
    place.mkdir(parents=True)
    wealth = np.concatenate([[1e6], 1e6 * np.cumprod(1.0 + P)])
    pd.DataFrame({"date": [pd.Timestamp("1999-12-31"), *INDEX], "wealth": wealth, "A": 1.0}).to_csv(
        place / "wealth.csv", index=False
    )
    found = json.loads(said("metrics abcd --json --quiet", capsys))
    assert found["name"] == "run abcdef123456"
    assert found["figures"]["sharpe"] == pytest.approx(0.788320, abs=5e-7)


def test_what_ends_early_and_what_is_too_short(home: Path, capsys: Capture):
    found = document("--as-of 2000-06-30", capsys)
    assert (found["count"], found["end"], found["figures"]["cagr"]) == (6, "2000-06-30", None)
    assert found["missing"]["cagr"] == "less than a year is not annualised"
    assert "n/a  (there is no complete calendar year)" in said("metrics returns.csv --as-of 2000-06-30", capsys)
    assert document("--as-of 1990-01-01", capsys)["missing"]["volatility"] == "there are no returns"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("nothing.csv", "there is no such file"),
        ("nothing", "there is no run 'nothing'"),
        ("returns.csv --rf 4", "Rates are fractions: write 0.02 for 2 %"),
        ("returns.csv --rf nan", "Rates are fractions"),
        ("returns.csv --rf bills.csv", "there is no such file"),
        ("returns.csv --convention sharpe", "Write for example sharpe=geometric"),
        ("returns.csv --convention sharpe=best", "One of arithmetic, geometric"),
        ("returns.csv --rolling 25", "a window of 25 of 24 returns"),
        ("returns.csv --rolling -1", "a window of -1 of 24 returns"),
        ("returns.csv --column x", "there is no column 'x'"),
        ("returns.csv --prices", "has no return"),
    ],
)
def test_bad_input_is_answered_in_one_line(home: Path, capsys: Capture, words: str, line: str):
    capsys.readouterr()
    assert main(["metrics", *words.split(), "--json"]) in (2, 4)
    out = capsys.readouterr()
    assert line in " ".join(out.err.split())
    assert not out.out


# --- in Python ------------------------------------------------------------------------------------------------------


def test_a_frame_of_many_is_a_frame(home: Path):
    frame = pd.DataFrame({"fund": P, "index": B}, INDEX)
    found = trimtab.metrics(frame, frame["index"])
    for name in frame:
        alone = trimtab.metrics(frame[name], frame["index"])
        pd.testing.assert_series_equal(found[name], alone, check_names=False, rtol=1e-12)
    assert math.isnan(found.loc["information_ratio", "index"])
    holes = frame.copy()
    holes.iloc[:5, 1] = np.nan
    found = trimtab.metrics(holes)
    assert found.loc["total_return", "index"] == pytest.approx(np.prod(1.0 + B[5:]) - 1.0)
    assert found.loc["sharpe", "fund"] == pytest.approx(0.788320, abs=5e-7)


def test_bills_that_vary_and_reasons(home: Path):
    bills = pd.Series(np.linspace(0.001, 0.004, 30), pd.date_range("1999-10-31", periods=30, freq="ME"))
    fund, index = pd.Series(P, INDEX), pd.Series(B, INDEX)
    found = trimtab.metrics(fund, index, rf=bills)
    excess = P - bills.loc["2000-01":"2001-12"].to_numpy()
    assert found["sharpe"] == pytest.approx(excess.mean() / excess.std(ddof=1) * math.sqrt(12))
    steady = trimtab.metrics(pd.Series(0.01, INDEX))
    assert steady.attrs["missing"]["sharpe"] == "the returns do not vary"
    assert steady.attrs["missing"]["calmar"] == "wealth never fell"
    with pytest.raises(UsageError, match="a riskless rate of 4"):
        trimtab.metrics(fund, rf=4.0)
