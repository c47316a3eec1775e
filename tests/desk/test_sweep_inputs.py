"""What a sweep depends on besides its policy: one's own code, and files that values name. Another of them is another job."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.own_signal_worlds import edited, loaded, put_own
from tests.surfaces.cli.desk_folder import POLICY, days, put
from trimtab.core.errors import UsageError
from trimtab.desk.backtest import backtest
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.prepare import load_market
from trimtab.desk.sweep_inputs import own_code
from trimtab.desk.sweeping import SweepPlan, carry_out_sweep, plan
from trimtab.desk.tax_reading import shipped_text
from trimtab.desk.workspace import Workspace

TAXED = f"{POLICY}tax: {{use: us_federal}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return put_own(tmp_path, monkeypatch)


def planned(folder: Path, *axes: str) -> SweepPlan:
    """As another process plans it."""
    return plan(loaded(folder), Grid.parse(axes), folder / "desk")


def swept(folder: Path, *axes: str) -> list[float]:
    """What the variants came to."""
    return carry_out_sweep(planned(folder, *axes), Crew()).figures["end_value"].tolist()  # type: ignore[no-any-return]


def test_a_signal_of_ones_own_that_was_edited_is_another_sweep(folder: Path) -> None:
    """A regression: the results of the old signal were shown as those of the new one."""
    before = planned(folder, "costs.bps=0,5")
    assert list(before.job.what["own_code"]) == ["own_side"]
    wealth = swept(folder, "costs.bps=0,5")
    (folder / "unrelated.py").write_text("SIGN = 0.0\n")
    assert planned(folder, "costs.bps=0,5").kept == 1
    edited(folder)
    after = planned(folder, "costs.bps=0,5")
    assert (after.kept, after.job.digest != before.job.digest) == (0, True)
    assert max(swept(folder, "costs.bps=0,5")) == 1_000_000.0 != wealth[0]  # always in cash


def test_a_backtest_with_an_edited_signal_of_ones_own_is_another_run(folder: Path) -> None:
    """A regression: both had one hash, and the run of the old signal stood for that of the new one."""
    workspace = Workspace(folder / "desk")

    def ran() -> str:
        held = loaded(folder)
        return workspace.save(workspace.trial(backtest(held, load_market(held))))

    before = ran()
    assert ran() == before
    assert list(workspace.meta(before)["own_code"]) == ["own_side"]
    edited(folder)
    after = ran()
    assert after != before
    ends = [workspace.meta(run)["summary"]["end_value"] for run in (before, after)]
    assert ends[0] != ends[1] == 1_000_000.0  # always in cash


def test_code_that_was_edited_after_it_was_loaded_is_refused(folder: Path) -> None:
    """What runs is what was loaded: its results must not be kept under the name of what lies there."""
    held = loaded(folder)
    edited(folder)
    with pytest.raises(UsageError, match=r"the code of own_side was edited after it had been loaded\. Start Python again"):
        plan(held, Grid.parse(["costs.bps=0"]), folder / "desk")
    assert planned(folder, "costs.bps=0").kept == 0  # in another process it is not


def test_code_that_a_value_of_the_grid_names_counts(folder: Path) -> None:
    (folder / "policy.yaml").write_text(POLICY.replace("window: 3M", "window: 3M}\n  other: {use: momentum"))
    for axis in ("signals.other.use='own_side:Side',trend", "signals.average={use: trend, window: 2M},{use: 'own_side:Side'}"):
        before = planned(folder, axis).job
        edited(folder)
        assert planned(folder, axis).job.digest != before.digest
        (folder / "own_sign.py").write_text("SIGN = 1.0\n")
        assert planned(folder, axis).job.digest == before.digest
    assert "own_code" not in planned(folder, "costs.bps=0,5").job.what


def test_which_code_is_that_of_others(folder: Path) -> None:
    (folder / "own_set").mkdir()
    (folder / "own_set" / "deep.py").write_text("X = 1\n")
    written = {
        "signals": {"a": {"use": "own_side:Side"}, "b": {"estimator": "own_set.deep:Thing", "of": [{"use": "sys:Thing"}]}},
        "others": ["trimtab.signals.trend:Trend", "own_missing:Thing", "16:00", "own_side.py", {"use": "trend"}],
    }
    first = own_code(written, folder)
    assert list(first) == ["own_set.deep", "own_side"]
    (folder / "own_set" / "beside.py").write_text("X = 2\n")
    second = own_code(written, folder)
    assert {name for name in first if first[name] != second[name]} == {"own_set.deep"}


def rates(folder: Path, name: str, short: str) -> None:
    (folder / name).write_text(shipped_text("us-federal.yaml").replace("short: 0.35,", f"short: {short},"))


@pytest.mark.parametrize("values", ["tax.rates=one.yaml,two.yaml", "tax={use: us_federal},{use: us_federal, rates: two.yaml}"])
def test_rates_that_were_edited_are_another_sweep(folder: Path, values: str) -> None:
    """A regression: only the table of the policy itself counted, and not those that the values of an axis name."""
    rising = [f"{day},{100.0 + 0.2 * k:.1f},{100.0 - (k % 40):.1f}" for k, day in enumerate(days(260))]
    put(folder, ["date,SPY,TLT", *rising], policy=TAXED)
    rates(folder, "one.yaml", "0.35")
    rates(folder, "two.yaml", "0.45")
    before, wealth = planned(folder, values).job, swept(folder, values)
    rates(folder, "two.yaml", "0.99")
    after = planned(folder, values)
    assert (after.kept, after.job.digest != before.digest) == (0, True)
    again = swept(folder, values)
    assert (again[0], again[1] < wealth[1] - 1.0) == (wealth[0], True)
    (folder / "two.yaml").unlink()  # a file that comes or goes counts as well
    assert planned(folder, values).job.digest not in (before.digest, after.job.digest)
