"""Random portfolios and benchmarks for the laws of attribution, drawn by hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from trimtab.attribution.segments import Segments


@st.composite
def segments(draw, *, periods: bool = False, shorts: bool = False, least: int = 1):
    """Segments of shape (A,), or (T, A) with `periods`; weights sum to 1, some are zero, with `shorts` some negative."""
    count = draw(st.integers(least, 7))
    shape = (draw(st.integers(1, 6)), count) if periods else (count,)
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    return Segments(
        _weights(source, shape, shorts),
        source.uniform(-0.3, 0.4, shape),
        _weights(source, shape, shorts),
        source.uniform(-0.3, 0.4, shape),
    )


def _weights(source: np.random.Generator, shape: tuple[int, ...], shorts: bool) -> np.ndarray:
    raw = source.uniform(-0.3 if shorts else 0.0, 1.0, shape) * (source.random(shape) < 0.8)
    raw[..., 0] += 1.0 - raw.sum(-1) if shorts else 0.1
    return raw / raw.sum(-1, keepdims=True)


def chosen(given: Segments, order: np.ndarray) -> Segments:
    """The same with segments in another order."""
    return Segments(*(values[..., order] for values in parts(given)))


def parts(given: Segments) -> tuple[np.ndarray, ...]:
    """Weights and returns of the portfolio, weights and returns of the benchmark."""
    return given.weights, given.returns, given.benchmark_weights, given.benchmark_returns
