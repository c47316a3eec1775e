"""The workspace: runs under their content hash, every backtest counted, and never half a file, whatever happens."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.errors import UsageError
from trimtab.core.formulas import neutral
from trimtab.core.money import Money
from trimtab.desk import gallery
from trimtab.desk import workspace as module
from trimtab.desk.backtest import backtest
from trimtab.desk.canonical import changed_since, trial_commitment
from trimtab.desk.grid import Grid
from trimtab.desk.load import load_policy
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.trial_count import keys_of, tally
from trimtab.desk.trial_loss import TOLD
from trimtab.desk.variants import Variants
from trimtab.desk.workspace import Workspace, run_id
from trimtab.desk.writing import write_text

POLICY = """\
trimtab: 1
name: mine
data: {use: folder, path: prices}
universe: {A: null, B: null}
benchmark: {A: 0.6, B: 0.4}
"""


def outcome(seed: int = 1, **changes: Any) -> Result:
    policy = worlds.policy(**changes)
    return backtest(policy, worlds.market(policy, seed, count=120))


def everything(folder: Path) -> dict[str, str]:
    """Every file in a folder by the hash of its contents."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def with_prices(folder: Path, closes: tuple[float, ...] = (10.0, 11.0, 12.0, 13.0)) -> Path:
    """A policy file beside a folder of two series."""
    (folder / "prices").mkdir(parents=True, exist_ok=True)
    days = ["2020-01-30", "2020-01-31", "2020-02-03", "2020-02-28"]
    rows = "".join(f"{day},{close},{close * 2}\n" for day, close in zip(days, closes, strict=True))
    (folder / "prices" / "p.csv").write_text(f"date,A,B\n{rows}", encoding="utf-8")
    (folder / "mine.yaml").write_text(POLICY, encoding="utf-8")
    return folder / "mine.yaml"


# Content hashes.


def test_the_hash_changes_with_policy_data_dates_capital_and_code_and_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = outcome()
    assert run_id(base) == run_id(outcome())
    later = base.policy.with_horizon(start=np.datetime64("2001-04-02").item())
    richer = base.policy.with_horizon(capital=Money(Decimal(5)))
    others = [
        outcome(2),
        outcome(costs={"use": "linear", "bps": 11}),
        replace(base, policy=later),
        replace(base, policy=richer),
    ]
    ids = {run_id(base), *map(run_id, others)}
    monkeypatch.setattr(module, "code_version", lambda: "0.1.0+edited")
    ids.add(run_id(base))
    assert len(ids) == 6
    assert all(len(name) == 12 and set(name) <= set("0123456789abcdef") for name in ids)


