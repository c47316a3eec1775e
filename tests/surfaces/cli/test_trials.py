"""`trimtab trials`: the table, the totals, the best, and a loss that is owned up to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import trimtab
from tests.desk.test_trial_count import hashed
from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_chain import linked, read_chain
from trimtab.desk.trial_review import review_trials
from trimtab.desk.trials import Registry
from trimtab.surfaces.cli import delivery
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two policies were run, one of them twice, and a sweep of two parts."""
    folder = put(tmp_path_factory.mktemp("trials"))
    (folder / "other.yaml").write_text(POLICY.replace("tilt: 0.10", "tilt: 0.05"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(delivery, "write_report", lambda _, path, **__: path)
        for name in ("policy", "other", "policy"):
            assert main(["backtest", f"{name}.yaml", "--quiet", "--json"]) == 0
    for part in (0, 1):
        names = tuple(hashed(10 * part + place) for place in range(4))
        Registry(folder).sweep(SweptPart("5" * 40, part, "d" * 64, np.array([0.01, 0.02, 0.03, 0.04]), names, 259, 252))
    return folder


@pytest.fixture
def folder(worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it without the large files."""
    kept = ("*.yaml", "*.jsonl", "runs/*/run.json", "runs/*/wealth.csv", "prices/*")
    for path in (path for pattern in kept for path in worked.glob(pattern)):
        place = tmp_path / path.relative_to(worked)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(words: list[str], capsys: Capture, code: int = 0) -> tuple[str, str]:
    """What a command says, on standard output and beside it; spaces are one."""
    capsys.readouterr()
    assert main(words) == code
    found = capsys.readouterr()
    return found.out, " ".join(found.err.split())


def test_a_row_a_run_a_row_a_sweep_and_the_totals(folder: Path, capsys: Capture) -> None:
    out, _ = ran(["trials", "list"], capsys)
    head, *rows = out.splitlines()
    assert head.split() == ["run,", "sweep", "policy", "data", "name", "Sharpe/y", "years", "variants"]
    assert [row.split()[0] for row in rows[:4]] == ["run", "run", "run", "sweep"]
    assert rows[0].split()[1] == rows[2].split()[1] in {path.name for path in (folder / "runs").iterdir()}
    # mean of .01 to .04 a day: 0.025 sqrt(252) = 0.397 a year; 259 of 252 days: 1.03 years; two parts of four
    assert rows[3].split()[-3:] == ["0.40", "1.0", "8"]
    text = " ".join(out.split())
    assert "trials in this workspace: 11 (10 different, worth " in text
    assert "best backtest: " in text
    assert "of 10 trials in this workspace" in text


def test_the_mean_of_a_sweep_is_that_of_the_variants_that_have_a_ratio(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for part, ratios in enumerate(([0.01, np.nan, np.nan, np.nan], [0.03, 0.03, 0.03, 0.03])):
        names = tuple(hashed(10 * part + place) for place in range(4))
        registry.sweep(SweptPart("5" * 40, part, "d" * 64, np.array(ratios), names, 259, 252))
    (row,) = review_trials(registry).rows
    assert (row.variants, row.measured) == (8, 5)
    assert row.sharpe == pytest.approx(0.026 * 252**0.5)  # (0.01 + 4 * 0.03) / 5


def test_a_reason_is_shown_and_does_nothing_else(folder: Path, capsys: Capture) -> None:
    path = folder / "trials.jsonl"
    written = path.read_bytes()
    path.write_bytes(b"{}\n" + written)
    ran(["trials", "accept-loss", "--reason", "one\ntwo\x1b[2J postgresql://me:secret@host/db"], capsys)
    assert read_chain(path.read_bytes()).entries[-1]["reason"] == "one two [2J postgresql://***@host/db"
    old = linked({"lost": 1, "reason": "raw\n\x1b]0;title\x07", "before": ""}, read_chain(written).head)
    path.write_bytes(written + old.encode() + b"\n")  # as an earlier version wrote it
    out, _ = ran(["trials", "list"], capsys)
    assert all(line.isprintable() for line in out.splitlines())
    assert "raw ]0;title" in out


def test_a_named_rival_is_a_row(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "write_report", lambda _, path, **__: path)
    ran(["backtest", "policy.yaml", "--vs", "saa,other.yaml", "--quiet"], capsys)
    found = json.loads(ran(["trials", "list", "--json"], capsys)[0])
    assert [entry["kind"] for entry in found["entries"]] == ["run", "run", "run", "sweep", "rival", "run"]
    assert (found["trials"], found["distinct_trials"]) == (13, 10)


def test_as_json_and_the_last_rows_only(folder: Path, capsys: Capture) -> None:
    every = json.loads(ran(["trials", "list", "--json"], capsys)[0])
    assert (every["trials"], every["distinct_trials"], every["missing"], every["left_out"]) == (11, 10, None, 0)
    assert [entry["kind"] for entry in every["entries"]] == ["run", "run", "run", "sweep"]
    best = every["best"]
    assert best["sharpe"] == max(entry["sharpe"] for entry in every["entries"] if entry["kind"] == "run")
    assert 0.0 < best["deflated_sharpe"] < 1.0
    assert best["deflated_target"] > 0.0
    few = json.loads(ran(["trials", "list", "--json", "--limit", "1"], capsys)[0])
    assert (few["entries"], few["left_out"], few["trials"]) == (every["entries"][-1:], 3, 11)
    assert "... and 2 rows before these" in ran(["trials", "list", "--limit", "2"], capsys)[0]
    assert "--limit -1 is below 0" in ran(["trials", "list", "--limit", "-1"], capsys, 2)[1]


def test_an_empty_workspace_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert ran(["trials", "list"], capsys) == (" no trial yet: trimtab backtest POLICY makes the first\n", "")
    assert json.loads(ran(["trials", "list", "--json"], capsys)[0])["best"] is None
    assert "nothing is lost" in ran(["trials", "accept-loss", "--reason", "why not"], capsys, 2)[1]
    assert [path.name for path in tmp_path.iterdir()] in ([], [".trials.lock"])


def test_damage_is_one_line_and_exit_2(folder: Path, capsys: Capture) -> None:
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    for words in (["trials", "list"], ["backtest", "policy.yaml", "--quiet"]):
        out, error = ran(words, capsys, 2)
        assert out == ""
        assert "trials.jsonl: the registry of trials is damaged: the last line is cut." in error


def test_a_registry_that_is_gone_is_said_on_every_first_screen_until_somebody_owns_up(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "write_report", lambda _, path, **__: path)
    (folder / "trials.jsonl").unlink()
    out, _ = ran(["trials", "list"], capsys)
    assert out.startswith(" ! trials are missing: 2 runs lie here and 0 lines; 3 were counted once.")
    out, _ = ran(["backtest", "policy.yaml", "--quiet", "--vs", ""], capsys)
    assert "trials in this workspace: 4 (4 different)" in out
    assert "! trials are missing: 2 runs lie here and 1 line" in " ".join(out.split())
    found = json.loads(ran(["backtest", "policy.yaml", "--quiet", "--json", "--vs", ""], capsys)[0])
    assert found["trials_missing"].startswith("trials are missing")
    assert found["summary"]["trials"] == 5
    assert "a loss needs a reason" in ran(["trials", "accept-loss"], capsys, 2)[1]
    out, _ = ran(["trials", "accept-loss", "--reason", "moved by mistake", "--quiet"], capsys)
    assert out == " 3 trials counted as lost; trials in this workspace: 5 (4 different)\n"
    out, _ = ran(["trials", "list"], capsys)
    assert "missing" not in out
    assert "moved by mistake" in out


def test_a_line_of_an_earlier_version_is_listed_without_what_it_lacks(folder: Path, capsys: Capture) -> None:
    path = folder / "trials.jsonl"
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    old = {key: first[key] for key in ("run", "policy", "data", "name", "periods")} | {"sharpe": 9.0}
    strange = {"run": "0" * 12, "policy": "b", "name": "p", "sharpe": None, "periods": 3}
    path.write_text(json.dumps(old) + "\n" + json.dumps(strange) + "\n", encoding="utf-8")
    found = json.loads(ran(["trials", "list", "--json"], capsys)[0])
    assert [entry["years"] for entry in found["entries"]] == [
        pytest.approx(first["periods"] / 252),
        None,
    ]  # by the dates of the saved run
    assert (found["best"]["sharpe"], found["best"]["deflated_sharpe"], found["best"]["words"]) == (9.0, None, None)
    assert "Its line is of an earlier version" in " ".join(ran(["trials", "list"], capsys)[0].split())


def test_the_same_from_python(folder: Path) -> None:
    desk = trimtab.Workspace(folder)
    assert len(desk.trials) == 5
    assert desk.trial_summary["trials"] == 11
    assert desk.trial_summary["best"]["words"].endswith("would show by luck.")
