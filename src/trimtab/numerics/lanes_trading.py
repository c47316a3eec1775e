"""Decisions of a bundle of lanes, compiled (numba): what they seek, what it costs, and what they hold afterwards.

This module imports numba: `lanes_compiled` alone imports it.
"""

from __future__ import annotations

from trimtab.numerics.compiling import inlined
from trimtab.numerics.lanes_bundle import (
    CASH,
    COST,
    COSTS,
    DRAG,
    FOUR,
    FUNDED,
    GROSS,
    NAV,
    NET,
    PART,
    RATE,
    ROWS,
    SLOPE,
    STEEP,
    STRIDE,
    TURNOVER,
    VALUE,
    compiled,
)
from trimtab.numerics.lanes_fence import aim

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.
_DONE = 1e-15


@compiled
def decided(asked, lanes, lane, order, limits, used):  # type: ignore[no-untyped-def]
    """Fill the units that some lanes seek at prices (A,), their values before trading, and what repairs a breach."""
    prices, bank, table, whose = asked
    units, state = lane[0], lane[1]
    sought, mended, targets, held, room = order
    _valued(prices, bank, units, held, state, lanes)
    for a in range(len(table)):
        wanted, target = table[a], targets[a]
        for k in range(lanes[0], lanes[1]):
            target[k] = wanted[whose[k]]
    if len(used):
        for k in range(lanes[0], lanes[1]):
            aim(k, (mended, state[NAV], targets, held), limits, (state[FUNDED], used, room))
    _after(targets, held, state, lanes)
    _sought(prices, units, targets, state, sought, lanes)


