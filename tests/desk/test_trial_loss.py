"""What lies in a workspace is counted whatever becomes of its registry: by run, by part of a sweep, and by what was told."""

from __future__ import annotations

import json
import shutil
import threading
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
from trimtab.desk import trial_loss
from trimtab.desk.swept_work import finished_parts
from trimtab.desk.trial_loss import TOLD
from trimtab.desk.trials import Registry

SWEEP = "5" * 64


def swept(registry: Registry, shape: tuple[int, ...], cut: int, *, sweep: str = SWEEP, first: int = 100) -> list[int]:
    """A sweep as it runs: its folder, then a line and a file for each of its `cut` parts. Returns their sizes."""
    place = registry.folder / "sweeps" / sweep[:32]
    (place / "parts").mkdir(parents=True, exist_ok=True)
    grid = [[f"costs.{axis}", list(range(length))] for axis, length in enumerate(shape)]
    (place / "job.json").write_text(json.dumps({"job": {"grid": grid}, "parts": cut}), encoding="utf-8")
    parts = np.array_split(np.arange(int(np.prod(shape))) + first, cut)
    for number, variants in enumerate(parts):
        registry.append(part(variants.tolist(), number, sweep=sweep))
        (place / "parts" / f"{number:08d}-{number:032x}.parquet").write_bytes(b"x")
    return [len(one) for one in parts]


def kept(registry: Registry, name: str) -> None:
    """A run saved with the number of trials that there are."""
    place = registry.folder / "runs" / name
    place.mkdir(parents=True, exist_ok=True)
    told = {"run": name, "trials": registry.count().total}
    (place / "run.json").write_text(json.dumps(told), encoding="utf-8")


def as_of_before(folder: Path) -> None:
    """As a workspace was left before the number was written beside the work."""
    for place in folder.rglob(TOLD):
        place.unlink()


def keep_lines(registry: Registry, count: int) -> None:
    lines = registry.path.read_bytes().splitlines(keepends=True)
    registry.path.write_bytes(b"".join(lines[:count]))


# The law: N never falls while the work lies there.

DONE = st.lists(st.sampled_from(["run", "again", "rival", "validated", "swept", "lost"]), min_size=1, max_size=5)


def worked(registry: Registry, done: list[str]) -> None:
    kinds = {
        "run": lambda at: [run(at)],
        "again": lambda _: [run(1)],
        "rival": lambda at: [run(30 + at) | {"rival": True}, run(at)],
        "validated": lambda at: [run(at), part(list(range(50, 50 + at)), sweep=f"{at:x}" * 64)],
    }
    for at, kind in enumerate(done, 1):
        if kind == "swept":
            swept(registry, (at, 3), 3, sweep=f"{at + 8:x}" * 64, first=100 * at)
        elif kind == "lost" and registry.path.exists():
            registry.path.write_bytes(registry.path.read_bytes() + b"torn")
            registry.accept_loss("a cable")
        else:
            for entry in kinds.get(kind, kinds["run"])(at):
                registry.append(entry)
            kept(registry, run(1 if kind == "again" else at)["run"])


