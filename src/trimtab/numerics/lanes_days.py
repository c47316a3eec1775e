"""Sessions of a bundle of lanes, compiled (numba): wealth while units stand still, and what is counted of it.

Four sessions go together, so that units are read once for all of them. A block that is not full repeats its last session,
whose return is then 0. This module imports numba: `lanes_compiled` alone imports it.
"""

from __future__ import annotations

from trimtab.numerics.compiling import inlined
from trimtab.numerics.lanes_bundle import (
    BEFORE,
    CASH,
    DEEP,
    FOUR,
    HIGH,
    LAST,
    NOW,
    OVER,
    ROWS,
    STRIDE,
    WHOLE,
    compiled,
)

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.


@compiled
def days(market, begin, end, lane):  # type: ignore[no-untyped-def]
    """Value the lanes at the sessions begin..end, with units and cash as they stand."""
    closes, bank, riskfree, mark, excess = market
    units, state, marks, wealth, lanes = lane
    watched = len(wealth) > 0
    for t in range(begin, end + 1, FOUR):
        _valued(closes, (t, min(t + 1, end), min(t + 2, end), min(t + 3, end)), bank, units, state, lanes)
        if excess:
            _without_bills(state, lanes)
        if _counted(state, riskfree, t, end, lanes) > 0:
            _deepened(state, lanes)
        for row in range(t, min(t + FOUR, end + 1)):
            if mark[row] >= 0:
                marks[mark[row]] = state[NOW + row - t]
            if watched:
                wealth[row] = state[NOW + row - t]


@inlined
def _valued(closes, rows, bank, units, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `NOW` with cash and units at the prices of four rows."""
    units, state = units.reshape(len(units), STRIDE), state.reshape(ROWS, STRIDE)
    w, x, y, z = rows
    of, at, on, by = bank[w], bank[x], bank[y], bank[z]
    for k in range(lanes):
        cash = state[CASH, k]
        state[NOW, k], state[NOW + 1, k], state[NOW + 2, k], state[NOW + 3, k] = cash * of, cash * at, cash * on, cash * by
    for a in range(0, len(units), FOUR):
        w0, w1, w2, w3 = closes[w, a], closes[w, a + 1], closes[w, a + 2], closes[w, a + 3]
        x0, x1, x2, x3 = closes[x, a], closes[x, a + 1], closes[x, a + 2], closes[x, a + 3]
        y0, y1, y2, y3 = closes[y, a], closes[y, a + 1], closes[y, a + 2], closes[y, a + 3]
        z0, z1, z2, z3 = closes[z, a], closes[z, a + 1], closes[z, a + 2], closes[z, a + 3]
        for k in range(lanes):
            u0, u1, u2, u3 = units[a, k], units[a + 1, k], units[a + 2, k], units[a + 3, k]
            state[NOW, k] += u0 * w0 + u1 * w1 + u2 * w2 + u3 * w3
            state[NOW + 1, k] += u0 * x0 + u1 * x1 + u2 * x2 + u3 * x3
            state[NOW + 2, k] += u0 * y0 + u1 * y1 + u2 * y2 + u3 * y3
            state[NOW + 3, k] += u0 * z0 + u1 * z1 + u2 * z2 + u3 * z3


@inlined
def _counted(state, riskfree, t, end, lanes):  # type: ignore[no-untyped-def]
    """Sum returns over bills to the fourth power; how many lanes may have fallen deeper than ever: divisions say it for sure.

    Divisions take long: the four returns share one.
    """
    state, hits = state.reshape(ROWS, STRIDE), 0
    of, at = riskfree[t], riskfree[t + 1] if t < end else 0.0
    on, by = riskfree[t + 2] if t + 1 < end else 0.0, riskfree[t + 3] if t + 2 < end else 0.0
    for k in range(lanes):
        w, x, y, z = state[NOW, k], state[NOW + 1, k], state[NOW + 2, k], state[NOW + 3, k]
        last, before = state[LAST, k], state[HIGH, k]
        top = max(w, x, y, z, before)
        low = min(w, x, y, z)
        state[LAST, k], state[HIGH, k], state[BEFORE, k] = z, top, before
        hits += 1 if low <= state[DEEP, k] * top or low <= 0.0 else 0
        early, late = last * w, x * y
        each = 1.0 / (early * late)
        w, x, y, z = w * (w * late * each), x * (last * late * each), y * (y * early * each), z * (x * early * each)
        w, x, y, z = w - 1.0 - of, x - 1.0 - at, y - 1.0 - on, z - 1.0 - by
        ww, xx, yy, zz = w * w, x * x, y * y, z * z
        state[OVER, k] += (w + x) + (y + z)
        state[OVER + 1, k] += (ww + xx) + (yy + zz)
        state[OVER + 2, k] += (w * ww + x * xx) + (y * yy + z * zz)
        state[OVER + 3, k] += (ww * ww + xx * xx) + (yy * yy + zz * zz)
    return hits


@inlined
def _deepened(state, lanes):  # type: ignore[no-untyped-def]
    """Wealth over its highest so far, where it is less than ever."""
    state = state.reshape(ROWS, STRIDE)
    for k in range(lanes):
        w, x, y, z = state[NOW, k], state[NOW + 1, k], state[NOW + 2, k], state[NOW + 3, k]
        first = max(state[BEFORE, k], w)
        second = max(first, x)
        third = max(second, y)
        depth = min(w / first, x / second, y / third, z / max(third, z))
        state[DEEP, k] = min(state[DEEP, k], depth)


@inlined
def _without_bills(state, lanes):  # type: ignore[no-untyped-def]
    """Sum returns to the second power, whatever bills earn."""
    state = state.reshape(ROWS, STRIDE)
    for k in range(lanes):
        w, x, y = state[NOW, k], state[NOW + 1, k], state[NOW + 2, k]
        one, two, three, four = w / state[LAST, k] - 1.0, x / w - 1.0, y / x - 1.0, state[NOW + 3, k] / y - 1.0
        state[WHOLE, k] += (one + two) + (three + four)
        state[WHOLE + 1, k] += (one * one + two * two) + (three * three + four * four)