@inlined
def _valued(prices, bank, units, held, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `held` with the worth of units at prices, and `NAV` with that of all and of cash."""
    units, held, state = units.reshape(len(units), STRIDE), held.reshape(len(units), STRIDE), state.reshape(ROWS, STRIDE)
    for k in range(lanes[0], lanes[1]):
        state[NAV, k] = state[CASH, k] * bank
    for a in range(0, len(units), FOUR):
        p, q, r, s = prices[a], prices[a + 1], prices[a + 2], prices[a + 3]
        for k in range(lanes[0], lanes[1]):
            w, x, y, z = units[a, k] * p, units[a + 1, k] * q, units[a + 2, k] * r, units[a + 3, k] * s
            held[a, k], held[a + 1, k], held[a + 2, k], held[a + 3, k] = w, x, y, z
            state[NAV, k] += (w + x) + (y + z)


@inlined
def _after(targets, held, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `VALUE` with what trades from `held` to targets leave of `NAV`, costs paid out of it.

    Costs are convex and piecewise linear in it: Newton's method ends after a few steps, where it stays on one piece.
    """
    targets, held, state = targets.reshape(len(held), STRIDE), held.reshape(len(held), STRIDE), state.reshape(ROWS, STRIDE)
    for k in range(lanes[0], lanes[1]):
        state[VALUE, k], state[STEEP, k] = state[NAV, k], 2.0 * len(held) + 2.0  # no slope is that high at first
    for _ in range(60):
        _cost(targets, held, state, lanes)
        moved = 0
        for k in range(lanes[0], lanes[1]):
            slope, rate = state[SLOPE, k], state[RATE, k]
            step = (state[VALUE, k] + rate * state[COST, k] - state[NAV, k]) / (1.0 + rate * slope)
            state[VALUE, k] -= step
            moved += 1 if slope != state[STEEP, k] and abs(step) > _DONE * state[NAV, k] else 0
            state[STEEP, k] = slope
        if moved == 0:
            break


@inlined
def _cost(targets, held, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `COST` with what trades from `held` to targets of `VALUE` move, and `SLOPE` with how that grows with it."""
    targets, held, state = targets.reshape(len(held), STRIDE), held.reshape(len(held), STRIDE), state.reshape(ROWS, STRIDE)
    for k in range(lanes[0], lanes[1]):
        state[COST, k], state[SLOPE, k] = 0.0, 0.0
    for a in range(0, len(held), FOUR):
        for k in range(lanes[0], lanes[1]):
            value = state[VALUE, k]
            p, q, r, s = targets[a, k], targets[a + 1, k], targets[a + 2, k], targets[a + 3, k]
            w, x = p * value - held[a, k], q * value - held[a + 1, k]
            y, z = r * value - held[a + 2, k], s * value - held[a + 3, k]
            state[COST, k] += (abs(w) + abs(x)) + (abs(y) + abs(z))
            p, q = p if w > 0.0 else -p, q if x > 0.0 else -q
            r, s = r if y > 0.0 else -r, s if z > 0.0 else -s
            state[SLOPE, k] += (p + q) + (r + s)


@inlined
def _sought(prices, units, targets, state, sought, lanes):  # type: ignore[no-untyped-def]
    """Fill `sought` with the units that bring the lanes to targets of `VALUE`."""
    units, targets, sought = (
        units.reshape(len(prices), STRIDE),
        targets.reshape(len(prices), STRIDE),
        sought.reshape(len(prices), STRIDE),
    )
    state = state.reshape(ROWS, STRIDE)
    for a in range(len(prices)):
        unit = 1.0 / prices[a]
        for k in range(lanes[0], lanes[1]):
            sought[a, k] = targets[a, k] * state[VALUE, k] * unit - units[a, k]


@compiled
def traded(prices, bank, lanes, lane, order, used):  # type: ignore[no-untyped-def]
    """Fill the orders of some lanes at prices (A,): units, cash, cost and turnover of each, and its budgets."""
    units, state = lane[0], lane[1]
    sought, mended = order[0], order[1]
    _moved(prices, sought, state, lanes)
    if _afforded(bank, state, lanes) > 0:
        _cut(sought, state, lanes)
        _moved(prices, sought, state, lanes)
    _filled(bank, sought, units, state, lanes)
    for b in range(len(used)):
        for k in range(lanes[0], lanes[1]):
            used[b, k] += _counted(prices, sought, mended, state, k) * state[FUNDED, k]
    for k in range(lanes[0], lanes[1]):
        state[FUNDED, k] = 1.0 if state[GROSS, k] > 0.0 else state[FUNDED, k]  # one sent into cash alone is not funded yet


@inlined
def _moved(prices, sought, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `NET` and `GROSS` with what the orders are worth."""
    sought, state = sought.reshape(len(prices), STRIDE), state.reshape(ROWS, STRIDE)
    for k in range(lanes[0], lanes[1]):
        state[NET, k], state[GROSS, k] = 0.0, 0.0
    for a in range(0, len(prices), FOUR):
        p, q, r, s = prices[a], prices[a + 1], prices[a + 2], prices[a + 3]
        for k in range(lanes[0], lanes[1]):
            w, x, y, z = sought[a, k] * p, sought[a + 1, k] * q, sought[a + 2, k] * r, sought[a + 3, k] * s
            state[NET, k] += (w + x) + (y + z)
            state[GROSS, k] += (abs(w) + abs(x)) + (abs(y) + abs(z))


@inlined
def _afforded(bank, state, lanes):  # type: ignore[no-untyped-def]
    """Fill `PART` with how much of their purchases cash and sales pay for; the number of lanes that have to cut them."""
    state, short = state.reshape(ROWS, STRIDE), 0
    for k in range(lanes[0], lanes[1]):
        rate = state[RATE, k]
        buys, sales = 0.5 * (state[GROSS, k] + state[NET, k]), 0.5 * (state[GROSS, k] - state[NET, k])
        power, need = state[CASH, k] * bank + sales * (1.0 - rate), buys * (1.0 + rate)
        fine = need <= power * (1.0 + 1e-12)
        state[PART, k] = 1.0 if fine else max(power, 0.0) / need
        short += 0 if fine else 1
    return short


@inlined
def _cut(sought, state, lanes):  # type: ignore[no-untyped-def]
    """Cut purchases to the part that is paid for."""
    for a in range(len(sought)):
        for k in range(lanes[0], lanes[1]):
            sought[a, k] *= state[PART, k] if sought[a, k] > 0.0 else 1.0


@inlined
def _filled(bank, sought, units, state, lanes):  # type: ignore[no-untyped-def]
    """Take what is bought into units and out of cash; count turnover, first funding left out, and costs."""
    sought, units, state = sought.reshape(len(units), STRIDE), units.reshape(len(units), STRIDE), state.reshape(ROWS, STRIDE)
    for a in range(0, len(units), FOUR):
        for k in range(lanes[0], lanes[1]):
            units[a, k] += sought[a, k]
            units[a + 1, k] += sought[a + 1, k]
            units[a + 2, k] += sought[a + 2, k]
            units[a + 3, k] += sought[a + 3, k]
    unit = 1.0 / bank
    for k in range(lanes[0], lanes[1]):
        net, gross = state[NET, k], state[GROSS, k]
        cost = state[RATE, k] * gross
        state[TURNOVER, k] += 0.5 * (gross + abs(net)) / state[NAV, k] * state[FUNDED, k]
        state[CASH, k] -= (net + cost) * unit
        state[COSTS, k] += cost
        state[DRAG, k] += cost / state[NAV, k]


@inlined
def _counted(prices, sought, mended, state, k):  # type: ignore[no-untyped-def]
    """One-way turnover of lane k in weight; what repaired a breach is left out, as far as it was filled."""
    total, cash = 0.0, 0.0
    for a in range(len(prices)):
        move = 0.5 * sought[a, k] * prices[a] / state[NAV, k]
        if sought[a, k] != 0.0:
            move -= 0.5 * mended[a, k] * (state[PART, k] if sought[a, k] > 0.0 else 1.0)
        total += abs(move)
        cash -= move
    return total + abs(cash)
