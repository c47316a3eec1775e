"""A sweep as a job: every variant once, in the results and in the registry, whoever did it and however often it was ended."""

from __future__ import annotations

import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import sweep_job_worlds
from tests.desk.sweep_job_worlds import AXES, market, planned, policy
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.desk import sweep_cutting, sweeping
from trimtab.desk.crew import Backend, Crew
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.parts_store import PartsStore
from trimtab.desk.sweep import sweep
from trimtab.desk.sweep_columns import Work
from trimtab.desk.sweep_counting import Luck
from trimtab.desk.sweep_cutting import cut
from trimtab.desk.sweep_result import SweepResult
from trimtab.desk.sweep_review import review_sweep
from trimtab.desk.sweeping import carry_out_sweep, plan
from trimtab.desk.swept import FIGURES
from trimtab.desk.trials import Registry
from trimtab.desk.variants import Aspect, Variants
from trimtab.numerics.lanes_running import Engine
from trimtab.validation.deflation import deflated_sharpe
from trimtab.validation.effective_trials import effective_trials

ROOT = Path(__file__).parents[2]
COUNT = 24


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four parts of six variants, of one version of the code: the folder may be edited while a second process reads it."""
    monkeypatch.setattr(sweep_cutting, "LEAST", 6)
    monkeypatch.setattr(sweeping, "code_version", lambda: "tested")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The results of a sweep that nothing happened to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_cutting, "LEAST", 6)
        return carry_out_sweep(planned(tmp_path_factory.mktemp("clean")), Crew()).place.read_bytes()


def lines(workspace: Path) -> list[tuple[int, int]]:
    """Part and variants of each line of the registry."""
    return [(entry["part"], entry["variants"]) for entry in Registry(workspace).entries()]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(1, 40), st.integers(1, 1 << 20))
@settings(max_examples=12)
def test_parts_are_a_partition_within_their_room(shape: list[int], least: int, room: int):
    keys = ("costs.bps", "signals.average.skip", "schedule.offset")
    texts = [f"{key}={'0D,1D,2D,3D,4D' if 'skip' in key else '0,1,2,3,4'}" for key in keys[: len(shape)]]
    axes = Grid.parse(texts).axes
    grid = Grid(tuple(type(axis)(axis.path, axis.values[:count]) for axis, count in zip(axes, shape, strict=True)))
    held = policy()
    variants, world = Variants.of(held, grid), market(held, 90)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_cutting, "LEAST", least)
        patch.setattr(sweep_cutting, "ROOM", room)
        parts, need = cut(variants, held, world)
        sizes = [len(part) for part in parts]
        assert sorted(np.concatenate(parts).tolist()) == list(range(len(grid)))
        assert max(sizes) - min(sizes) <= 1
        decisions = sweep_cutting._decisions(variants, world, np.arange(len(grid)))
        assert max(sizes) == 1 or max(sweep_cutting._bytes(variants, part, world, decisions) for part in parts) <= room
        assert need > sweep_cutting._BASE
    for part in parts:
        inside = np.unique(variants.keys(Aspect.DATES, part), return_counts=True)[1]
        assert len(inside) == 1 + np.count_nonzero(
            np.diff(variants.keys(Aspect.DATES, part))
        )  # who shares dates stands together


@pytest.mark.parametrize(("lanes", "known", "dated"), [(True, 5, 5), (False, 10, 3)])
def test_a_part_of_lanes_is_a_block_of_knowledge_by_dates(lanes: bool, known: int, dated: int):
    """A hundred variants of ten knowledges on ten schedules in four parts: 25 each."""
    skips = ",".join(f"{k}D" for k in range(10))
    grid = Grid.parse([f"signals.average.skip={skips}", "schedule.offset=0,1,2,3,4,5,6,7,8,9"])
    variants = Variants.of(policy(), grid)
    parts = sweep_cutting._parts(variants, np.arange(100), 4, blocks=lanes)
    assert [len(part) for part in parts] == [25] * 4
    for part in parts:
        assert len(np.unique(variants.keys(Aspect.KNOWLEDGE, part))) == known
        assert len(np.unique(variants.keys(Aspect.DATES, part))) <= dated


def test_results_are_those_of_one_sweep_over_all(tmp_path: Path):
    job = planned(tmp_path)
    result = carry_out_sweep(job, Crew())
    whole = sweep(job.variants, job.market, engine=Engine.NUMPY)
    assert result.numbers.tolist() == list(range(COUNT))
    for name in FIGURES:
        np.testing.assert_allclose(result.figures[name], whole.figures[name], rtol=1e-9, atol=1e-12, equal_nan=True)
    np.testing.assert_allclose(result.months, whole.months, rtol=1e-12, equal_nan=True)
    np.testing.assert_allclose(result.returns, whole.returns, rtol=1e-9, atol=1e-13, equal_nan=True)
    assert result.dates.tolist() == whole.dates.astype("datetime64[D]").tolist()
    for number in (0, 7, 23):
        point = job.variants.grid.point(number)
        assert {name: values[number] for name, values in result.points.items()} == point
        assert result.policies[number] == job.variants.policy(number).sha256
        assert result.first[number] == job.market.sessions[whole.first[number]]
    assert result.points["costs.bps"][:6] == (0, 0, 5, 5, 10, 10)
    assert set(result.engines) == {"numpy"}
    assert (job.kept, len(job.parts), len(result.failed), len(result.gaps)) == (4, 4, 0, 0)


def test_two_processes_give_the_same_bytes(tmp_path: Path, clean: bytes):
    result = carry_out_sweep(planned(tmp_path), Crew(workers=2))
    assert result.place.read_bytes() == clean
    assert sorted(lines(tmp_path)) == [(part, 6) for part in range(4)]
    count = Registry(tmp_path).count()
    assert (count.total, count.distinct, count.missing.trials) == (COUNT, COUNT, 0)


def test_killed_between_the_line_and_the_results(tmp_path: Path, clean: bytes):
    """SIGKILL: part 0 is kept, part 1 has its line and no results; it is done again and not counted again."""
    done = subprocess.run([sys.executable, "-m", "tests.desk.sweep_job_worlds", str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    job = planned(tmp_path)
    assert (job.kept, lines(tmp_path)) == (1, [(0, 6), (1, 6)])
    assert carry_out_sweep(job, Crew()).place.read_bytes() == clean
    assert lines(tmp_path) == [(part, 6) for part in range(4)]
    carry_out_sweep(job, Crew())
    assert Registry(tmp_path).count().total == COUNT  # what is finished is never run, nor counted, again


def interrupted(patch: pytest.MonkeyPatch, at: int) -> None:
    keep = PartsStore.keep

    def stop(self: PartsStore, index: int, columns: Mapping[str, Any]) -> None:
        if index == at:
            raise KeyboardInterrupt
        keep(self, index, columns)

    patch.setattr(PartsStore, "keep", stop)


def test_ctrl_c_keeps_what_is_finished_and_a_damaged_part_is_done_again(
    tmp_path: Path, clean: bytes, monkeypatch: pytest.MonkeyPatch
):
    job = planned(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        interrupted(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            carry_out_sweep(job, Crew())
    assert job.kept == 2
    (path,) = (job.folder / "parts").glob("00000000-*")
    path.write_bytes(path.read_bytes()[:-9] + b"unreadable")
    assert job.kept == 1  # what is damaged is not announced as kept
    monkeypatch.setattr(sweeping.SweepPlan, "_timed", lambda _, numbers: 1.0 + numbers[0])
    assert job.seconds(Crew()) == 3.0 * (1.0 + job.parts[0][0])  # three parts are to be done, the damaged one first
    told: list[tuple[int, int]] = []
    result = carry_out_sweep(job, Crew(), progress=lambda done, total, _: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert result.place.read_bytes() == clean
    assert lines(tmp_path) == [(part, 6) for part in range(4)]


def test_a_registry_that_went_missing_is_counted_anew(tmp_path: Path):
    job = planned(tmp_path)
    carry_out_sweep(job, Crew())
    job.registry.path.unlink()
    assert job.registry.count().missing.sweeps == (job.folder.name,)
    carry_out_sweep(job, Crew())
    assert (lines(tmp_path), job.registry.count().total) == ([(part, 6) for part in range(4)], COUNT)
    job.registry.path.unlink()
    job.registry.accept_loss("a disk")  # counted as lost for good: not a second time as found
    carry_out_sweep(job, Crew())
    assert [entry for entry in job.registry.entries() if "sweep" in entry] == []


def test_parts_that_fail_are_gaps_that_are_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = planned(tmp_path)
    work = Work.__call__

    def failing(self: Work, world: Any, numbers: Any) -> dict[str, Any]:
        if 0 in numbers:
            raise ValueError("not today")
        return work(self, world, numbers)

    monkeypatch.setattr(Work, "__call__", failing)
    result = carry_out_sweep(job, Crew())
    assert result.gaps == {0: "ValueError: not today (tried 3 times)"}
    assert (len(result), sum(count for _, count in lines(tmp_path))) == (18, 18)
    monkeypatch.undo()
    small(monkeypatch)
    assert len(carry_out_sweep(job, Crew())) == COUNT
    assert Registry(tmp_path).count().total == COUNT


def test_when_every_part_fails_there_is_no_best_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file of results without a line in the registry would count as trials that are missing, for good."""
    job = planned(tmp_path, "costs.bps=1,2")
    carry_out_sweep(job, Crew())
    shutil.rmtree(job.folder / "parts")
    job.registry.path.unlink()
    monkeypatch.setattr(Work, "__call__", lambda *_: 1 / 0)
    result = carry_out_sweep(job, Crew())
    assert (len(result), result.best, len(result.gaps)) == (0, None, 1)
    assert list(job.folder.rglob("*.parquet")) == []
    with pytest.raises(DataError, match="no part of the sweep was finished: ZeroDivisionError"):
        assert result.file
    assert review_sweep(job, result).document(3)["results"] is None
    assert math.isnan(result.beats(np.ones(len(result.dates))))
    assert result.deflated(Registry(tmp_path).count().at(252)).words == ""


