"""The trials of a validation: each variant once, the policy's run once, a finished sweep not again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.desk.validation_worlds import monthly, trend
from trimtab.desk import counting_variants, knowing_checks
from trimtab.desk.backtest import backtest
from trimtab.desk.counting_variants import count_variants, counted_once
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.neighbourhood import neighbourhood
from trimtab.desk.result import Result
from trimtab.desk.sweeping import carry_out_sweep, plan
from trimtab.desk.swept_before import swept_before
from trimtab.desk.trial_loss import TOLD
from trimtab.desk.trials import Registry
from trimtab.desk.tried import tried
from trimtab.desk.validating import validate
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.validation import validated

GRID = Grid.parse(["signals.trend.window=6M,8M,10M"])


@pytest.fixture(scope="module")
def result() -> Result:
    return backtest(trend(), monthly(trend(), 2, count=72))


@pytest.fixture(autouse=True)
def unaudited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())


def test_validating_twice_counts_once(result: Result, tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    first, run = counted_once(folder, result)
    assert first.trials.distinct == 1
    one = validate(first, registry=folder.registry)
    count = folder.registry.count()
    again, same = counted_once(folder, result)
    other = validate(again, registry=folder.registry)
    assert same == run
    assert folder.registry.count() == count
    assert len(folder.registry.entries()) == 2  # the run, and all variants in one line
    assert not folder.registry.verify()
    assert one.trials == other.trials == count.distinct == count.total
    assert one.effective == pytest.approx(other.effective)


def test_what_other_grids_share_is_counted_once_and_the_rest_is_added(result: Result, tmp_path: Path) -> None:
    registry = Workspace(tmp_path).registry
    near = tried(result, neighbourhood(result.policy))
    assert count_variants(registry, result, [near]) == len(near) - 1
    asked = tried(result, Grid.parse(["signals.trend.window=4M,9M,11M"]))  # 4M is one of the neighbours: half of 8M
    assert count_variants(registry, result, [asked, asked]) == 2
    assert count_variants(registry, result, [asked, near]) == 0
    assert registry.count().total == len(near) + 1  # each but the policy itself, which is a run


def test_the_effective_number_lies_between_one_and_all(result: Result, tmp_path: Path) -> None:
    registry = Workspace(tmp_path).registry
    every = tried(result, neighbourhood(result.policy))
    count_variants(registry, result, [every])
    count = registry.count()
    assert 1.0 <= count.effective < count.distinct  # neighbours are alike


def test_one_that_begins_late_never_lowers_what_the_others_are_worth() -> None:
    months = np.cumprod(1.0 + np.random.default_rng(3).normal(0.005, 0.03, (20, 240)), axis=1)
    late = np.where(np.arange(240) < 230, np.nan, months[:1])
    others = counting_variants._worth(months)
    assert others <= counting_variants._worth(np.concatenate([months, late])) <= others + 1.0
    assert counting_variants._worth(np.full((3, 240), np.nan)) == 3.0


def test_a_second_validation_at_the_same_time_counts_nothing_twice(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Workspace(tmp_path / "first"), Workspace(tmp_path / "second")
    every = [tried(result, GRID)]
    counted_once(first, result)
    alone = first.registry.path.read_bytes()
    assert count_variants(first.registry, result, every) == 2
    both = first.registry.path.read_bytes()

    def late(written: bytes) -> None:
        """The other is through with it by the time the lock is ours."""

        @contextmanager
        def locked(registry: Registry) -> Iterator[None]:
            registry.folder.mkdir(exist_ok=True)
            registry.path.write_bytes(written)
            yield

        monkeypatch.setattr(Registry, "_locked", locked)

    late(alone)
    counted_once(second, result)
    assert second.registry.path.read_bytes() == alone
    late(both)
    assert count_variants(second.registry, result, every) == 0
    assert second.registry.path.read_bytes() == both


def test_what_a_validation_counted_stands_beside_its_run(result: Result, tmp_path: Path) -> None:
    made = validated(result, (), Workspace(tmp_path))
    folder = Workspace(tmp_path)
    count = folder.registry.count()
    assert folder.meta(made.run)["trials"] == count.total > 2
    folder.registry.path.unlink()
    (tmp_path / "runs" / TOLD).unlink()
    assert (folder.registry.count().total, folder.registry.count().distinct) == (count.total, count.total)


@pytest.mark.soak
def test_more_trials_in_the_workspace_never_raise_what_is_left(result: Result, tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    alone = validate(result)
    for seed in range(3):  # strangers, each of which may have been the lucky one
        other = backtest(trend(name=f"other-{seed}"), monthly(trend(), 100 + seed, count=72))
        folder.trial(other)
        folder.save(other)
    beside = validate(counted_once(folder, result)[0], registry=folder.registry)
    assert beside.trials == alone.trials + 3
    assert beside.effective > alone.effective
    for name, better in (("deflated Sharpe", 1.0), ("data snooping", -1.0)):
        assert better * beside.check(name).value <= better * alone.check(name).value + 1e-9


def test_a_finished_sweep_of_the_same_policy_is_used_and_not_counted_again(result: Result, tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    assert swept_before(tmp_path, result) is None
    carry_out_sweep(plan(result.policy, GRID, tmp_path, market=result.market), Crew())
    swept = swept_before(tmp_path, result)
    assert swept is not None
    assert swept[0] == GRID
    taken, run = tried(result, swept), tried(result, GRID)
    assert sorted(taken.hashes) == sorted(run.hashes)
    for one, other in zip(taken.months, run.months, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    before = folder.registry.count().total
    assert count_variants(folder.registry, result, [taken]) == 0
    assert folder.registry.count().total == before
    assert taken.around == f"those of sweep {swept[1].place.parent.name[:12]}"


def test_a_sweep_of_other_data_or_another_policy_and_a_damaged_one_are_passed_over(result: Result, tmp_path: Path) -> None:
    other = backtest(trend(), monthly(trend(), 9, count=72))
    carry_out_sweep(plan(other.policy, GRID, tmp_path, market=other.market), Crew())
    assert swept_before(tmp_path, result) is None
    found = swept_before(tmp_path, other)
    assert found is not None
    job = found[1].place.parent / "job.json"
    plain = json.loads(job.read_text(encoding="utf-8"))
    for damaged in ("{", json.dumps({"job": {**plain["job"], "grid": [["a"]]}})):
        job.write_text(damaged, encoding="utf-8")
        assert swept_before(tmp_path, other) is None
