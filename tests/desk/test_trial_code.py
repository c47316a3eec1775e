"""Code of one's own in what counts as a different trial: edited it is another, as it was it is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.own_signal_worlds import MINE, edited, loaded, put_own, ran
from tests.surfaces.cli.desk_folder import POLICY
from trimtab.core.errors import UsageError
from trimtab.desk.canonical import trial_commitment, with_code
from trimtab.desk.result import Result
from trimtab.desk.trial_code import VariantCode, code_of
from trimtab.desk.trial_count import tally
from trimtab.desk.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return put_own(tmp_path, monkeypatch)


def signed(folder: Path, sign: float) -> Result:
    """The policy with its signal edited, as another process runs it."""
    (folder / "own_sign.py").write_text(f"SIGN = {sign}\n")
    return ran(folder)


def test_each_edit_of_ones_own_signal_is_another_trial(folder: Path) -> None:
    """A regression: nine rules, tried one after the other under one name, counted as one trial."""
    workspace = Workspace(folder / "desk")
    for count, sign in enumerate((1.0, -1.0, 0.5), 1):
        assert workspace.trial(signed(folder, sign)).trials.distinct == count
    again = workspace.trial(signed(folder, 1.0))
    assert (again.trials.total, again.trials.distinct) == (4, 3)


def test_a_rival_with_edited_code_of_ones_own_is_another_trial(folder: Path) -> None:
    """A regression: its line said the policy alone."""
    workspace = Workspace(folder / "desk")
    rival = ran(folder)
    (folder / "plain.yaml").write_text(POLICY)
    (folder / "policy.yaml").write_text(POLICY)
    mine = ran(folder)
    assert workspace.trial(mine, beside=[rival]).trials.distinct == 2
    assert workspace.trial(mine, beside=[rival]).trials.distinct == 2
    (folder / "policy.yaml").write_text(MINE)
    edited(folder)
    assert workspace.trial(mine, beside=[ran(folder)]).trials.distinct == 3
    assert workspace.trial(ran(folder)).trials.distinct == 3  # a rival that is run for itself is the same trial


def test_a_line_from_before_own_code_counted_is_read_as_a_trial_of_its_own(folder: Path) -> None:
    """What code that was nobody can say: it is not taken for the code of today."""
    workspace, result = Workspace(folder / "desk"), ran(folder)
    entry = {"run": "aaaaaaaaaaaa", "policy": result.policy.sha256, "data": result.seen_digest, "name": "x", "sharpe": 1.0}
    workspace.registry.append(entry)
    assert workspace.trial(result).trials.distinct == 2
    assert workspace.registry.count().total == 2


def test_without_code_of_ones_own_a_policy_is_committed_to_as_before(folder: Path) -> None:
    (folder / "policy.yaml").write_text(POLICY)
    policy = loaded(folder)
    assert (code_of(policy), trial_commitment(policy, code_of(policy))) == ({}, policy.sha256)
    assert VariantCode.of(policy).trial(policy.sha256, {"costs.bps": 7, "signals.average.use": "momentum"}) == policy.sha256
    result = ran(folder)
    Workspace(folder / "desk").trial(result)
    (line,) = Workspace(folder / "desk").trials()
    assert line["policy"] == policy.sha256
    assert tally([line]).distinct == 1


def test_a_variant_runs_the_code_that_its_own_values_name(folder: Path) -> None:
    policy = loaded(folder)
    code, own = VariantCode.of(policy), with_code(policy.sha256, code_of(policy))
    assert list(code_of(policy)) == ["own_side"]
    assert policy.sha256 != own == code.trial(policy.sha256, {}) == code.trial(policy.sha256, {"signals.mine.strength": 2})
    assert code.trial(policy.sha256, {"signals.mine": {"use": "trend", "window": "3M"}}) == policy.sha256
    assert code.trial(policy.sha256, {"signals.mine": {"use": "none_such"}}) == own  # cannot be read: both count
    (folder / "policy.yaml").write_text(POLICY)
    plain = loaded(folder)
    point = {"signals.average": {"use": "own_side:Side"}}
    assert VariantCode.of(plain).trial(plain.sha256, point) == with_code(plain.sha256, code_of(policy))


def test_code_that_was_edited_after_it_was_loaded_is_not_counted(folder: Path) -> None:
    policy = loaded(folder)
    edited(folder)
    with pytest.raises(UsageError, match="was edited after it had been loaded"):
        VariantCode.of(policy).trial(policy.sha256, {})