def test_variants_that_cannot_be_run_are_told_and_counted(tmp_path: Path):
    job = planned(tmp_path, "signals.average.window=20D,2000D,never", "schedule.offset=0")
    result = carry_out_sweep(job, Crew())
    assert result.failed[1].startswith("no decision date has all prices")
    assert "is not a duration (with signals.average.window=never, schedule.offset=0)" in result.failed[2]
    assert np.isfinite(result.figures["sharpe"]).tolist() == [True, False, False]
    assert (np.isnat(result.first).tolist(), result.best) == ([False, True, True], 0)
    assert Registry(tmp_path).count().total == 3
    assert len(set(result.policies)) == 3


def test_the_best_is_deflated_by_all_trials_and_stands_beside_its_benchmark(tmp_path: Path):
    job = planned(tmp_path)
    review = review_sweep(job, carry_out_sweep(job, Crew()))
    result, count = review.result, review.count
    row = int(np.nanargmax(result.figures["sharpe"]))
    assert result.best == row
    sharpe, skew, kurtosis = (float(result.figures[name][row]) for name in ("sharpe", "skew", "kurtosis"))
    periods = int(result.periods[row])
    variance = max(count.at(252).variance or 0.0, 1.0 / (periods - 1))
    left = deflated_sharpe(
        sharpe / math.sqrt(252), periods=periods, skew=skew, kurtosis=kurtosis, trials=count.effective, variance=variance
    )
    assert review.left.probability == pytest.approx(float(left.probability))
    document = review.document(3)
    assert json.loads(json.dumps(document))["trials"] == COUNT
    assert [one["variant"] for one in document["top"]] == result.numbers[result.ranking[:3]].tolist()
    assert document["medians"]["cagr"] == pytest.approx(float(np.median(result.figures["cagr"])))
    assert document["benchmark"]["first"] == str(result.first.min())
    assert 0.0 <= review.beats <= 1.0


