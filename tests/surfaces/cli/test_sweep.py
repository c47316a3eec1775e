"""`trimtab sweep`: both screens, the document, the file of results, Ctrl-C, and one line for whatever cannot be used."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import trimtab
from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.parts_store import PartsStore
from trimtab.surfaces.cli import sweep as verb
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.sweep_screen import lasting
from trimtab.surfaces.cli.verbs import parser
from trimtab.surfaces.sweeps import grid_of

Capture = pytest.CaptureFixture[str]
GRID = "--grid signals.average.window=2M,3M,4M --grid allocator.tilt=0.05,0.10"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put(tmp_path, policy=POLICY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["sweep", *words.split()]) == code
    said = capsys.readouterr()
    return said.out, said.err


def test_the_screens_say_what_is_tried_and_what_the_best_is_worth(folder: Path, capsys: Capture) -> None:
    out, err = run(f"policy.yaml {GRID} --top 2 --out best/results.parquet", capsys)
    flat = " ".join(out.split())
    for words in (
        "signals.average.window: 3 values",
        "execution: decided at the close of each month-end",
        "! The universe was chosen with hindsight; taxes are left out.",
        "6 variants, each a trial that counts: 0 in this workspace so far",
        "The best of 6 is not what to expect of it",
        "1 part in this process",
        "best by Sharpe ratio",
        "median of all",
        "static benchmark",
        "of the variants grew more than the static benchmark, after costs",
        "which the best of 6 trials in this workspace",
        "trials in this workspace: 6 (6 different, worth",
        "results: best/results.parquet",
    ):
        assert words in flat, words
    assert flat.count("signals.average.window=") == 2
    assert "next: trimtab trials list" in err
    assert "nan" not in flat
    assert max(map(len, out.splitlines())) <= 120
    table = pq.read_table("best/results.parquet")
    assert table.column("signals.average.window").to_pylist().count("3M") == 2
    assert sorted(path.name for path in Path("best").iterdir()) == ["results.parquet"]
    again, _ = run(f"policy.yaml {GRID}", capsys)
    assert "1 part (1 kept from before)" in again
    assert "nothing is left to do" in again
    assert "trials in this workspace: 6 (6 different" in again


def test_the_document_says_what_the_screen_says(folder: Path, capsys: Capture) -> None:
    found = json.loads(run(f"policy.yaml {GRID} --grid signals.average.band=0,nonsense --json", capsys)[0])
    assert (found["kind"], found["variants"], found["trials"], len(found["failed"])) == ("sweep", 12, 12, 6)
    best = found["top"][0]
    assert set(best["point"]) == {"signals.average.window", "allocator.tilt", "signals.average.band"}
    assert best["sharpe"] == max(one["sharpe"] for one in found["top"])
    assert len(found["top"]) == 6
    assert 0.0 <= found["deflated_sharpe"] <= 1.0
    screen, _ = run(f"policy.yaml {GRID} --grid signals.average.band=0,nonsense", capsys)
    assert "! 6 variants without figures:" in screen


def test_the_example_of_the_help_runs(folder: Path, capsys: Capture) -> None:
    verbs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    example = verbs.choices["sweep"].get_default("example")
    assert "3 variants" in run(f"{example.removeprefix('trimtab sweep ')} --quiet", capsys)[0]


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PartsStore, "keep", stop)
        _, err = run(f"policy.yaml {GRID}", capsys, code=1)
    assert err.strip().splitlines()[-1] == ("stopped: 0 parts of 1 kept and counted; the same command goes on from there")
    assert "6 different" in run(f"policy.yaml {GRID}", capsys)[0]


def test_a_part_that_is_missing_is_told_and_ends_in_the_code_of_data(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any) -> Mapping[str, Any]:
        raise ValueError("not today")

    monkeypatch.setattr("trimtab.desk.sweep_columns.columns", lost)
    out, _ = run(f"policy.yaml {GRID} --out best.parquet", capsys, code=4)
    flat = " ".join(out.split())
    assert "! part 0 is missing: ValueError: not today (tried 3 times). The same command tries it again." in flat
    assert "! No part was finished: there are no results, and no file of them was written." in flat
    assert "best by Sharpe ratio" not in flat
    assert "results:" not in flat
    assert list(Path().rglob("*.parquet")) == []
    document = json.loads(run(f"policy.yaml {GRID} --json", capsys, code=4)[0])
    assert (document["results"], document["run"], document["trials"]) == (None, 0, 0)
    swept = trimtab.Workspace(".").sweep("policy.yaml", {"signals.average.window": "2M,3M,4M", "allocator.tilt": "0.05,0.10"})
    assert (len(swept.frame), swept.returns.shape[1], len(swept.top())) == (0, 0, 0)
    with pytest.raises(DataError, match=r"no part of the sweep was finished: ValueError: not today"):
        assert swept.path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--grid signals.average.window", "is no axis of a grid"),
        ("--grid universe.SPY=1,2", "universe cannot be varied in a sweep"),
        ("--grid signals.average.windw=3M", "windw"),
        ("--grid signals.average.window=", "has no values"),
        (f"{GRID} --memory lots", "--memory 'lots' is no size. Write for example --memory 2GB."),
        (f"{GRID} --patience never", "--patience 'never' is no time"),
        (f"{GRID} --patience 0s", "--patience '0s' is no time"),
        (f"{GRID} --workers -1", "-1 workers cannot work"),
        (f"{GRID} --top -1", "--top -1 is below 0"),
        (f"{GRID} --address tcp://host:8786", "loky works on this machine and has no address"),
        (f"{GRID} --data-at s3://id:hush@bucket", "holds more than a place"),
        (f"{GRID} --data-at somewhere", "--data-at counts for nothing: one worker is this process, which has the data"),
        (f"{GRID} --data-at= --workers 2", "--data-at names no place"),
        (f"{GRID} --workers 2 --memory 1MB", "a worker may hold 1.0 MiB"),
    ],
)
def test_bad_input_is_one_clear_line(folder: Path, capsys: Capture, words: str, message: str) -> None:
    out, err = run(f"policy.yaml --quiet {words}", capsys, code=2)
    assert message in err
    assert "hush" not in out + err
    assert len(err.strip().splitlines()) == 1
    assert not list(Path().glob("sweeps/*/results.parquet"))


def test_a_sweep_in_which_no_variant_runs_has_reasons_and_no_table(folder: Path, capsys: Capture) -> None:
    """A regression: it showed an empty table with medians of nan, and ended in 0."""
    words = "policy.yaml --grid signals.average.window=900M,901M"
    out, _ = run(f"{words} --out none.parquet", capsys, code=4)
    flat = " ".join(out.split())
    assert "! No variant could be run: there is nothing to compare." in flat
    assert "! 2 variants without figures: no decision date" in flat
    assert "best by Sharpe ratio" not in flat
    assert "nan" not in flat
    document = json.loads(run(f"{words} --json", capsys, code=4)[0])
    assert (document["top"], document["engine"], set(document["medians"].values())) == ([], "", {None})
    assert all("no decision date" in one["why"] for one in document["failed"])
    assert len(document["failed"]) == 2


def test_the_reason_of_a_variant_comes_with_what_to_do_about_it(folder: Path, capsys: Capture) -> None:
    """A regression: it ended at "schedule.decide is 'foo'", and what may stand there was lost."""
    out, _ = run("policy.yaml --grid schedule.decide=month-end,foo --grid costs.bps=1,2", capsys)
    reason = "! 2 variants without figures: schedule.decide is 'foo'. Use one of 'daily', 'week-end', 'month-end',"
    assert reason in " ".join(out.split())


def test_the_engine_of_the_document_is_that_of_the_rows(folder: Path, capsys: Capture) -> None:
    """A regression: it was the engine of lanes, where every row said twin."""
    put(folder, policy=f"{POLICY}reacher: {{use: pace, band: 0.01}}\n")
    words = "policy.yaml --grid reacher.band=0.01,0.02"
    document = json.loads(run(f"{words} --json", capsys)[0])
    assert {one["engine"] for one in document["top"]} == {document["engine"]} == {"twin"}
    assert "at most, by twin:" in run(words, capsys)[0]


def test_no_further_than_as_of(folder: Path, capsys: Capture) -> None:
    whole = json.loads(run(f"policy.yaml {GRID} --json", capsys)[0])
    cut = json.loads(run(f"policy.yaml {GRID} --json --as-of 2010-09-30", capsys)[0])
    assert cut["benchmark"]["last"] <= "2010-09-30" < whole["benchmark"]["last"]
    assert cut["job"] != whole["job"]
    assert cut["trials"] == 12  # on other data they are other trials


def test_values_of_python_are_taken_as_a_policy_file_writes_them() -> None:
    values = {
        "start": [date(1990, 1, 31), pd.Timestamp(1991, 1, 31), pd.NaT, np.datetime64("1992-01-31", "ns"), "1990-01-31"],
        "costs.bps": np.arange(3),
        "reacher.band": np.array([0.01, 0.02]),
        "allocator": [{"use": "overlay", "tilt": np.float64(0.1), "funding": ("bonds", np.str_("cash"))}],
    }
    found = {axis.name: axis.values for axis in grid_of(values).axes}
    assert found == {
        "start": ("1990-01-31", "1991-01-31", "NaT", "1992-01-31"),
        "costs.bps": (0, 1, 2),
        "reacher.band": (0.01, 0.02),
        "allocator": ({"use": "overlay", "tilt": 0.1, "funding": ["bonds", "cash"]},),
    }
    assert {type(value) for values in list(found.values())[1:3] for value in values} == {int, float}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.1, math.inf], r"the values of allocator\.tilt are not plain: one is inf"),
        ([0.1, object()], r"the values of allocator\.tilt are not plain: one is of type object"),
        ([], "has no values"),
        (0.1, r"the values of allocator\.tilt are no list: 0\.1\. Write a list"),
        (None, "are no list: None"),
        ({"use": "overlay"}, "are no list"),
        (np.array(0.1), "are no list"),
        ([0, 2**63], r"a whole number among the values of allocator\.tilt is too large"),
        ([10**5000], "is too large"),
    ],
)
def test_values_of_python_that_no_file_could_hold_are_refused_in_one_line(values: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        trimtab.Workspace(tmp_path).sweep("trend-overlay", {"allocator.tilt": values})


def test_python_takes_axes_as_the_command_does(tmp_path: Path) -> None:
    """A regression: a list of axes was an AttributeError."""
    as_values = grid_of({"costs.bps": [1, 2], "allocator.tilt": "0.1"})
    assert grid_of(["costs.bps=1,2", "allocator.tilt=0.1"]) == as_values == grid_of(("costs.bps=1..2", "allocator.tilt=0.1"))
    assert grid_of("costs.bps=1,2") == grid_of({"costs.bps": [1, 2]})
    for strange in ([1], [["costs.bps=1"]], 3, {1: [2]}):
        with pytest.raises(UsageError, match=r"is no (axis|key) of a grid\. Write \{"):
            grid_of(strange)  # type: ignore[arg-type]


def test_data_at_counts_for_nothing_in_this_process(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="data_at counts for nothing"):
        trimtab.Workspace(tmp_path).sweep("trend-overlay", ["costs.bps=1"], data_at=str(tmp_path))


def test_sizes_and_times() -> None:
    assert [verb._bytes(text) for text in ("2GB", "500 MiB", "7", "1.5k")] == [2 << 30, 500 << 20, 7, 1536]
    assert [verb._patience(text) for text in ("90", "90s", "1.5m", "1h", "2d")] == [90.0, 90.0, 90.0, 3600.0, 172800.0]
    said = [lasting(seconds) for seconds in (0.2, 1.0, 90.0, 130.0, 7300.0, 400000.0)]
    assert said == ["a second", "1 second", "90 seconds", "2 minutes", "2 hours", "5 days"]


def test_python_gives_the_same(folder: Path, capsys: Capture) -> None:
    document = json.loads(run(f"policy.yaml {GRID} --json", capsys)[0])
    swept = trimtab.Workspace(".").sweep(
        "policy.yaml", {"signals.average.window": ["2M", "3M", "4M"], "allocator.tilt": "0.05,0.10"}
    )
    assert swept.summary() == {key: value for key, value in document.items() if key not in ("trimtab", "kind")}
    assert swept.top(1).index[0] == document["top"][0]["variant"]
    assert swept.frame.shape[0] == swept.returns.shape[1] == 6
    assert swept.frame["sharpe"].max() == document["top"][0]["sharpe"]
    assert swept.words == document["deflated_words"]
    assert (swept.beats, str(swept.path)) == (document["beats_benchmark"], document["results"])
