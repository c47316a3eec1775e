"""Attribution to markets, securities and currencies (Karnosky and Singer 1994).

In continuously compounded returns what a market pays is its local return beyond local cash, and what a currency pays is
its cash plus its move: any market can be held with any currency, by hedging, and the two decisions come apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.segments import known, per_unit, refuse, same_sum, together
from trimtab.core.arrays import Array


@dataclass(frozen=True, slots=True, eq=False)
class Abroad:
    """A portfolio or a benchmark over A markets, each (..., A).

    `weights` in the markets, `local` returns of what is held there (continuously compounded, in local money), and
    `exposure` to each market's currency after hedges. Two markets of one currency may share its exposure as they like.
    """

    weights: Array
    local: Array
    exposure: Array


@dataclass(frozen=True, slots=True, eq=False)
class CurrencyEffects:
    """What each market and its currency added, continuously compounded, (..., A)."""

    market: Array
    security: Array
    currency: Array

    @property
    def by_market(self) -> Array:
        """The three effects together, shape (..., A)."""
        return self.market + self.security + self.currency

    @property
    def total(self) -> CurrencyEffects:
        """Each effect summed over markets, shape (...)."""
        return CurrencyEffects(*(np.asarray(part.sum(-1)) for part in (self.market, self.security, self.currency)))

    @property
    def active(self) -> Array:
        """All effects of all markets: return of the portfolio less that of the benchmark, shape (...)."""
        return np.asarray(self.by_market.sum(-1))


def karnosky_singer(portfolio: Abroad, benchmark: Abroad, *, cash: Array, spot: Array) -> CurrencyEffects:
    """Effects (..., A), for `cash` rates of each currency and moves of its `spot` rate in money of the base, (..., A).

    All returns are continuously compounded (`continuous`). With m the benchmark's premium and q its return from
    currencies: market (w_p - w_b)((L_b - c) - m), security w_p (L_p - L_b), currency (x_p - x_b)((c + e) - q). They sum
    to the difference of the two `currency_return`. What is unknown (NaN) of markets and currencies that neither side
    holds does not matter; an unknown local return of the benchmark in a market it does not hold takes the portfolio's.
    Raises ParameterError where weights, or exposures, do not sum to the same, and for shapes that do not fit.
    """
    w, L, x, v, M, z, c, e = _checked(portfolio, benchmark, cash, spot)
    premium = np.where((w == 0.0) & (v == 0.0), 0.0, M - c)
    money = np.where((x == 0.0) & (z == 0.0), 0.0, c + e)
    m, q = per_unit((v * premium).sum(-1), v), per_unit((z * money).sum(-1), z)
    return CurrencyEffects(
        market=(w - v) * (premium - m[..., None]),
        security=np.where(w == 0.0, 0.0, w * (L - M)),
        currency=(x - z) * (money - q[..., None]),
    )


def currency_return(held: Abroad, *, cash: Array, spot: Array) -> Array:
    """Sum of w (L - c) + x (c + e), shape (...): return in money of the base, continuously compounded."""
    w, L, x, c, e = together(
        {"weights": held.weights, "local": held.local, "exposure": held.exposure, "cash": cash, "spot": spot}
    )
    premium, money = np.where(w == 0.0, 0.0, L - c), np.where(x == 0.0, 0.0, c + e)
    return np.asarray((w * premium + x * money).sum(-1))


def continuous(returns: Array) -> Array:
    """ln(1 + r): simple returns as continuously compounded ones. NaN for a loss of everything, which has no log."""
    values = np.asarray(returns, dtype=float)
    return np.asarray(np.log1p(np.where(values > -1.0, values, np.nan)))


def simple(returns: Array) -> Array:
    """exp(r) - 1: continuously compounded returns as simple ones."""
    return np.asarray(np.expm1(np.asarray(returns, dtype=float)))


def _checked(portfolio: Abroad, benchmark: Abroad, cash: Array, spot: Array) -> list[Array]:
    """Weights, local returns and exposures of both sides, cash and spot, of one shape (..., A)."""
    sides = {"portfolio": portfolio, "benchmark": benchmark}
    given = {f"{side} {name}": getattr(held, name) for side, held in sides.items() for name in Abroad.__slots__}
    w, L, x, v, M, z, c, e = together(given | {"cash": cash, "spot": spot})
    same_sum(w, v, "weights")
    same_sum(x, z, "exposure")
    for name, values in (("local returns", np.stack([L, M])), ("cash", c), ("spot", e)):
        refuse(np.isinf(values), f"{name} are infinite", "local", "Give NaN for what is not known.")
    return [w, L, x, v, known(M, v, L), z, c, e]