def test_who_grew_more_over_his_own_months(tmp_path: Path):
    """Over all months 1.2 against 1.1: more. From the second on 1.05 / 1.0 against 1.1 / 1.0: less. Half of two."""
    months = np.array([[1.0, 1.0, 1.2], [np.nan, 1.0, 1.05]])
    empty = carry_out_sweep(planned(tmp_path, "costs.bps=1,2"), Crew())
    from dataclasses import replace

    assert replace(empty, months=months).beats(np.array([1.0, 1.0, 1.1])) == 0.5


def test_luck_is_worth_what_all_are_worth_together():
    """Parts one after the other add up to `effective_trials` of all, which drew the same luck."""
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(60, 1))
    wealth = np.cumprod(1.0 + 0.01 * (0.8 * shared + rng.normal(size=(60, 30))).T, axis=1)
    luck, steps = Luck(60), []
    for part in np.array_split(wealth, 4):
        luck.add(part)
        steps.append(luck.worth)
    returns = (wealth[:, 1:] / wealth[:, :-1] - 1.0).T
    assert luck.worth == pytest.approx(effective_trials(returns, seed=1).count, rel=1e-9)
    assert steps == sorted(steps)
    luck.add(np.full((3, 60), np.nan))
    luck.add(np.ones((2, 60)))
    assert luck.worth == steps[-1]
    assert Luck(60).worth == 0.0


