"""Chains of futures out of a store: the worked example, and what is derived at an instant never changes afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from tests.data.store.chain_worlds import World, example, filled, on, roll, worlds
from tests.data.store.worlds import DAY, NOW
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.data.futures import Contract, Roll, adjusted
from trimtab.data.history import History
from trimtab.data.store import snapshot as module
from trimtab.data.store.chains import chain_history
from trimtab.data.store.store import Store
from trimtab.data.vintages import instants_of


def cuts(whole: History) -> list[np.datetime64]:
    """Instants around every row: just before and just when it is known."""
    known = np.unique(instants_of(whole))[::2]
    return [*(known - np.timedelta64(1, "s")), *known]


def wrong_bits(whole: History, part: History, known: np.datetime64) -> int:
    """How many rows of `part` are not those of `whole` known by then, bit for bit."""
    rows = instants_of(whole) <= known
    if not np.array_equal(part.dates, whole.dates[rows]) or not np.array_equal(instants_of(part), instants_of(whole)[rows]):
        return max(1, abs(len(part.dates) - int(rows.sum())))
    return int((~((part.values == whole.values[rows]) | (np.isnan(part.values) & np.isnan(whole.values[rows])))).sum())


def revised(store: Store) -> int:
    """Over all instants, the values of the chain that are later not what they were."""
    (whole,) = store.as_of().load(["CL"])
    return sum(wrong_bits(whole, store.as_of(known).load(["CL"])[0], known) for known in cuts(whole))


@given(worlds().filter(lambda world: bool(world[1])))
@settings(max_examples=20, deadline=None)
def test_what_is_known_of_a_chain_at_an_instant_is_the_beginning_of_what_is_known_later(
    tmp_path_factory: pytest.TempPathFactory, world: World
):
    assert revised(filled(tmp_path_factory.mktemp("law"), world)) == 0


@given(worlds().filter(lambda world: len(world[1]) > 1))
@settings(max_examples=15, deadline=None)
def test_a_roll_recorded_later_changes_no_earlier_bit(tmp_path_factory: pytest.TempPathFactory, world: World):
    contracts, rolls = world
    store = Store.create(tmp_path_factory.mktemp("law") / "market")
    store.append(contracts, source="x", now=NOW)
    for k, one in enumerate(rolls):
        roll(store, one, now=NOW + (k + 1) * DAY)
    (whole,) = store.as_of().load(["CL"])
    for k, one in enumerate(rolls[1:], start=1):
        (before,) = store.as_of(recorded=NOW + k * DAY + DAY // 2).load(["CL"])
        early, inside = before.dates < one.date, whole.dates < one.date
        assert np.array_equal(before.dates[early], whole.dates[inside])
        assert before.values[early].tobytes() == whole.values[inside].tobytes()
        assert np.array_equal(instants_of(before)[early], instants_of(whole)[inside])


Derive = Callable[..., History]


def knowing_all_rolls(chain: str, rolls: Sequence[Roll], contracts: Mapping[str, History], *, known: object = None) -> History:
    """The planted fault: rolls after the instant are seen, settlements are not."""
    whole = chain_history(chain, rolls, contracts)
    if known is None:
        return whole
    cut = {name: _cut(one, known) for name, one in contracts.items()}
    return chain_history(chain, rolls, cut)


def ratio_adjusted(chain: str, rolls: Sequence[Roll], contracts: Mapping[str, History], *, known: object = None) -> History:
    """The planted fault: history on the scale of the last contract, revised at every roll."""
    made = chain_history(chain, rolls, contracts, known=known)  # type: ignore[arg-type]
    passed = [one for one in rolls if one.date <= (made.dates[-1] if len(made.dates) else on("1900-01-01"))]
    names = [rolls[0].old, *(one.new for one in passed)]
    ends = {one.old: one.date for one in passed}
    held = [Contract(n, ends.get(n, on("9999-12-31")), contracts[n].dates, contracts[n].values) for n in names]
    values = adjusted(held, passed).values[: len(made.dates)]
    return replace(made, fields={CLOSE: values, TOTAL_RETURN: values})


def _cut(history: History, known: object) -> History:
    rows = instants_of(history) <= known
    kept = {name: values[rows] for name, values in history.fields.items()}
    return replace(history, dates=history.dates[rows], fields=kept, known=instants_of(history)[rows])


@pytest.mark.parametrize("planted", [knowing_all_rolls, ratio_adjusted])
def test_the_law_catches_a_chain_that_looks_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: Derive):
    store = Store.create(tmp_path / "market")
    example(store)
    assert revised(store) == 0
    monkeypatch.setattr(module, "chain_history", planted)
    assert revised(store) > 0
