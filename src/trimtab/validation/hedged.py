"""What a variant earns over its benchmark: its return less the share that the benchmark itself explains.

A rule that sometimes stands in cash carries less of the market than the benchmark. The plain difference of returns then
says how the market did: it punishes the rule in a rise, and praises it in a fall, for what a constant mix with cash gives
without any skill. Matching volatility still leaves the difference in correlation. So the return in excess of bills is
regressed on the benchmark's, and what is left with its mean, alpha plus residual, is judged (Jensen 1968; Treynor and Black
1973). On random walks without skill alpha is 0 at any average exposure. Its Sharpe ratio is the appraisal ratio, which is
what the variant adds to the best mix of both: the squares add up.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.ratios import beta
from trimtab.numerics.returns import paired
from trimtab.validation.variants import variants


def hedged(returns: Array, benchmark: Array, *, rf: Array | float = 0.0) -> Array:
    """Alpha plus residual a period (T, N), of variants (T, N) against a benchmark (T,); `rf` a period, scalar or (T,).

    Where the benchmark does not vary nothing is explained by it, and the difference is handed out. Raises DataError for
    unknown returns, ParameterError where lengths differ.
    """
    rows = variants(returns, rows=2, columns=1).T
    other = paired(rows, np.asarray(benchmark, dtype=float))
    rate = paired(rows, np.asarray(rf, dtype=float), "riskless rate")
    variants(np.atleast_2d(other).T, rows=2, columns=1)
    share = beta(rows, other, rf=rate)
    share = np.where(np.isfinite(share), share, 1.0)
    return np.ascontiguousarray(((rows - rate) - share[:, None] * (other - rate)).T)
