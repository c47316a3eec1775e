"""Law 8 for every policy of the gallery, on real prices: some of its years here, all of them in the soak."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from tests.desk import twin_worlds as made
from tests.desk.real_gallery import market_of
from trimtab.core.values import Aims
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk import gallery
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.twin import twin

SHORT = {name: {"start": date(2010, 1, 1), "end": date(2012, 12, 31)} for name in gallery.shelf()}
SHORT |= {name: {"start": date(2012, 6, 1)} for name in gallery.samples()}
SHORT["value-when-stressed"] = {"start": date(2019, 1, 1)}
SOLVED = ("trend-tilts",)  # tracking error: an answer of the solver moves by 1e-8 where its question moves by 1e-16
every_policy = pytest.mark.parametrize("name", gallery.names())


@cache
def looked(name: str, *, short: bool) -> tuple[Policy, Market, MarketView, Aims]:
    """A policy without cents, its market, and what it knew, of some years or of all."""
    policy = made.unrounded(gallery.named(name))
    policy = policy.with_horizon(**SHORT[name]) if short else policy
    world = load_market(policy) if name in gallery.samples() else market_of(policy)
    world = until(world, policy.horizon.end)
    return policy, world, *made.looked(policy, world)


def gap(name: str, *, short: bool) -> float:
    """The largest relative difference of wealth."""
    policy, world, view, knowledge = looked(name, short=short)
    return made.gap(twin(policy, world, view, [knowledge]), made.exactly(policy, world, view, knowledge))


@every_policy
def test_some_years_are_the_same_in_floats(name: str) -> None:
    assert gap(name, short=True) <= (1e-7 if name in SOLVED else 1e-9)


@pytest.mark.soak
@every_policy
def test_all_years_are_the_same_in_floats(name: str) -> None:
    assert gap(name, short=False) <= (1e-7 if name in SOLVED else 1e-9)


def test_dearer_trades_are_seen() -> None:
    """The control: one basis point more moves wealth by far more than what is tolerated."""
    policy, world, view, knowledge = looked("vigilant", short=True)
    dearer = replace(policy, costs=replace(policy.costs, bps=11.0))  # type: ignore[type-var]
    assert made.gap(twin(dearer, world, view, [knowledge]), made.exactly(policy, world, view, knowledge)) > 1e-4
