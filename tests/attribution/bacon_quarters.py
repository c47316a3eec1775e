"""The example of Bacon (2008), chapters 5 and 8: UK, Japan and US equities over four quarters, (T, A) = (4, 3)."""

from __future__ import annotations

import numpy as np

from trimtab.attribution.segments import Segments

WEIGHTS = np.array([(0.4, 0.3, 0.3), (0.7, 0.2, 0.1), (0.3, 0.5, 0.2), (0.3, 0.5, 0.2)])
BENCHMARK_WEIGHTS = np.array([(0.4, 0.2, 0.4), (0.4, 0.3, 0.3), (0.5, 0.4, 0.1), (0.4, 0.4, 0.2)])
RETURNS = np.array([(20, -5, 6), (-5, 3, -5), (-20, 8, -15), (10, -7, 25)]) / 100.0
BENCHMARK_RETURNS = np.array([(10, -4, 8), (-7, 4, -10), (-25, 5, -20), (5, -5, 10)]) / 100.0

QUARTERS = Segments(WEIGHTS, RETURNS, BENCHMARK_WEIGHTS, BENCHMARK_RETURNS)
FIRST = Segments(WEIGHTS[0], RETURNS[0], BENCHMARK_WEIGHTS[0], BENCHMARK_RETURNS[0])
PORTFOLIO, BENCHMARK = QUARTERS.portfolio_return, QUARTERS.benchmark_return
