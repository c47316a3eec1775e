"""What the variants of a sweep share is worked out once: a signal of the same parameters, a knowledge of several books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.desk import law_8_worlds as made
from trimtab.core.terms import DAY, Span
from trimtab.core.values import Scores
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk import swept_aims
from trimtab.desk.dates import view_at
from trimtab.desk.policy import Policy
from trimtab.desk.swift_view import SwiftView
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

TWO = {"trend": {"use": "trend", "window": "30D"}, "momentum": {"use": "momentum", "lookback": "25D", "skip": "0D"}}
AXES = ("signals.trend.window=20D..24D", "signals.momentum.lookback=15D,25D", "costs.bps=0,10,25")
TIED = {"signals": TWO, "combine": {"use": "vote", "hysteresis": 0.6}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often signals are asked on dates, and knowledges worked out."""
    found: Counter[str] = Counter()

    def counting(kind: type, old: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, view: MarketView) -> Scores:
            found[kind.__name__] += bool(len(view.days))
            return old(self, view)  # type: ignore[no-any-return]

        return call

    for kind in (Trend, Momentum):
        monkeypatch.setattr(kind, "__call__", counting(kind, kind.__call__))
    worked_out = swept_aims.aims

    def aims(*words: Any, **more: Any) -> Any:
        found["aims"] += 1
        return worked_out(*words, **more)

    monkeypatch.setattr(swept_aims, "aims", aims)
    return found


def test_a_signal_is_asked_once_for_each_of_its_parameters_whatever_the_others_and_the_costs(asked: Counter[str]) -> None:
    """A regression: with several signals and three rates of cost each was asked for every variant."""
    slow = {"slow": {"use": "trend", "window": "50D"}}
    one = made.policy(signals=TWO | slow, start="2001-05-01")  # when three vote: then none is a tie
    found = made.swept(one, made.market(one, 3), *AXES)
    assert set(found.engines) == {"numba"}
    assert asked == {"Trend": 5 + 1, "Momentum": 2, "aims": 10}
    assert len(np.unique(found.figures["end_value"])) > 10


def test_where_memories_matter_knowledges_are_not_worked_out_twice_for_long(asked: Counter[str]) -> None:
    """After three in a row whose memory mattered, the others are asked on each schedule at once."""
    one = made.policy(**TIED)
    made.swept(one, made.stuck(made.market(one, 3), 2), *AXES)
    assert asked["aims"] == 10 + 3
    assert (asked["Trend"], asked["Momentum"]) <= (5 + 3, 2 + 2)


@pytest.mark.parametrize("changes", [TIED, {"signals": TWO}, {}], ids=["hysteresis", "votes", "one signal"])
def test_law_8_holds_for_what_is_shared(changes: dict[str, Any]) -> None:
    one = made.policy(**changes)
    world = made.stuck(made.market(one, 3), 2)
    axes = (AXES[0], "costs.bps=0,25", "schedule.decide=month-end,week-end", "reacher={use: pace},{use: pace, band: 0.0}")
    found = made.swept(one, world, *axes)
    assert dict(found.failed) == {}
    assert made.law_8(found, made.variants(one, *axes), world, range(0, 40, 3)) == []


def seen(one: Policy, world: Market) -> SwiftView:
    return SwiftView.like(view_at(one, world, np.arange(100, 200)))


@dataclass(frozen=True)
class Mutable:
    """A signal of one's own whose parameters can change."""

    assets: list[str] = field(default_factory=list)

    def __call__(self, view: MarketView) -> Scores:
        return Scores(view.assets, np.full((len(view.days), len(view.assets)), float(len(self.assets))))


def test_a_signal_whose_parameters_can_change_is_asked_anew() -> None:
    one = made.policy()
    world = made.market(one, 3)
    view = seen(one, world)
    mine = Mutable()
    assert view.said(mine)[0, 0] == 0.0  # type: ignore[arg-type]
    mine.assets.append("A")
    assert view.said(mine)[0, 0] == 1.0  # type: ignore[arg-type]


def test_what_is_kept_is_bounded_and_what_was_asked_last_goes_last(
    monkeypatch: pytest.MonkeyPatch, asked: Counter[str]
) -> None:
    one = made.policy()
    world = made.market(one, 3)
    view = seen(one, world)
    monkeypatch.setattr("trimtab.desk.swift_view._SAID", 2 * len(view.days) * len(world.assets) * 8)  # two answers
    first, second, third = (Trend(Span(count, DAY), skip=Span(0, DAY)) for count in (20, 21, 22))
    for signal in (first, second, first, third, first, second):
        view.said(signal)
    assert asked["Trend"] == 4  # the second was let go when the third came
