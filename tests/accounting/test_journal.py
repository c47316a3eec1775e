"""The journal: an edited, dropped, added or reordered record changes its head, whatever was changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.accounting import journal as module
from trimtab.accounting.journal import MemoryJournal
from trimtab.desk.backtest import backtest

bodies = st.recursive(
    st.one_of(st.integers(), st.text(max_size=5), st.floats(allow_nan=False), st.none(), st.decimals(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)
records = st.tuples(st.sampled_from(["decision", "fills"]), st.integers(0, 20_000), bodies)


def journal(kept: list[tuple[str, int, Any]]) -> MemoryJournal:
    made = MemoryJournal()
    for kind, day, body in kept:
        made.append(kind, np.datetime64(day, "D"), body)
    return made


@given(st.lists(records, min_size=1, max_size=8), st.data())
@settings(max_examples=50)
def test_any_change_shows_in_the_head(kept: list[tuple[str, int, Any]], data: st.DataObject) -> None:
    head = journal(kept).head()
    assert journal(list(kept)).head() == head
    at = data.draw(st.integers(0, len(kept) - 1))
    assert journal(kept[:at] + kept[at + 1 :]).head() != head  # dropped
    assert journal([*kept[:at], kept[at], *kept[at:]]).head() != head  # doubled
    edited = data.draw(records)
    assume(repr(edited) != repr(kept[at]))
    assert journal([*kept[:at], edited, *kept[at + 1 :]]).head() != head
    turned = kept[::-1]
    assume(repr(turned) != repr(kept))
    assert journal(turned).head() != head


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (0.1, np.nextafter(0.1, 1.0)),  # the last bit of a number
        (np.array([1.0, 2.0]), np.array([1.0, np.nextafter(2.0, 3.0)])),
        (np.array([1.0, 2.0]), np.array([[1.0, 2.0]])),  # its shape
        (np.array([1.0]), np.array([1.0], dtype=np.float32)),
        (np.array([0.0]), np.array([-0.0])),
        (np.array([np.nan]), np.array([0.0])),
        (Decimal("1.0"), Decimal("1.00")),
        ((1, (2, 3)), ((1, 2), 3)),
        (("a", "b"), ("a,b",)),
        (1, "1"),
        (None, "None"),
    ],
)
def test_bodies_that_differ_at_all_have_different_heads(one: Any, two: Any) -> None:
    assert journal([("fills", 0, one)]).head() != journal([("fills", 0, two)]).head()


def test_a_long_array_is_kept_in_full() -> None:
    """NumPy prints a long array with dots in the middle: a change there must show all the same."""
    long = np.zeros(5000)
    other = long.copy()
    other[2500] = 1.0
    assert repr(long) == repr(other)
    assert journal([("decision", 0, (long,))]).head() != journal([("decision", 0, (other,))]).head()


def test_kind_and_date_count_and_an_empty_journal_has_no_head() -> None:
    heads = {journal([(kind, day, 1)]).head() for kind in ("decision", "fills") for day in (0, 1)}
    assert len(heads) == 4
    assert MemoryJournal().head() == ""
    (record,) = journal([("fills", 0, 1)]).records
    assert (record.number, record.kind, str(record.when), record.body) == (0, "fills", "1970-01-01", 1)


def test_the_head_of_a_run_says_what_was_decided_and_filled() -> None:
    policy = worlds.policy()
    world = worlds.market(policy, 4, count=120)
    one, two = backtest(policy, world), backtest(policy, world)
    assert one.journal_head == two.journal_head != ""
    other = worlds.policy(costs={"use": "linear", "bps": 11})
    assert backtest(other, world).journal_head != one.journal_head


def test_the_check_catches_a_chain_over_the_body_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: module.Record, previous: str) -> str:
        return str(hash(previous + repr(self.body)))  # a fault: leaves out number, kind and date

    monkeypatch.setattr(module.Record, "hashed", careless)
    heads = {journal([(kind, day, 1)]).head() for kind in ("decision", "fills") for day in (0, 1)}
    assert len(heads) == 1
