"""A store as a policy's source: the sample policies run on it exactly as on the samples themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import DAY, NOW, prices
from trimtab.core.errors import ParameterError, UsageError
from trimtab.data.samples import Samples
from trimtab.data.store.source import MarketStore
from trimtab.data.store.store import Store
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.prepare import load_market


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> MarketStore:
    root = tmp_path_factory.mktemp("samples") / "market"
    source = Samples()
    Store.create(root).append(source.load(source.names()), source="samples", now=NOW)
    return MarketStore(str(root))


@pytest.mark.parametrize("name", gallery.samples())
def test_the_sample_policies_run_on_a_store_as_on_the_samples(filled: MarketStore, name: str):
    policy = gallery.named(name)
    there = replace(policy, data=filled)
    ours, theirs = load_market(there), load_market(policy)
    assert ours.digest == theirs.digest
    one, two = backtest(there, ours), backtest(policy, theirs)
    assert np.array_equal(one.wealth, two.wealth)
    assert np.array_equal(one.weights, two.weights)
    assert one.notes == two.notes
    assert one.entries == two.entries


def test_all_that_is_said_of_the_samples_is_kept(filled: MarketStore):
    assert filled.names() == Samples().names()
    assert filled.about() == Samples().about()


def test_a_pinned_source_reads_what_was_recorded_then(tmp_path: Path):
    store = Store.create(tmp_path / "market")
    store.append([prices("A", [1.0, 2.0])], source="x", now=NOW)
    source = MarketStore(str(store.root))
    held = source.pinned()
    store.append([prices("A", [1.0, 2.5])], source="x", now=NOW + DAY)
    assert source.load(["A"])[0].values.tolist() == [1.0, 2.5]
    assert held.load(["A"])[0].values.tolist() == [1.0, 2.0]
    assert held.pinned() is held


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T22:00:00", "yesterday"])
def test_a_naive_instant_is_refused(text: str):
    with pytest.raises(ParameterError, match="recorded"):
        MarketStore("market", text)


def test_there_must_be_a_store(tmp_path: Path):
    with pytest.raises(UsageError, match="there is no market store"):
        MarketStore(str(tmp_path)).names()