def test_a_run_is_saved_once_and_found_by_a_few_letters(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    result = folder.trial(outcome())
    name = folder.save(result)
    before = everything(tmp_path)
    assert folder.save(result) == name == folder.last()
    assert everything(tmp_path) == before
    assert folder.path(name[:5]) == folder.path(name) == tmp_path / "runs" / name
    assert sorted(path.name for path in folder.path(name).iterdir()) == [
        "decisions.jsonl",
        "policy.canonical.json",
        "policy.yaml",
        "run.json",
        "trades.csv",
        "wealth.csv",
    ]


def test_what_stands_in_a_run_is_what_came_out(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    result = folder.trial(outcome())
    place = folder.path(folder.save(result))
    with (place / "wealth.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["date", "wealth", "A", "B", "C"]
    assert [float(row[1]) for row in rows[1:]] == result.wealth.tolist()  # every bit
    assert np.array_equal([[float(cell) for cell in row[2:]] for row in rows[1:]], result.weights)
    with (place / "trades.csv").open(encoding="utf-8") as file:
        trades = list(csv.DictReader(file))
    assert [Decimal(row["units"]) for row in trades] == [fill.units for fill in result.fills]
    assert sum(Decimal(row["cost"]) for row in trades) == sum(fill.cost for fill in result.fills)
    decisions = [json.loads(line) for line in (place / "decisions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["when"] for row in decisions] == [str(d.today.when) for d in result.decisions]
    assert decisions[-1]["assets"]["A"]["target"] == result.decisions[-1].target[0]
    assert decisions[0]["turnover_left"] is None  # no bound: null, never Infinity
    meta = folder.meta(place.name)
    assert meta["policy_sha256"] == result.policy.sha256
    assert meta["data_sha256"] == result.data_digest
    assert meta["journal_head"] == result.journal_head
    assert meta["trials"] == 1
    assert meta["trials_missing"] is None
    assert meta["deflated_words"].endswith("of 1 trial in this workspace.")


def test_a_run_can_be_run_again_from_its_folder(tmp_path: Path) -> None:
    policy = load_policy(with_prices(tmp_path))
    result = backtest(policy, load_market(policy))
    folder = Workspace(tmp_path / "desk")
    name = folder.save(result)
    (tmp_path / "mine.yaml").unlink()  # the run keeps its own policy
    again = folder.policy(name)
    assert again.sha256 == policy.sha256
    assert backtest(again, load_market(again)).journal_head == result.journal_head


# Trials.


def test_every_backtest_is_counted_and_different_ones_by_policy_and_data(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    counts = [folder.trial(result).trials for result in (outcome(), outcome(), outcome(2), outcome(averages="allowed"))]
    assert [(t.total, t.distinct) for t in counts] == [(1, 1), (2, 1), (3, 2), (4, 3)]
    assert len(folder.trials()) == 4
    assert folder.trials()[0].keys() >= {"run", "policy", "name", "sharpe", "periods", "periods_per_year", "skew", "kurtosis"}


def test_an_untouched_folder_has_no_trials_and_no_runs(tmp_path: Path) -> None:
    folder = Workspace(tmp_path / "new")
    assert folder.trials() == []
    for ask in (folder.last, lambda: folder.path("abc")):
        with pytest.raises(UsageError, match="Make one: trimtab backtest POLICY"):
            ask()
    assert not (tmp_path / "new").exists()  # asking makes nothing


LINE = json.dumps({"run": "a" * 12, "policy": "b", "name": "p", "sharpe": 1.0, "periods": 3})


@pytest.mark.parametrize(
    "damage", ["{", LINE[:-5] + "\n", LINE, f"{LINE}\nx\n", "3\n", "[]\n", '{"name": "p"}\n', "\xff", LINE + "\n" + LINE[:20]]
)
def test_a_damaged_registry_is_refused_and_not_touched(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_bytes(damage.encode("latin-1"))
    with pytest.raises(UsageError, match="the registry of trials is damaged") as caught:
        Workspace(tmp_path).trial(outcome())
    assert caught.value.where == str(path)
    assert path.read_bytes() == damage.encode("latin-1")
    assert caught.value.exit_code == 2


def test_a_name_with_odd_line_breaks_keeps_its_line(tmp_path: Path) -> None:
    """Regression: str.splitlines breaks at U+2028 and friends too, JSON does not."""
    folder = Workspace(tmp_path)
    for _ in range(2):
        folder.trial(outcome(name="one\u2028two"))
    assert [entry["name"] for entry in folder.trials()] == ["one\u2028two"] * 2


APPEND = """
import sys
from pathlib import Path
from tests.desk.test_workspace import outcome
from trimtab.desk.workspace import Workspace
result, folder = outcome(int(sys.argv[2])), Workspace(Path(sys.argv[1]))
for _ in range(8):
    folder.trial(result)
folder.save(result)
"""


def test_two_processes_lose_no_trial(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    settings = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    command = [sys.executable, "-c", APPEND, str(tmp_path)]
    running = [subprocess.Popen([*command, seed], env=settings, cwd=root) for seed in ("1", "1")]
    assert [process.wait(60) for process in running] == [0, 0]
    folder = Workspace(tmp_path)
    assert len(folder.trials()) == 16
    assert folder.registry.verify() == ()
    (place,) = (path for path in (tmp_path / "runs").iterdir() if path.name != TOLD)  # saved once, no draft left
    assert place.name == folder.last()


@pytest.mark.parametrize("name", ["policy.yaml", "run.json"])
@pytest.mark.parametrize("damage", [None, b"\xff", "folder"])
def test_a_run_without_a_file_that_can_be_read_is_damaged(name: str, damage: Any, tmp_path: Path) -> None:
    """Regression: a run whose policy was gone ended in a FileNotFoundError."""
    folder = Workspace(tmp_path)
    place = folder.path(folder.save(outcome())) / name
    place.unlink()
    if damage == "folder":
        place.mkdir()
    elif damage:
        place.write_bytes(damage)
    with pytest.raises(UsageError, match="the run is damaged") as caught:
        folder.policy(place.parent.name)
    assert (caught.value.exit_code, caught.value.where) == (2, str(place))
    assert "trimtab backtest" in caught.value.remedy


@pytest.mark.parametrize("change", [{"folder": 3}, {"end": "soon"}, {"end": 2020}, {"data": ...}])
def test_a_run_that_does_not_say_what_it_was_is_damaged(change: dict[str, Any], tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    place = folder.path(folder.save(outcome())) / "run.json"
    meta = json.loads(place.read_text(encoding="utf-8")) | change
    place.write_text(json.dumps({key: value for key, value in meta.items() if value is not ...}), encoding="utf-8")
    with pytest.raises(UsageError, match="the run is damaged"):
        folder.policy(place.parent.name)


# What is a trial, and which.


def test_each_rival_that_somebody_named_is_a_trial_before_the_policy_and_the_benchmark_is_none(tmp_path: Path) -> None:
    folder, base = Workspace(tmp_path), outcome()
    others = [outcome(costs={"use": "linear", "bps": bps}) for bps in (11, 12)]
    still = backtest(static(base.policy).with_horizon(start=base.dates[0].item()), base.market)
    counted = folder.trial(base, beside=(still, *others))
    assert (counted.trials.total, counted.trials.distinct) == (3, 3)
    assert [entry.get("rival", False) for entry in folder.trials()] == [True, True, False]
    assert folder.trials()[-1]["run"] == run_id(base)
    moved = backtest(others[0].policy.with_horizon(start=date(2001, 4, 2)), others[0].market)
    assert folder.trial(base, beside=[moved]).trials.distinct == 3  # a rival is itself, over whichever dates
    folder.save(folder.trial(others[0]))
    folder.trial(base, beside=[moved])
    assert tally(folder.trials()).runs[next(iter(keys_of(folder.trials()[0])))] == run_id(others[0])  # that which was kept
    assert folder.trial(others[1], once=True).trials.total == folder.trial(others[1], once=True).trials.total


def test_another_start_or_capital_is_another_trial_as_it_is_in_a_sweep(tmp_path: Path) -> None:
    folder, base = Workspace(tmp_path), outcome()
    starts = [date(2001, 2, 1), date(2001, 3, 1), date(2001, 4, 2)]
    for start in starts:
        folder.trial(backtest(base.policy.with_horizon(start=start), base.market))
    richer = backtest(base.policy.with_horizon(capital=Money(Decimal(50_000))), base.market)
    assert folder.trial(richer).trials.distinct == 4
    for axis in (f"start={','.join(map(str, starts))}", "capital=50000 USD"):
        variants = Variants.of(base.policy, Grid.parse([axis]))
        hashes = [variants.sha256(number) for number in range(len(variants))]
        assert set(hashes) <= {entry["policy"] for entry in folder.trials()}
    same = base.policy.with_horizon(start=base.policy.horizon.start, end=date(2001, 4, 2))
    assert trial_commitment(same) == base.policy.sha256


def test_a_policy_that_was_changed_after_it_was_read_is_refused(tmp_path: Path) -> None:
    folder, base, dear = Workspace(tmp_path), outcome(), outcome(costs={"use": "linear", "bps": 50})
    changed = backtest(replace(base.policy, costs=dear.policy.costs), base.market)
    for trial in (lambda: folder.trial(changed), lambda: folder.trial(base, beside=[changed])):
        with pytest.raises(UsageError, match="was changed after it was read, in costs: its hash says another one"):
            trial()
    assert folder.trials() == []
    moved = replace(base.policy, data=dear.policy.data).with_horizon(end=date(2001, 4, 2))
    assert folder.trial(backtest(moved, base.market)).trials.total == 1


def test_every_policy_of_the_gallery_is_what_it_is_committed_to() -> None:
    for name in gallery.names():
        policy = gallery.named(name)
        assert (changed_since(policy), trial_commitment(policy)) == ((), policy.sha256)
        assert changed_since(static(policy)) == ()  # made of another, and committed to as that


def test_a_run_with_its_start_or_capital_moved_is_computed_again_as_it_was(tmp_path: Path) -> None:
    folder, base = Workspace(tmp_path / "desk"), load_policy(with_prices(tmp_path))
    moved = base.with_horizon(start=date(2020, 2, 3), capital=Money(Decimal(50_000)))
    result = backtest(moved, load_market(moved))
    run = folder.save(folder.trial(result))
    assert folder.meta(run)["moved"] == {"start": "2020-02-03", "capital": "50000 USD"}
    assert folder.policy(run).horizon == moved.horizon
    assert run_id(backtest(folder.policy(run), load_market(moved))) == run
    plain = folder.save(backtest(base, load_market(base)))
    assert folder.meta(plain)["moved"] is None
    for damaged in ({"capital": "much"}, {"start": "soon"}, {"start": 3}, [1]):
        write_text(folder.path(run) / "run.json", json.dumps(folder.meta(run) | {"moved": damaged}))
        with pytest.raises(UsageError, match="the run is damaged"):
            folder.policy(run)


# Interruptions.


class Crash(BaseException):
    """What Ctrl-C and a full disk have in common."""


@pytest.mark.parametrize("step", ["write_run", "rename", "replace", "fsync"])
@pytest.mark.parametrize("kind", [Crash, KeyboardInterrupt, OSError, ValueError])
def test_a_crash_at_any_step_leaves_no_half_run(step: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, result = Workspace(tmp_path), outcome()

    def crash(*_: Any, **__: Any) -> None:
        raise kind("now")

    place = {
        "write_run": (module, "write_run"),
        "rename": (Path, "rename"),
        "replace": (Path, "replace"),
        "fsync": (os, "fsync"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*place[step], crash)
        with pytest.raises(kind):
            folder.save(result)
    left = [path for path in tmp_path.rglob("*") if path.is_file() or path.name.startswith(".draft-")]
    assert left == []
    name = folder.save(result)  # and the next one works
    assert folder.last() == name


def test_a_killed_process_leaves_a_draft_that_nobody_takes_for_a_run(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    name = folder.save(outcome())
    (tmp_path / "runs" / ".draft-x").mkdir()
    (tmp_path / "runs" / ".draft-x" / "run.json").write_text("{", encoding="utf-8")
    assert folder.path(name[:4]).name == name
    for asked in (".draft-x", ".", "..", "*", "", f"../runs/{name}"):
        with pytest.raises(UsageError, match="there is no run") as caught:
            folder.path(asked)
        assert ".draft" not in caught.value.remedy


def test_two_that_save_the_same_run_at_once_both_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, result = Workspace(tmp_path), outcome()
    real = module.write_run

    def overtaken(result: Result, run: str, draft: Path) -> None:
        real(result, run, draft)
        with monkeypatch.context() as patch:  # another process is faster by a hair
            patch.setattr(module, "write_run", real)
            folder.save(result)

    monkeypatch.setattr(module, "write_run", overtaken)
    name = folder.save(result)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [name]


def test_a_damaged_run_is_said_in_one_line(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    name = folder.save(outcome())
    for damage in (lambda p: p.write_text("{", encoding="utf-8"), lambda p: p.unlink()):
        damage(tmp_path / "runs" / name / "run.json")
        with pytest.raises(UsageError, match="the run is damaged"):
            folder.meta(name)


def test_a_file_is_the_old_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


# Spreadsheets.


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert neutral(text) == "'" + text


def test_no_cell_of_a_run_is_a_formula(tmp_path: Path) -> None:
    """An id out of a policy file reaches two CSV files; numbers below zero stay numbers."""
    evil = '=HYPERLINK("http://x")'
    policy = worlds.policy(
        universe={evil: {"class": "equity"}, "B": {"class": "equity"}, "C": {"class": "bonds"}}, benchmark={evil: 0.4, "B": 0.4}
    )
    folder = Workspace(tmp_path)
    place = folder.path(folder.save(backtest(policy, worlds.market(policy, 1, count=120))))
    cells = []
    for name in ("wealth.csv", "trades.csv"):
        with (place / name).open(encoding="utf-8") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    texts = []
    for cell in cells:
        try:
            float(cell)
        except ValueError:
            texts.append(cell)
    assert "'" + evil in texts
    assert not [cell for cell in texts if cell[:1] in "=+-@\t\r"]
    assert neutral("-1") != "-1"  # what is text is treated as text
    assert any(cell.startswith("-") for cell in cells)


def test_a_folder_that_was_moved_is_found_again(tmp_path: Path) -> None:
    """Regression: the same run saved again kept pointing at where its data had been."""
    policy = load_policy(with_prices(tmp_path / "old"))
    folder = Workspace(tmp_path / "desk")
    name = folder.save(backtest(policy, load_market(policy)))
    (tmp_path / "old").rename(tmp_path / "new")
    moved = load_policy(tmp_path / "new" / "mine.yaml")
    assert folder.save(backtest(moved, load_market(moved))) == name
    assert load_market(folder.policy(name)).sessions[0] == np.datetime64("2020-01-30")
    assert folder.meta(name)["data"]["path"] == str(tmp_path / "new" / "prices")
