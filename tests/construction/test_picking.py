"""Who is best, and who is meant: a slow reference, ties that are shared, and names that do not fit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import universe
from trimtab.construction.meant import named
from trimtab.construction.picking import above, best
from trimtab.core.errors import ParameterError

NAN = float("nan")
SCORE = st.sampled_from([NAN, float("inf"), -2.0, 0.0, 1.0, 1.0 + 1e-14, 3.0, 3.0 - 1e-13, 1e-300])


def one_by_one(row: list[float], count: int, allowed: list[bool]) -> list[Fraction]:
    """Places given away from the highest score down, each group of level scores sharing what is left for it."""
    known = sorted({round(s, 9) for s, a in zip(row, allowed, strict=True) if a and np.isfinite(s)}, reverse=True)
    given_away, shares = Fraction(0), [Fraction(0)] * len(row)
    for score in known:
        group = [i for i, s in enumerate(row) if allowed[i] and np.isfinite(s) and round(s, 9) == score]
        part = min(max(Fraction(count) - given_away, Fraction(0)), Fraction(len(group)))
        for i in group:
            shares[i] = part / len(group)
        given_away += part
    return shares


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 6), st.integers(0, 7))
def test_places_go_to_the_highest_and_ties_share_them(data: st.DataObject, assets: int, count: int) -> None:
    row = data.draw(st.lists(SCORE.filter(lambda s: s != 1e-300), min_size=assets, max_size=assets))
    allowed = data.draw(st.lists(st.booleans(), min_size=assets, max_size=assets))
    found = best(np.array([row, row[::-1]]), count, np.array([allowed, allowed[::-1]]))
    np.testing.assert_allclose(found[0], [float(share) for share in one_by_one(row, count, allowed)], atol=1e-15)
    assert found[1].tolist() == found[0][::-1].tolist()  # another order, the same bits
    assert best(np.array([row]), count, np.array(allowed))[0].tobytes() == found[0].tobytes()


def test_places_by_hand() -> None:
    # Two places: 5 has one, the two at 3 share the other; the third at 3 - 1e-6 has none.
    assert best(np.array([[3.0, 5.0, 3.0 + 1e-13, 3.0 - 1e-6]]), 2, np.ones(4, dtype=bool)).tolist() == [[0.5, 1.0, 0.5, 0.0]]
    # As many places as the date says.
    two = best(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([0.0, 1.0]), np.ones(2, dtype=bool))
    assert two.tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_a_chain_of_near_ties_is_one_group() -> None:
    # 1, 1 + 8e-13, 1 + 16e-13: the ends are no tie, their neighbours are. Places given away never exceed their number.
    row = np.array([[1.0, 1.0 + 8e-13, 1.0 + 16e-13]])
    np.testing.assert_allclose(best(row, 2, np.ones(3, dtype=bool)), [[2 / 3] * 3])


def test_above_leaves_ties_and_the_unknown_out() -> None:
    scores = np.array([NAN, float("inf"), 1e-300, 0.0, -1.0])
    assert above(scores, 0.0).tolist() == [False, False, True, False, False]
    assert above(np.array([0.5, 0.5 + 1e-14, 0.5 + 1e-6]), 0.5).tolist() == [False, False, True]


def test_names_are_ids_or_classes() -> None:
    assets = universe(4)  # equity, bonds, real, equity
    assert named(assets, ("equity", "A1"), "among").tolist() == [True, True, False, True]
    for names, message in ((("A9",), "'A9' is no asset or class"), (("A1", "A1"), "named twice")):
        with pytest.raises(ParameterError, match=message) as caught:
            named(assets, names, "among")
        assert caught.value.field == "among"
    assert named((), ("A9",), "among").tolist() == []  # before the universe is known
