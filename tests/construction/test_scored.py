"""Scores that are weights: laws, hand-worked cases, what is unknown, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, nothing_known, scores_of, universe
from trimtab.construction.scored import Negative, Scored
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Aims, Scores

NAN, INF = float("nan"), float("inf")
SCORE = st.sampled_from([NAN, INF, -0.5, -1e-12, 0.0, 0.25, 0.5, 1.0])


def ours(scored: Scored, *rows: list[float]) -> Array:
    scores = scores_of(*rows)
    return scored(scores, *nothing_known(scores))


@settings(max_examples=120, deadline=None)
@given(st.data(), st.integers(1, 5), st.sampled_from(Negative), st.booleans())
def test_it_is_what_the_docstring_says(data: st.DataObject, count: int, negative: Negative, scale: bool) -> None:
    rows = data.draw(st.lists(st.lists(SCORE, min_size=count, max_size=count), min_size=1, max_size=4))
    found = ours(Scored(negative, scale), *rows)
    for row, weights in zip(rows, found, strict=True):
        if not np.isfinite(row).all() or (negative is Negative.REFUSE and min(row) < -1e-9):
            assert np.isnan(weights).all()
            continue
        kept = [max(score, 0.0) for score in row]
        factor = max(sum(kept), 1.0) if scale else 1.0
        np.testing.assert_allclose(weights, [score / factor for score in kept], atol=1e-15)
    assert ours(Scored(negative, scale), rows[-1])[0].tobytes() == found[-1].tobytes()
    turned = ours(Scored(negative, scale), *[row[::-1] for row in rows])
    np.testing.assert_allclose(turned[:, ::-1], found, atol=1e-15)


BY_HAND = [
    (Scored(), [0.5, 0.3, 0.1], [0.5, 0.3, 0.1]),  # a tenth is cash
    (Scored(), [0.5, -0.3, 0.1], [0.5, 0.0, 0.1]),
    (Scored(Negative.REFUSE), [0.5, -0.3, 0.1], [NAN] * 3),
    (Scored(Negative.REFUSE), [0.5, -1e-12, 0.1], [0.5, 0.0, 0.1]),  # a solver's zero
    (Scored(), [1.0, 0.5, 0.5], [1.0, 0.5, 0.5]),  # borrowed, until a limit says no
    (Scored(scale=True), [1.0, 0.5, 0.5], [0.5, 0.25, 0.25]),
    (Scored(scale=True), [0.2, 0.1, 0.1], [0.2, 0.1, 0.1]),  # never up
    (Scored(), [0.5, NAN, 0.1], [NAN] * 3),
    (Scored(), [0.5, INF, 0.1], [NAN] * 3),
    (Scored(among=("A0", "real"), universe=universe(3)), [0.5, NAN, 0.1], [0.5, 0.0, 0.1]),
    (Scored(among=("A0", "A1"), universe=universe(3)), [0.5, NAN, 0.1], [NAN] * 3),
]


@pytest.mark.parametrize(("scored", "scores", "weights"), BY_HAND)
def test_by_hand(scored: Scored, scores: list[float], weights: list[float]) -> None:
    np.testing.assert_allclose(ours(scored, scores), [weights], atol=1e-15)


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="'gold' is no asset or class") as caught:
        Scored(among=("gold",), universe=universe(3))
    assert caught.value.field == "among"
    with pytest.raises(InvariantError, match="universe"):
        ours(Scored(among=("A0",), universe=universe(3)), [0.5, 0.5])


def today(*scores: float) -> Aims:
    plain = aims_of(np.zeros((1, len(scores))))
    return replace(plain, scores=Scores(plain.assets, np.array([scores])))


def test_words_and_sentences() -> None:
    assert Scored().words == "the scores themselves, those below 0 count as 0"
    assert (
        Scored(Negative.REFUSE, scale=True).words
        == "the scores themselves, none where any is below 0, scaled down to a sum of 1"
    )
    assert Scored().sentence(today(0.5, 0.25).row(0), 0) == "its score is +0.5000"
    assert Scored().sentence(today(0.5, NAN).row(0), 0) == "no weights: the score of A1 is unknown"
    assert Scored(Negative.REFUSE).sentence(today(0.5, -0.25).row(0), 0) == "no weights: a score is below 0"
    some = Scored(among=("A0",), universe=universe(2))
    assert some.sentence(today(0.5, NAN).row(0), 1) == "not among those it weighs"
    assert some.sentence(today(0.5, NAN).row(0), 0) == "its score is +0.5000"


def test_planted_faults_are_caught() -> None:
    def zero_for_unknown(scored: Scored, row: list[float]) -> Array:
        return ours(scored, np.nan_to_num(row, posinf=0.0).tolist())

    def always_scales(scored: Scored, row: list[float]) -> Array:
        found = ours(scored, row)
        return found / found.sum()

    def all_of(way: Callable[[Scored, list[float]], Array]) -> None:
        for scored, row, weights in BY_HAND:
            np.testing.assert_allclose(way(scored, row), [weights], atol=1e-15)

    all_of(ours)
    for fault in (zero_for_unknown, always_scales):
        with pytest.raises(AssertionError):
            all_of(fault)
