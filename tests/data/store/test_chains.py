"""Chains of futures out of a store: the worked example, when each row is known, corrections, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.data.store.chain_worlds import example, on, roll
from tests.data.store.worlds import DAY, NOW, days, prices
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.futures import Roll
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.store.chains import EXCESS
from trimtab.data.store.store import Store
from trimtab.data.vintages import instants_of

nan = float("nan")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


# Worked examples.


def test_the_worked_example(store: Store):
    """METHODS 12: 100 / 98 - 1 = 2.0408 %, 104 / 102 - 1 = 1.9608 %; the roll itself earns nothing."""
    example(store)
    (chain,) = store.as_of().load(["CL"])
    assert chain.dates.tolist() == days("2020-01-01", 3).tolist()
    returns = chain.values[1:] / chain.values[:-1] - 1.0
    assert returns == pytest.approx([0.020408, 0.019608], abs=5e-7)
    assert returns == pytest.approx([100 / 98 - 1, 104 / 102 - 1], rel=1e-14)
    assert np.array_equal(chain.fields[TOTAL_RETURN], chain.fields[CLOSE])


def test_the_cost_of_a_roll_comes_out_on_its_date(store: Store):
    """At .1 %: 100 / 98 * .999 = 1.019388 on the second day, 104 / 102 more on the third."""
    example(store, cost=0.001)
    (chain,) = store.as_of().load(["CL"])
    assert chain.values == pytest.approx([1.0, 1.0193878, 1.0393758], abs=5e-8)
    assert any("0.1000%" in note for note in chain.about.notes)


def test_what_a_chain_says_of_itself(store: Store):
    example(store, currency="EUR", market="XEUR", notes=("a note of the contract",), lag_days=1)
    snapshot = store.as_of()
    (chain,) = snapshot.load(["CL"])
    about = chain.about
    assert (about.name, about.kind, about.currency, about.market) == ("CL", Kind.EXCESS_RETURN, "EUR", "XEUR")
    assert about.holdable
    assert EXCESS in about.notes
    assert "a note of the contract" in about.notes
    assert "F1 to F2" in about.title
    assert "invented" in about.provenance
    assert snapshot.names() == ("F1", "F2", "CL")
    assert snapshot.about()[2] == about
    assert snapshot.chains() == ("CL",)
    assert snapshot.rolls("CL") == (Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0, 0.0),)
    with pytest.raises(PolicyError, match=r"no series 'CLL'.*Did you mean CL"):
        snapshot.rolls("CLL")


@pytest.mark.parametrize(("market", "lag"), [("", 0), ("XTKS", 0), ("", 2)])
def test_a_row_is_known_when_the_settlement_is_that_it_was_made_from(store: Store, market: str, lag: int):
    example(store, market=market, lag_days=lag)
    f1, f2, chain = store.as_of().load(["F1", "F2", "CL"])
    # the first two days are settlements of F1, that of the roll too; the third is one of F2
    assert instants_of(chain).tolist() == [*instants_of(f1).tolist(), instants_of(f2)[1].tolist()]


def test_on_a_roll_the_settlement_of_the_old_contract_counts(store: Store):
    """F1's settlement of the 2nd is published the next morning, F2's in the evening: the roll waits for the morning."""
    late = np.array(["2020-01-01T21:00:00", "2020-01-03T07:00:00"], dtype="datetime64[s]")
    store.append([replace(prices("F1", [98.0, 100.0]), known=late)], source="x", now=NOW)
    store.append([prices("F2", [102.0, 104.0], "2020-01-02")], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0))
    (chain,) = store.as_of().load(["CL"])
    assert instants_of(chain)[:2].tolist() == late.tolist()
    evening = store.as_of(np.datetime64("2020-01-02T23:00:00", "s"))
    assert evening.rolls("CL") == ()
    assert evening.load(["CL"])[0].values.tolist() == [1.0]
    assert len(store.as_of(late[1]).rolls("CL")) == 1


def test_on_a_roll_the_settlement_of_the_new_contract_is_not_waited_for(store: Store):
    late = np.array(["2020-01-03T07:00:00", "2020-01-03T21:00:00"], dtype="datetime64[s]")
    f2 = replace(prices("F2", [102.0, 104.0], "2020-01-02"), known=late)
    store.append([prices("F1", [98.0, 100.0]), f2], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0))
    (chain,) = store.as_of().load(["CL"])
    assert instants_of(chain)[1:].astype(str).tolist() == ["2020-01-02T21:00:00", "2020-01-03T21:00:00"]


def test_a_roll_off_the_record_is_known_by_the_rule_of_its_contract(store: Store):
    f1 = prices("F1", [98.0])
    store.append([f1, prices("F2", [102.0, 104.0], "2020-01-02")], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0))  # F1 has no settlement of its own on that day
    (chain,) = store.as_of().load(["CL"])
    assert chain.values == pytest.approx([1.0, 100 / 98, 104 / 98 * 100 / 102])
    assert instants_of(chain)[1] == np.datetime64("2020-01-02T21:00:00")


def test_a_chain_is_an_asset_of_a_market(store: Store):
    example(store)
    (chain,) = store.as_of().load(["CL"])
    market = assemble([Asset("OIL", "CL")], {"CL": chain})
    assert np.array_equal(market.fields[TOTAL_RETURN][:, 0], chain.values)


def test_issues_of_the_contracts_and_the_end_of_a_chain_are_passed_on(store: Store):
    about = About("F1", "F1", Kind.LEVEL, "invented")
    found = (Issue("odd", "file:3:2", "kept"),)
    oil = History(about, days("2020-04-17", 3), {CLOSE: np.array([18.27, -37.63, 10.01])}, issues=found)
    store.append([oil, prices("F2", [25.0, 20.0, 11.0], "2020-04-17")], source="x", now=NOW)
    roll(store, Roll(on("2020-04-21"), "F1", "F2", 10.01, 11.0))
    (chain,) = store.as_of().load(["CL"])
    assert np.array_equal(chain.values, [1.0, nan, nan], equal_nan=True)
    assert chain.issues[0] == found[0]
    assert (chain.issues[1].where, chain.issues[1].what) == (
        "CL 2020-04-20",
        "the contract held on 2020-04-20 settled at -37.63",
    )


# What is refused.


def test_a_chain_without_its_contracts_is_refused_with_their_names(store: Store):
    store.append([prices("F2", [1.0])], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 1.0, 1.0), Roll(on("2020-02-03"), "F2", "F3", 1.0, 1.0))
    snapshot = store.as_of()
    with pytest.raises(DataError, match="the chain CL needs F1, F3, of which the store has no series"):
        snapshot.load(["CL"])
    assert snapshot.names() == ("F2", "CL")  # it is listed all the same, so that others can be updated beside it
    assert [about.name for about in snapshot.about()] == ["F2", "CL"]
    assert snapshot.load(["F2"])[0].values.tolist() == [1.0]


@pytest.mark.parametrize(("word", "value"), [("currency", "EUR"), ("market", "XLON")])
def test_contracts_of_two_currencies_or_markets_are_refused(store: Store, word: str, value: str):
    store.append([prices("F1", [1.0, 1.0]), prices("F2", [1.0, 1.0], **{word: value})], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 1.0, 1.0))
    with pytest.raises(DataError, match=f"differ in {word}: F1 unsaid, F2 {value}|differ in {word}: F2 {value}, F1 unsaid"):
        store.as_of().load(["CL"])
    assert store.as_of().about()[2].name == "CL"


def test_contracts_with_vintages_are_refused(store: Store):
    first = replace(prices("F1", [1.0, 2.0]).about, restates=True)
    store.append([History(first, days("2020-01-01", 2), {CLOSE: np.array([1.0, 2.0])})], source="x", now=NOW)
    store.append([History(first, days("2020-01-01", 2), {CLOSE: np.array([1.0, 3.0])})], source="x", now=NOW + DAY)
    store.append([prices("F2", [1.0, 1.0])], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 1.0, 1.0))
    with pytest.raises(DataError, match="F1 holds several vintages of a date"):
        store.as_of().load(["CL"])


# Corrections and bounds.


def test_before_its_first_roll_a_chain_is_its_first_contract(store: Store):
    example(store)
    snapshot = store.as_of(np.datetime64("2020-01-01T22:00:00", "s"))
    (chain,) = snapshot.load(["CL"])
    assert chain.values.tolist() == [1.0]
    assert snapshot.rolls("CL") == ()
    assert snapshot.about()[2] == chain.about
    assert "over 0 rolls" in chain.about.provenance


def test_chains_are_loaded_together_as_one_by_one(store: Store):
    example(store)
    store.append([prices("N1", [5.0, 6.0], currency="EUR"), prices("N2", [7.0, 8.0], "2020-01-02")], source="x", now=NOW)
    roll(store, Roll(on("2020-01-03"), "N1", "N2", 6.0, 8.0), chain="NG")
    snapshot = store.as_of(np.datetime64("2020-01-01T22:00:00", "s"))
    both = snapshot.load(["NG", "F1", "CL"])
    assert [one.about.name for one in both] == ["NG", "F1", "CL"]
    for one in both:
        (alone,) = snapshot.load([one.about.name])
        assert alone.about == one.about
        assert np.array_equal(alone.values, one.values)
        assert np.array_equal(instants_of(alone), instants_of(one))


def test_a_corrected_roll_leaves_the_replay_alone(store: Store):
    """Rolled a day later, at 103 and 104: F2's first step is lost, and the third day is one of F1's, 103 / 98."""
    f1, f2 = prices("F1", [98.0, 100.0, 103.0]), prices("F2", [102.0, 104.0, 105.0], "2020-01-02")
    store.append([f1, f2], source="x", now=NOW)
    roll(store, Roll(on("2020-01-02"), "F1", "F2", 100.0, 102.0), now=NOW + DAY)
    roll(store, Roll(on("2020-01-03"), "F1", "F2", 103.0, 104.0), now=NOW + 3 * DAY)
    (then,), (now,) = store.as_of(recorded=NOW + 2 * DAY).load(["CL"]), store.as_of().load(["CL"])
    assert then.values[2] == pytest.approx(100 / 98 * 104 / 102)
    assert now.values == pytest.approx([1.0, 100 / 98, 103 / 98, 103 / 98 * 105 / 104])


def test_a_corrected_settlement_reaches_the_chain_and_not_its_replay(store: Store):
    example(store)
    then = store.manifest().recorded
    store.append([prices("F2", [102.0, 105.0], "2020-01-02")], source="x", now=NOW + 5 * DAY)
    assert store.as_of().load(["CL"])[0].values[2] == pytest.approx(100 / 98 * 105 / 102)
    assert store.as_of(recorded=then).load(["CL"])[0].values[2] == pytest.approx(100 / 98 * 104 / 102)


def test_a_chain_that_was_not_recorded_yet_does_not_exist(store: Store):
    example(store)
    before = store.as_of(recorded=NOW + DAY // 2)
    assert before.names() == ("F1", "F2")
    with pytest.raises(PolicyError, match="no series 'CL'"):
        before.load(["CL"])
