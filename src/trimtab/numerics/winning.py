"""How often and how much: win rate, payoff, Kelly's stake, the best against the worst.

Returns are simple, (..., T). Kelly (1956) for a bet that wins the mean gain or loses the mean loss; the tail ratio is
empyrical's, the batting average that of Bacon (2008).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import over, paired, unknown
from trimtab.numerics.tail import value_at_risk


def win_rate(returns: Array, *, moved: bool = False) -> Array:
    """Share of the periods with a gain, out of all or of those that `moved`, shape (...)."""
    if not returns.shape[-1]:
        return unknown(returns)
    count = (returns != 0.0).sum(-1) if moved else np.full(returns.shape[:-1], returns.shape[-1])
    return np.where(np.isfinite(returns).all(-1), over((returns > 0.0).sum(-1), count), np.nan)


def payoff_ratio(returns: Array) -> Array:
    """Mean gain over mean loss, shape (...). NaN without a gain or without a loss."""
    gain = over(np.maximum(returns, 0.0).sum(-1), (returns > 0.0).sum(-1))
    loss = over(np.maximum(-returns, 0.0).sum(-1), (returns < 0.0).sum(-1))
    return over(gain, loss)


def kelly(returns: Array) -> Array:
    """Share of wealth to stake: w - (1 - w) / payoff, w the win rate of the periods that moved. NaN as the payoff is."""
    won = win_rate(returns, moved=True)
    return won - over(1.0 - won, payoff_ratio(returns))


def tail_ratio(returns: Array, *, level: float = 0.95) -> Array:
    """Size of the upper quantile at `level` over that of the lower one, shape (...). NaN where the lower one is 0."""
    return over(np.abs(value_at_risk(-returns, level=level)), np.abs(value_at_risk(returns, level=level)))


def batting_average(returns: Array, benchmark: Array) -> Array:
    """Share of the periods in which returns were above the benchmark's, shape (...)."""
    active = returns - paired(returns, benchmark)
    return np.where(np.isfinite(active).all(-1), (active > 0.0).mean(-1), np.nan) if active.shape[-1] else unknown(active)
