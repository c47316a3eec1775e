"""The benchmark at every date."""

from __future__ import annotations

import numpy as np
import pytest

from tests.construction.reference import nothing_known, scores_of
from trimtab.construction.static import Static
from trimtab.core.errors import InvariantError


def test_every_date_has_the_benchmark_whatever_the_scores() -> None:
    scores = scores_of([1.0, -1.0], [float("nan"), 0.3], [float("nan"), float("nan")])
    found = Static((0.6, 0.4))(scores, *nothing_known(scores))
    assert found.tolist() == [[0.6, 0.4]] * 3


def test_a_date_alone_has_the_bits_it_has_among_many() -> None:
    scores = scores_of(*np.random.default_rng(0).normal(size=(5, 3)).tolist())
    found = Static((0.5, 0.3, 0.1))(scores, *nothing_known(scores))
    alone = scores_of(scores.values[2].tolist())
    assert Static((0.5, 0.3, 0.1))(alone, *nothing_known(alone)).tobytes() == found[2].tobytes()


def test_a_benchmark_of_other_assets_stops() -> None:
    scores = scores_of([1.0, 1.0, 1.0])
    with pytest.raises(InvariantError, match="benchmark"):
        Static((0.6, 0.4))(scores, *nothing_known(scores))
