"""In or out, each asset on its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, nothing_known, portfolios, scores_of
from trimtab.construction.timing import Timing
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError

NAN = float("nan")
SCORE = st.sampled_from([NAN, -1.0, -1e-300, 0.0, 1e-300, 0.3, float("inf"), float("-inf")])


def ours(benchmark: tuple[float, ...], *rows: list[float]) -> Array:
    scores = scores_of(*rows)
    return Timing(benchmark)(scores, *nothing_known(scores))


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 6))
def test_each_asset_is_in_or_out_on_its_own(data: st.DataObject, count: int) -> None:
    benchmark = tuple(data.draw(portfolios(count)))
    rows = data.draw(st.lists(st.lists(SCORE, min_size=count, max_size=count), min_size=1, max_size=4))
    expected = [[b if s > 0 else 0.0 for b, s in zip(benchmark, row, strict=True)] for row in rows]
    assert ours(benchmark, *rows).tolist() == expected
    assert ours(benchmark, rows[-1])[0].tobytes() == ours(benchmark, *rows)[-1].tobytes()


def test_by_hand() -> None:
    # Faber's five equal sleeves, of which two are in, one is flat and one is not known: 40 % invested, 60 % in cash.
    found = ours((0.2,) * 5, [1.0, -1.0, 0.0, 1.0, NAN])
    assert found.tolist() == [[0.2, 0.0, 0.0, 0.2, 0.0]]
    np.testing.assert_allclose(1.0 - found.sum(), 0.6, atol=1e-15)


def test_a_benchmark_of_other_assets_stops() -> None:
    with pytest.raises(InvariantError, match="benchmark"):
        ours((0.6, 0.4), [1.0, 1.0, 1.0])


def test_sentences() -> None:
    today = replace(aims_of(np.zeros((1, 3))), scores=scores_of([1.0, 0.0, NAN])).row(0)
    said = [Timing((0.5, 0.3, 0.2)).sentence(today, a) for a in range(3)]
    assert said == ["in, for its score is +1.00", "out, for its score, +0.00, is not above 0", "out, for its score is unknown"]
