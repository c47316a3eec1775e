"""Code of one's own in the trials of sweeps and validations: each variant by the code that it ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.own_signal_worlds import edited, put_own, ran
from tests.desk.test_sweep_inputs import swept
from tests.surfaces.cli.desk_folder import POLICY
from trimtab.desk.counting_variants import count_variants
from trimtab.desk.grid import Grid
from trimtab.desk.swept_before import swept_before
from trimtab.desk.tried import tried
from trimtab.desk.workspace import Workspace

AXIS = "costs.bps=5,7"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return put_own(tmp_path, monkeypatch)


def test_a_sweep_with_edited_code_of_ones_own_is_as_many_new_trials(folder: Path) -> None:
    """A regression: the variants of the old signal stood for those of the new one."""
    desk = Workspace(folder / "desk")
    swept(folder, AXIS)
    assert desk.trial(ran(folder)).trials.distinct == 2  # the policy itself is one of the variants
    edited(folder)
    swept(folder, AXIS)
    count = desk.registry.count()
    assert (count.total, count.distinct) == (5, 4)
    assert desk.trial(ran(folder)).trials.distinct == 4


def test_a_variant_that_runs_no_code_of_ones_own_stays_the_trial_that_it_was(folder: Path) -> None:
    """What other variants of the sweep name is no part of it."""
    (folder / "policy.yaml").write_text(POLICY)
    desk = Workspace(folder / "desk")
    desk.trial(ran(folder))
    swept(folder, "signals.average={use: trend, window: 3M},{use: 'own_side:Side'}")
    assert desk.registry.count().distinct == 2
    edited(folder)
    swept(folder, "signals.average={use: trend, window: 3M},{use: 'own_side:Side'}")
    assert desk.registry.count().distinct == 3


def test_a_validation_with_edited_code_of_ones_own_counts_its_variants_anew(folder: Path) -> None:
    """A regression: they were taken for those of the signal before the edit."""
    desk, grid = Workspace(folder / "desk"), Grid.parse([AXIS])
    swept(folder, AXIS)
    result = desk.trial(ran(folder))
    found = swept_before(desk.folder, result)
    assert found is not None
    assert count_variants(desk.registry, result, [tried(result, found), tried(result, grid)]) == 0
    edited(folder)
    result = desk.trial(ran(folder))
    assert swept_before(desk.folder, result) is None
    assert count_variants(desk.registry, result, [tried(result, grid)]) == 1
    assert count_variants(desk.registry, result, [tried(result, grid)]) == 0
    assert desk.registry.count().distinct == 4
