"""What the variants of a sweep are worth in independent trials: the same, however the job was cut and whoever was first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.sweep_job_worlds import planned
from trimtab.core.errors import ParameterError
from trimtab.desk import jobs, sweep_cutting, sweeping
from trimtab.desk.crew import Crew
from trimtab.desk.sweep_counting import Luck
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_count import tally
from trimtab.desk.workers import spread

ALIKE = ("signals.average.window=40D..43D", "costs.bps=0,1,2,3,4,5")  # 24 variants that hardly differ


def worth(workspace: Path) -> float:
    """As the registry has it."""
    job = planned(workspace, *ALIKE)
    result = sweeping.carry_out_sweep(job, Crew())
    luck = Luck(result.months.shape[1])
    luck.add(result.months)
    found = job.registry.count()
    assert (found.total, found.effective) == (24, pytest.approx(luck.worth, rel=1e-9))
    return found.effective


def test_alike_variants_are_worth_little_however_many_parts_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: each part was worth one trial at least, so that 10,000 alike variants in 64 parts were worth 64."""
    found = {}
    for least in (1, 6, 24):
        monkeypatch.setattr(sweep_cutting, "LEAST", least)
        monkeypatch.setattr(sweep_cutting, "FEW", 24 // least)
        found[least] = worth(tmp_path / str(least))
    assert 1.0 <= found[1] == pytest.approx(found[6], rel=1e-12) == pytest.approx(found[24], rel=1e-12)
    assert found[1] < 4.0  # 24 parts


def test_it_does_not_matter_which_part_is_finished_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: with two workers the deflated Sharpe ratio depended on who was quicker."""
    monkeypatch.setattr(sweep_cutting, "LEAST", 6)
    first = worth(tmp_path / "in order")

    def backwards(*words: Any, **more: Any) -> Any:
        yield from list(spread(*words, **more))[::-1]

    monkeypatch.setattr(jobs, "spread", backwards)
    assert worth(tmp_path / "backwards") == first


def line(sweep: str, names: range, part: int = 0, **more: float) -> dict[str, Any]:
    policies = tuple(f"{name:012x}" for name in names)
    return SweptPart(sweep, part, "d" * 12, np.linspace(0.1, 0.2, len(policies)), policies, 60, 12, **more).entry  # type: ignore[arg-type]


def test_the_last_line_says_what_all_are_worth_and_never_more_than_are_new() -> None:
    lines = [line("a" * 12, range(4), 0, worth=2.0), line("a" * 12, range(4, 8), 1, worth=2.5)]
    assert tally(lines).independent == tally(lines[::-1]).independent == 2.5
    assert tally([*lines, line("b" * 12, range(8), worth=3.0)]).independent == 2.5  # none is new
    assert tally([*lines, line("b" * 12, range(7, 9), worth=1.8)]).independent == 2.5 + 1.0
    assert tally([*lines, line("b" * 12, range(8, 12), effective=1.5)]).independent == 2.5 + 1.5  # a line of before


def test_what_is_worth_less_than_one_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"are not worth 0\.5"):
        line("a" * 12, range(3), worth=0.5)
