"""Lists: what may not be bought, what cannot be traded, and which assets a name means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, universe
from trimtab.construction.meant import meant
from trimtab.construction.restricted import Locked, Restricted
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind

U = universe(4)  # equity, bonds, real, equity
HELD = np.array([0.3, 0.2, 0.1, 0.2])
WEIGHT = st.one_of(st.sampled_from(HELD.tolist()), st.floats(0.0, 0.5))


@settings(max_examples=60, deadline=None)
@given(st.lists(WEIGHT, min_size=4, max_size=4), st.sampled_from([("A1",), ("equity",), ("real", "A0")]))
def test_the_voices_agree(weights: list[float], only: tuple[str, ...]) -> None:
    w, book = np.array(weights), book_of(HELD)
    own = [i for i, asset in enumerate(U) if asset.id in only or asset.asset_class in only]
    bought, moved = max(w[i] - HELD[i] for i in own), max(abs(w[i] - HELD[i]) for i in own)
    for limit, amount in ((Restricted(only, U), bought), (Locked(only, U), moved)):
        low, high = limit.window(book)
        assert bool(((w >= low) & (w <= high)).all()) == (limit.breach(w, book) <= 0.0)
        assert limit.breach(w, book) == pytest.approx(amount, abs=1e-15)
        assert limit.region.contains(w)
        assert limit.left(book) == np.inf


def test_a_repair_is_no_excuse() -> None:
    book = replace(book_of(HELD), base=np.array([0.3, 0.2, 0.1, 0.25]))
    assert Restricted(("A3",), U).breach(book.start, book) == pytest.approx(0.05)
    assert Locked(("A3",), U).breach(book.start, book) == pytest.approx(0.05)


def test_first_funding_commits_what_is_locked_and_buys_nothing_restricted() -> None:
    new = book_of(np.zeros(4), funded=False)
    target = np.array([0.2, 0.2, 0.2, 0.2])
    assert Locked(("real",), U).breach(target, new) == -np.inf
    assert Restricted(("real",), U).breach(target, new) == pytest.approx(0.2)
    moved_in = book_of(HELD, funded=False)  # what an account brought with it is locked at once
    assert Locked(("real",), U).breach(target, moved_in) == pytest.approx(0.1)


def test_accounts_have_a_window_each() -> None:
    held = np.array([HELD, 0.5 * HELD])
    low, high = Locked(("real",), U).window(book_of(held))
    assert low[:, 2].tolist() == high[:, 2].tolist() == held[:, 2].tolist()
    assert np.isinf(np.delete(high, 2, axis=1)).all()
    funding = book_of(np.array([HELD, np.zeros(4)]), funded=False)
    assert np.isfinite(Locked(("real",), U).window(funding)[1]).sum(axis=1).tolist() == [1, 0]


def test_names_are_assets_or_classes() -> None:
    assert meant(U, ("equity", "A2")).tolist() == [True, False, True, True]
    assert meant(U, ()).all()
    assert meant((), ("anything",)).shape == (0,)
    for kind in (Restricted, Locked):
        with pytest.raises(ParameterError, match=r"'gold' is no asset or class.*A0.*equity") as caught:
            kind(("gold",), U)
        assert caught.value.field == "only"
        with pytest.raises(ParameterError, match="the list is empty"):
            kind(())


def test_in_a_policy_and_in_a_sentence() -> None:
    read = TypeAdapter(Locked).validate_python({"only": ["real"]})
    assert replace(read, universe=U) == Locked(("real",), U)
    assert Locked(("real",), U).locks.tolist() == [False, False, True, False]
    assert Locked(("real",), U).kind is Restricted(("real",), U).kind is LimitKind.LEGAL
    assert hash(read) == hash(replace(read))
    assert Locked(("A0", "real")).words == "A0, real cannot be traded"
    assert Restricted(("A0",)).words == "A0 may be sold but not bought"
    assert set(TypeAdapter(Restricted).json_schema()["properties"]) == {"only", "universe"}