def test_a_job_goes_on_with_the_engine_that_it_was_begun_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun = planned(tmp_path, engine=Engine.NUMPY)
    assert carry_out_sweep(begun, Crew()).place.exists()
    monkeypatch.setattr(sweeping, "chosen", lambda *_: Engine.NUMBA)
    assert planned(tmp_path / "small", engine=Engine.AUTO).engine is Engine.NUMPY  # not worth the import of numba
    monkeypatch.setattr(sweeping, "_SMALL", 0.0)
    assert planned(tmp_path, engine=Engine.AUTO).job.digest == begun.job.digest
    assert planned(tmp_path / "other", engine=Engine.AUTO).engine is Engine.NUMBA
    assert json.loads((begun.folder / "job.json").read_text())["job"]["engine"] == "numpy"
    assert planned(tmp_path, "costs.bps=1").job.digest != begun.job.digest


def test_what_is_refused_before_it_starts(tmp_path: Path):
    job = planned(tmp_path)
    with pytest.raises(UsageError, match=r"a part takes about .* a worker may hold 1\.0 MiB"):
        carry_out_sweep(job, Crew(workers=2, memory=1 << 20))
    with pytest.raises(UsageError, match="costs is the name of a column"):
        planned(tmp_path, "costs={use: linear}")
    for number in (2**63, -(2**63) - 1):
        for values in ((number,), (0.5, number), ({"bps": number},)):
            with pytest.raises(UsageError, match=r"a whole number among the values of costs\.bps is too large"):
                plan(policy(), Grid((Axis(("costs", "bps"), values),)), tmp_path, market=market(policy()))
    with pytest.raises(PolicyError, match=r"signals\.average\.windoww"):
        planned(tmp_path, "signals.average.windoww=1,2")
    with pytest.raises(UsageError, match="not that of the policy"):
        plan(policy(universe={"X": {}}, benchmark={"X": 1.0}), Grid.parse(AXES), tmp_path, market=market(policy()))
    with pytest.raises(DataError, match="there are no results"):
        SweepResult.read(tmp_path)
    assert lines(tmp_path) == []


def test_time_is_told_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A part takes 1 s and each variant 0.5 s: a probe of 1 takes 1.5 s, one of 6 takes 4 s; 4 parts are 4 x 1.5 + 24 x 0.5."""
    job = planned(tmp_path)
    monkeypatch.setattr(sweeping.SweepPlan, "_timed", lambda _, numbers: 1.0 + 0.5 * len(numbers))
    assert job.seconds(Crew()) == 6.0  # so few are not timed twice: 4 parts as one variant each
    monkeypatch.setattr(sweeping, "_FEW", 0)
    assert job.seconds(Crew()) == pytest.approx(18.0)
    assert job.seconds(Crew(workers=2)) == pytest.approx(9.0)
    monkeypatch.undo()
    small(monkeypatch)
    assert 0.0 < job.seconds(Crew()) < 60.0
    assert lines(tmp_path) == []
    carry_out_sweep(job, Crew())
    assert job.seconds(Crew()) == 0.0


def test_a_series_that_one_variant_reads_is_loaded_for_all(tmp_path: Path):
    from trimtab.desk import gallery

    held = gallery.named("ten-month-timing")
    job = plan(held, Grid.parse(["cash.series=bills,bill_yield"]), tmp_path)
    assert "bill_yield" not in held.series
    assert {"bills", "bill_yield"} <= set(job.market.series)


@pytest.mark.soak
@pytest.mark.parametrize("crew", [Crew(workers=2), Crew(Backend.DASK, 2), Crew(Backend.RAY, 2)], ids=["loky", "dask", "ray"])
def test_ten_thousand_variants_within_memory(crew: Crew, tmp_path: Path):
    axes = ("signals.average.window=20D..119D", "costs.bps=0..19", "schedule.offset=0..4")
    one = carry_out_sweep(planned(tmp_path / "one", *axes), Crew())
    assert len(one) == 10_000
    many = carry_out_sweep(planned(tmp_path / "many", *axes), crew)
    assert many.place.read_bytes() == one.place.read_bytes()
    assert Registry(tmp_path / "many").count().total == 10_000
    tight = Crew(crew.backend, crew.workers, memory=900 << 20)
    assert carry_out_sweep(planned(tmp_path / "tight", *axes), tight).gaps == {}


def test_the_worlds_have_so_many_variants():
    assert len(Grid.parse(AXES)) == COUNT
    assert sweep_job_worlds.policy().name == "swept"