@settings(max_examples=25, deadline=None)
@given(DONE, st.data())
def test_n_never_falls_whatever_becomes_of_the_lines(
    tmp_path_factory: pytest.TempPathFactory, done: list[str], data: st.DataObject
) -> None:
    registry = Registry(tmp_path_factory.mktemp("desk"))
    worked(registry, done)
    before = registry.count()
    assert registry.verify() == ()
    lines = registry.path.read_bytes().splitlines(keepends=True)
    held = [line for line in lines if data.draw(st.integers(0, 2))]
    if held and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(held) - 1))
        held[place] = data.draw(st.sampled_from([b"no line\n", b"{}\n", held[place][: len(held[place]) // 2]]))
    registry.path.write_bytes(b"".join(held))
    try:
        found = registry.count()
    except UsageError:
        registry.accept_loss("it was edited")
        found = registry.count()
    assert (found.total >= before.total, found.distinct >= before.distinct) == (True, True)
    if registry.verify():
        registry.accept_loss("it was emptied")
    again = registry.count()
    assert (again.total, again.distinct, again.missing.trials) == (found.total, found.distinct, 0)


# Parts of sweeps, by their variants; as older workspaces are too, where nothing but the work tells of them.


@pytest.mark.parametrize(("kept_lines", "parts"), [(0, (0, 1, 2, 3)), (1, (1, 2, 3)), (3, (3,))])
@pytest.mark.parametrize("told", [True, False])
def test_a_part_without_a_line_is_missing_with_all_its_variants(
    kept_lines: int, parts: tuple[int, ...], told: bool, tmp_path: Path
) -> None:
    registry = Registry(tmp_path)
    sizes = swept(registry, (6, 20), 4)  # 120 variants
    keep_lines(registry, kept_lines)
    if not told:
        as_of_before(tmp_path)
    count = registry.count()
    assert (count.total, count.distinct, count.missing.trials) == (120, 120, sum(sizes[part] for part in parts))
    assert dict(count.missing.parts) == {SWEEP[:32]: parts}
    assert "; 120 were counted once" in count.missing.words
    assert registry.accept_loss("a disk") == count.missing.trials
    assert (registry.count().total, registry.verify()) == (120, ())


def test_parts_found_again_are_counted_once(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    swept(registry, (6, 20), 4)
    keep_lines(registry, 0)
    for number in range(4):
        registry.append(part(list(range(100 + 30 * number, 130 + 30 * number)), number, sweep=SWEEP))
        assert registry.count().total == 120
    assert registry.verify() == ()


def test_an_unreadable_line_of_a_part_stands_for_all_its_variants(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    swept(registry, (6, 20), 4)
    content = registry.path.read_bytes()
    registry.path.write_bytes(content[:-30])
    assert registry.accept_loss("a cable") == 30
    assert registry.count().total == 120


def test_how_many_variants_a_part_has_follows_from_its_description(tmp_path: Path) -> None:
    assert finished_parts(tmp_path / "nowhere") == {}
    registry, place = Registry(tmp_path), tmp_path / "sweeps" / SWEEP[:32]
    sizes = swept(registry, (11,), 3)  # 4, 4 and 3
    assert finished_parts(place) == dict(enumerate(sizes))
    (place / "results.parquet").write_bytes(b"x")
    (place / "gaps.json").write_text('{"1": "not today"}', encoding="utf-8")
    shutil.rmtree(place / "parts")
    assert finished_parts(place) == {0: 4, 2: 3}  # only the results are left, and they say what they lack
    for damaged in ("{", "[]", '{"job": {"grid": [["a"]]}, "parts": 3}'):
        (place / "job.json").write_text(damaged, encoding="utf-8")
        assert finished_parts(place) == {0: 1}


def test_an_accepted_loss_that_named_no_parts_is_read(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    swept(registry, (6, 20), 4)
    old = {"lost": 1, "reason": "x", "before": "", "runs": [], "sweeps": [SWEEP[:32]]}
    registry.path.write_text(json.dumps(old) + "\n", encoding="utf-8")
    assert registry.count().missing.trials == 120  # one of them may be the one that was owned up to: more, not fewer


# Owning up.


def test_a_loss_in_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is lost"):
        Registry(tmp_path / "nowhere").accept_loss("why not")
    assert not (tmp_path / "nowhere").exists()


def test_a_reason_is_one_line_that_a_terminal_only_shows(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.append(run(1))
    registry.path.write_bytes(b"{}\n")
    with pytest.raises(UsageError, match="a loss needs a reason"):
        registry.accept_loss("\x1b\n\u200b")
    registry.accept_loss("one\n two\x1b[31m\r")
    assert registry.entries()[0]["reason"] == "one two [31m"


def test_two_who_own_up_at_once_count_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(tmp_path)
    swept(registry, (6, 20), 4)
    keep_lines(registry, 0)
    real = Registry._locked

    @contextmanager
    def late(one: Registry) -> Iterator[None]:
        monkeypatch.setattr(Registry, "_locked", real)
        one.accept_loss("the other")  # is through with it by the time the lock is ours
        yield

    monkeypatch.setattr(Registry, "_locked", late)
    with pytest.raises(UsageError, match="nothing is lost"):
        registry.accept_loss("me too")
    assert registry.count().total == 120


# What is written beside the work.


@pytest.mark.parametrize("noise", [b"many\n", b"-3\n", b"\xff", b"9" * 40])
def test_a_number_that_cannot_be_read_tells_nothing(noise: bytes, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    swept(registry, (2,), 1)
    (tmp_path / "sweeps" / TOLD).write_bytes(noise)
    assert (registry.count().total, registry.verify()) == (2, ())


def test_a_line_that_is_written_counts_where_the_number_beside_the_work_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(tmp_path)
    swept(registry, (2,), 1)

    def full(*_: Any) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(trial_loss, "write_text", full)
        registry.append(run(1))
    assert (registry.count().total, (tmp_path / "sweeps" / TOLD).read_text(encoding="ascii")) == (3, "2\n")
    registry.append(run(2))
    assert (tmp_path / "sweeps" / TOLD).read_text(encoding="ascii") == "4\n"


# One writer at a time.


def test_what_a_line_is_made_of_cannot_change_before_it_is_written(tmp_path: Path) -> None:
    registry, meeting = Registry(tmp_path), threading.Barrier(2)

    def once(entries: Any) -> dict[str, Any] | None:
        return None if any(entry["run"] == run(1)["run"] for entry in entries) else run(1)

    def work() -> None:
        meeting.wait()
        registry.add(once)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(registry.entries()) == 1
    assert registry.add(once) is None
    assert hashed(1) == registry.entries()[0]["policy"]
