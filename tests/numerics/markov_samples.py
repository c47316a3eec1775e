"""Switching series drawn with a seed, and Hamilton's GNP growth."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import statsmodels

from trimtab.core.arrays import Array


def _carried_by_statsmodels(name: str) -> Array:
    """A list of numbers in the tests of statsmodels, read and not imported: its marks are not ours."""
    path = Path(statsmodels.__file__).parent / "tsa/regime_switching/tests/test_markov_autoregression.py"
    lines = [one for one in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(one, ast.Assign)]
    return np.array(next(ast.literal_eval(one.value) for one in lines if ast.unparse(one.targets[0]) == name))


GNP = _carried_by_statsmodels("rgnp")  # growth of US real GNP, % a quarter, 1951Q2 to 1984Q4: 135 rows


def drawn(seed: int, count: int, *, means: tuple[float, ...], deviations: tuple[float, ...], lag: float = 0.0) -> Array:
    """`count` rows of a chain that stays with 0.93, with one lag in the mean-adjusted form."""
    rng = np.random.default_rng(seed)
    states = [0]
    for move in rng.random(count - 1):
        states.append(states[-1] if move < 0.93 else int(rng.integers(len(means))))
    shocks = np.array(deviations)[states] * rng.standard_normal(count)
    off = [shocks[0]]
    for shock in shocks[1:]:
        off.append(lag * off[-1] + shock)
    return np.array(means)[states] + np.array(off)


def market(seed: int, count: int) -> Array:
    """Monthly returns in two weathers: calm and rising, turbulent and falling."""
    return drawn(seed, count, means=(0.012, -0.010), deviations=(0.030, 0.075))
