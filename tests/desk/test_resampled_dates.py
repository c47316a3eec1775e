"""Dates of possible futures: a component of one's own sees no date that Python or pandas cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.desk import resampled_worlds as made
from trimtab.core.arrays import Dates
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.values import Scores
from trimtab.desk.resampled import resample
from trimtab.desk.resampled_world import World
from trimtab.numerics.resampling import Futures

MONTHS: dict[str, Callable[[Dates], list[int]]] = {
    "python": lambda dates: [day.month for day in dates.tolist()],
    "nanoseconds": lambda dates: (dates.astype("datetime64[ns]").astype("datetime64[M]").astype(int) % 12 + 1).tolist(),
    "numpy": lambda dates: (dates.astype("datetime64[M]").astype(int) % 12 + 1).tolist(),
}


@dataclass(frozen=True, slots=True)
class Winter:
    """Up from October to March, down in summer: the month is read by way of `reader`."""

    reader: str

    def __call__(self, view: View) -> Scores:
        """Shape (D, A)."""
        known = np.isfinite(view.window(TOTAL_RETURN, 1)[:, -1])
        months = np.array(MONTHS[self.reader](view.days.dates))
        return Scores(view.assets, np.where(known, np.where((months >= 10) | (months <= 3), 1.0, -1.0)[:, np.newaxis], np.nan))

    def sentence(self, view: View, asset: int) -> str:
        """Why."""
        return "the season"


@pytest.mark.parametrize("reader", ["python", "nanoseconds"])
def test_a_signal_of_ones_own_reads_dates_as_python_and_pandas_have_them(reader: str) -> None:
    """A regression: from the 21st path on dates lay beyond the year 9999, and from the second on beyond nanoseconds."""

    def found(name: str) -> bytes:
        own = {"winter": {"use": f"{__name__}:Winter", "reader": name}}
        held = made.policy(signals=own, combine={"use": "weighted"})
        return resample(held, made.market(held), Futures(1, 1, 40)).wealth.tobytes()

    assert found(reader) == found("numpy")


@pytest.mark.parametrize("combine", [{"use": "vote", "hysteresis": 0.6}, {"use": "mean", "minimum_history": 24}])
def test_how_many_paths_lie_end_to_end_changes_no_bit(combine: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """With latches, and with z-scores that have a past before the launch."""
    held = made.policy(combine=combine, allocator={"use": "overlay", "tilt": 0.1})
    world, found = made.market(held), []
    for many in (1, 7, 20, 40):
        monkeypatch.setattr(World, "at_most", property(lambda _, many=many: many))
        one = resample(held, world, Futures(2, 1, 40))
        found.append((one.wealth.tobytes(), one.benchmark.tobytes(), one.bills.tobytes()))
    assert len(set(found)) == 1


def test_policies_of_our_own_components_are_laid_many_at_a_time() -> None:
    held = made.policy()
    assert World.of(held, made.market(held), 1).at_most > 1_000_000
    mine = made.policy(signals={"winter": {"use": f"{__name__}:Winter", "reader": "python"}})
    assert World.of(mine, made.market(mine), 1).at_most == 1
