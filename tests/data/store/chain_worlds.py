"""Futures for the tests: the worked example in a store, and random contracts with their rolls."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from tests.data.store.worlds import DAY, NOW, days, prices
from trimtab.core.terms import CLOSE
from trimtab.data.futures import Roll
from trimtab.data.history import About, History, Kind
from trimtab.data.store.facts import Fact, add_facts
from trimtab.data.store.store import Store
from trimtab.data.vintages import instants_of

nan = float("nan")
LIFE = 8  # sessions from one contract's beginning to that of the next


def roll(store: Store, *rolls: Roll, chain: str = "CL", now: np.datetime64 = NOW + DAY) -> int:
    facts = [Fact({"chain": chain, **{f: getattr(one, f) for f in Roll.__dataclass_fields__}}) for one in rolls]
    return add_facts(store, "rolls", facts, now)


def on(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def example(store: Store, *, cost: float = 0.0, **about: object) -> None:
    """F1 98 then 100, a roll at 100 and 102, F2 102 then 104: Wednesday 1 to Friday 3 January 2020."""
    f1 = prices("F1", [98.0, 100.0], **about)
    f2 = prices("F2", [102.0, 104.0], "2020-01-02", **about)
    store.append([f1, f2], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0, cost))


World = tuple[list[History], list[Roll]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to four contracts with overlapping lives and gaps, rolled somewhere in each overlap, at a cost."""
    count, lag = draw(st.integers(2, 4)), draw(st.sampled_from([0, 1]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    calendar = days("2020-01-01", LIFE * (count + 1))
    contracts, rolls = [], []
    for k in range(count):
        values = 50.0 * np.exp(np.cumsum(0.03 * random.standard_normal(2 * LIFE)))
        values[1:-1][random.random(2 * LIFE - 2) < 0.15] = nan
        about = About(f"F{k}", f"F{k}", Kind.PRICE, "invented", lag_days=lag)
        one = History(about, calendar[k * LIFE : (k + 2) * LIFE], {CLOSE: values})
        late = random.integers(0, 4, len(values)) * DAY * draw(st.sampled_from([0, 1]))  # some settlements come days later
        late[0] = np.timedelta64(0, "s")
        contracts.append(replace(one, known=instants_of(one) + late))
    for near, far in pairwise(contracts):
        both = np.flatnonzero(np.isfinite(near.values[LIFE:]) & np.isfinite(far.values[:LIFE]))
        if len(both) == 0:
            break
        k = int(both[draw(st.integers(0, len(both) - 1))])
        ends = (float(near.values[LIFE + k]), float(far.values[k]))
        rolls.append(Roll(far.dates[k], near.about.name, far.about.name, *ends, draw(st.sampled_from([0.0, 0.001]))))
    return contracts, rolls


def filled(folder: Path, world: World) -> Store:
    store = Store.create(folder / "market")
    store.append(world[0], source="x", now=NOW)
    roll(store, *world[1])
    return store
