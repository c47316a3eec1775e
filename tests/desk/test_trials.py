"""The registry of trials: chained, counted, locked, and never switched off silently."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.test_trial_count import hashed, part, run
from trimtab.core.errors import UsageError
from trimtab.desk import trials as module
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_chain import linked, read_chain
from trimtab.desk.trial_loss import TOLD
from trimtab.desk.trials import FILE, Registry

OLD = '{"name": "p", "periods": 3, "policy": "b", "run": "aaaaaaaaaaaa", "sharpe": 1.0}\n'


def chain(count: int) -> list[str]:
    """The lines of a registry of `count` backtests, without their ends."""
    lines, content = list[str](), b""
    for number in range(count):
        lines.append(linked(run(number + 1), read_chain(content).head))
        content += lines[-1].encode() + b"\n"
    return lines


def as_bytes(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def filled(folder: Path, count: int = 3, *, kept: bool = True) -> Registry:
    """A registry of `count` backtests, and their runs."""
    registry = Registry(folder)
    for number in range(count):
        entry = run(number + 1)
        registry.append(entry)
        if kept:
            keep(folder, entry["run"], trials=number + 1)
    return registry


def keep(folder: Path, name: str, **meta: Any) -> None:
    place = folder / "runs" / name
    place.mkdir(parents=True)
    (place / "run.json").write_text(json.dumps({"run": name} | meta), encoding="utf-8")


def written(registry: Registry) -> list[str]:
    return registry.path.read_text(encoding="utf-8").splitlines(keepends=True)


# The chain.


@settings(max_examples=60)
@given(st.data())
def test_a_line_that_goes_changes_moves_or_comes_is_noticed(data: st.DataObject) -> None:
    lines = chain(data.draw(st.integers(2, 6)))
    assert read_chain(as_bytes(lines)).faults == ()
    place = data.draw(st.integers(0, len(lines) - 2))  # the last has no line after it: its run gives it away
    broken = list(lines)
    match data.draw(st.sampled_from(["delete", "change", "swap", "repeat"])):
        case "delete":
            del broken[place]
        case "change":
            broken[place] = broken[place].replace('"sharpe": 0.6', '"sharpe": 0.5')
        case "swap":
            broken[place], broken[place + 1] = broken[place + 1], broken[place]
        case "repeat":
            broken.insert(place, broken[place])
    assert read_chain(as_bytes(broken)).faults != ()


@settings(max_examples=40)
@given(st.integers(1, 4), st.binary(min_size=1, max_size=12))
def test_no_bytes_make_it_stumble(place: int, noise: bytes) -> None:
    content = as_bytes(chain(3))
    read_chain(content[: -place * 20] + noise + content[-place * 20 :])  # never raises; faults, or what was there


def test_old_lines_are_read_and_sealed_by_the_first_new_one(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.path.write_text(OLD + OLD.replace("aaaa", "bbbb"), encoding="utf-8")
    assert registry.verify() == ()
    registry.append(run(1))
    assert [entry.get("prev") is None for entry in registry.entries()] == [True, True, False]
    assert registry.count().total == 3
    lines = written(registry)
    registry.path.write_text("".join(lines[1:]), encoding="utf-8")  # the first old line goes
    with pytest.raises(UsageError, match="line 2 does not follow the line before it"):
        registry.entries()
    registry.path.write_text("".join([*lines, OLD]), encoding="utf-8")  # a line without its hash after one with it
    assert registry.verify() == ("line 4 does not follow the line before it",)


@pytest.mark.parametrize(
    "line",
    [
        '{"run": 1, "policy": "b"}',
        '{"run": "a", "policy": "b", "sharpe": NaN}',
        '{"run": "a", "policy": "b", "sharpe": "high"}',
        '{"run": "a", "policy": "b", "other": NaN}',
        '{"run": "a", "policy": "b", "n": -1}',
        '{"run": "a", "policy": "b", "prev": 3}',
        '{"sweep": "a", "part": 0, "data": "d", "variants": 2, "policies": ["x"], "sharpe_sum": 1, "sharpe_squares": 1}',
        '{"lost": -1, "reason": "x", "before": ""}',
        '{"lost": 1, "before": ""}',
        "null",
    ],
)
def test_what_is_no_entry_is_damage(line: str, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="the registry of trials is damaged: line 1 is no trial") as caught:
        registry.entries()
    assert "trimtab trials accept-loss" in caught.value.remedy


# It cannot be switched off silently.


@pytest.mark.parametrize("content", [None, ""])
def test_a_registry_that_is_gone_or_empty_beside_its_runs_is_said_and_counted(content: str | None, tmp_path: Path) -> None:
    registry = filled(tmp_path)
    before = registry.count()
    assert (before.total, before.missing.words) == (3, "")
    registry.path.unlink()
    if content is not None:
        registry.path.write_text(content, encoding="utf-8")
    assert registry.entries() == []
    count = registry.count()
    assert (count.total, count.distinct, count.missing.trials) == (3, 3, 3)
    assert count.missing.words.startswith("trials are missing: 3 runs lie here and 0 lines; 3 were counted once.")
    assert registry.verify() == (count.missing.words,)
    registry.append(run(9))  # work goes on; the count goes on from where it was
    assert registry.count().total == 4
    assert registry.count().at(12).missing


def test_a_last_line_that_was_cut_off_whole_is_given_away_by_its_run_and_by_what_others_were_told(tmp_path: Path) -> None:
    registry = filled(tmp_path)
    registry.path.write_text("".join(written(registry)[:-1]), encoding="utf-8")
    assert "3 runs lie here and 2 lines" in registry.verify()[0]
    shutil.rmtree(tmp_path / "runs" / run(3)["run"])
    assert "2 runs lie here and 2 lines; 3 were counted once" in registry.verify()[0]
    (tmp_path / "runs" / TOLD).unlink()
    assert registry.verify() == ()  # nothing is left that knows of it
    keep(tmp_path, run(1)["run"] + "x", trials=7)
    assert registry.count().total == 7


def test_a_sweep_with_results_and_without_a_line_is_missing_too(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    (tmp_path / "sweeps" / ("5" * 40)).mkdir(parents=True)
    assert registry.verify() == ()  # it has only begun
    (tmp_path / "sweeps" / ("5" * 40) / "part-0.parquet").write_bytes(b"x")
    assert "0 runs and 1 sweep lie here and 0 lines" in registry.verify()[0]
    registry.append(part([1, 2]))  # its digest is shorter and begins alike
    assert registry.verify() == ()
    assert registry.count().total == 2


def test_a_loss_is_accepted_with_a_reason_once_and_counts_for_good(tmp_path: Path) -> None:
    registry = filled(tmp_path)
    registry.path.unlink()
    registry.append(run(9))
    with pytest.raises(UsageError, match="a loss needs a reason"):
        registry.accept_loss("  ")
    assert registry.accept_loss("the disk broke") == 3
    entry = registry.entries()[-1]
    assert entry["reason"] == "the disk broke"
    assert entry["runs"] == [run(number)["run"] for number in (1, 2, 3)]
    count = registry.count()
    assert (count.total, count.distinct, count.missing.words) == (4, 4, "")
    with pytest.raises(UsageError, match="nothing is lost"):
        registry.accept_loss("again")
    for name in (run(number)["run"] for number in (1, 2, 3)):
        shutil.rmtree(tmp_path / "runs" / name)
    assert registry.count().total == 4


@pytest.mark.parametrize(
    ("harm", "lost"),
    [
        (lambda lines: [*lines[:1], *lines[2:]], 1),
        (lambda lines: [lines[0], "garbage\n", lines[2]], 1),
        (lambda lines: [*lines, lines[0][:30]], 1),
        (lambda lines: [*lines, "\xff\n"], 1),
        (lambda lines: [*lines[1:], "{}\n", lines[0][:9]], 3),  # the first is gone, one is none, one is cut
    ],
)
def test_damage_is_refused_until_it_is_accepted_and_what_was_there_is_kept(harm: Any, lost: int, tmp_path: Path) -> None:
    registry = filled(tmp_path, kept=False)
    broken = "".join(harm(written(registry))).encode("latin-1")
    registry.path.write_bytes(broken)
    for ask in (registry.entries, registry.count, lambda: registry.append(run(9))):
        with pytest.raises(UsageError, match="the registry of trials is damaged"):
            ask()
    assert registry.path.read_bytes() == broken
    before = [line for line in broken.split(b"\n") if line.startswith(b'{"data"') and line.endswith(b"}")]
    assert registry.accept_loss("edited by hand") == lost
    assert registry.verify() == ()
    assert registry.count().total == len(before) + lost >= 3
    aside = list(tmp_path.glob("trials-damaged-*.jsonl"))
    assert [path.read_bytes() for path in aside] == ([] if len(before) == len(broken.splitlines()) else [broken])
    registry.append(run(8))
    lines = written(registry)
    registry.path.write_text("".join(lines[1:]), encoding="utf-8")  # what was forgiven is no licence for more
    with pytest.raises(UsageError, match="damaged"):
        registry.entries()


def test_each_damaged_file_lies_beside_under_a_name_of_its_own(tmp_path: Path) -> None:
    """A regression: files without a readable line all had one name, and the second was written over the first."""
    registry = filled(tmp_path, kept=False)
    whole = registry.path.read_bytes()
    for cut in (50, 30):
        registry.path.write_bytes(whole[:cut])
        registry.accept_loss(f"cut at {cut}")
    aside = sorted(len(path.read_bytes()) for path in tmp_path.glob("trials-damaged-*.jsonl"))
    assert aside == [30, 50]


# Writers.


APPEND = """
import sys
from pathlib import Path
from tests.desk.test_trials import append_many
append_many(Path(sys.argv[1]), 2)
"""


def append_many(folder: Path, who: int) -> None:
    """Fifteen lines, three of them of 6 kB."""
    registry = Registry(folder)
    for number in range(15):
        registry.append(part(list(range(1, 400)), who) if number % 5 == 0 else run(1000 * who + number))


def test_two_processes_keep_one_chain(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    registry, rounds = Registry(tmp_path), 0
    with subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path)], env=environment, cwd=root) as other:
        while other.poll() is None:
            if registry.path.exists() and not rounds:  # the other is at it
                append_many(tmp_path, 1)
                rounds = 1
            assert registry.verify() == ()  # a reader never meets half a line
            time.sleep(0.002)
    assert (other.returncode, rounds) == (0, 1)
    assert registry.verify() == ()
    assert [entry["n"] for entry in registry.entries()][-1] == registry.count().total == 2 * (12 + 3 * 399)
    assert registry.count().distinct == 2 * 12 + 399


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_a_write_that_fails_takes_its_half_line_back(kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = filled(tmp_path)
    before = registry.path.read_bytes()

    def half(file: Any, line: bytes) -> None:
        file.write(line[:9])
        raise kind("now")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_put", half)
        with pytest.raises(kind):
            registry.append(run(9))
    assert registry.path.read_bytes() == before
    registry.append(run(9))
    assert registry.count().total == 4


def test_a_reader_of_half_a_line_waits_for_its_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = filled(tmp_path)
    whole = registry.path.read_bytes()
    registry.path.write_bytes(whole[:-30])

    @contextmanager
    def released(_: Registry) -> Iterator[None]:
        registry.path.write_bytes(whole)  # by the time the lock is ours, the writer is done
        yield

    monkeypatch.setattr(Registry, "_locked", released)
    assert len(registry.entries()) == 3


def test_a_disk_that_takes_only_a_part_is_an_error(tmp_path: Path) -> None:
    class Full:
        def write(self, _: bytes) -> int:
            return 3

    with pytest.raises(OSError, match="No space left"):
        module._put(Full(), b"12345")  # type: ignore[arg-type]


def test_a_writer_that_does_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = filled(tmp_path)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with registry._locked(), pytest.raises(UsageError, match="another process is writing to the registry of trials"):
        registry.append(run(9))


def test_a_sweep_is_appended_part_by_part(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for number in (0, 1, 1):  # the last one once more, after an interruption
        names = tuple(hashed(10 * number + place) for place in range(3))
        registry.sweep(SweptPart("5" * 12, number, "d" * 64, np.array([0.1, 0.2, 0.3]), names, 60, 12))
    count = registry.count()
    assert (count.total, count.distinct, count.effective) == (9, 6, 6.0)
    assert count.at(12).variance == pytest.approx(np.var([0.1, 0.2, 0.3] * 2, ddof=1))
    assert count.at(252).variance is None


def test_asking_makes_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "new")
    assert registry.entries() == []
    assert registry.verify() == ()
    assert registry.count().total == 0
    assert not (tmp_path / "new").exists()
    assert registry.path.name == FILE
