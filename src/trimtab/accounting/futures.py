"""Futures in the book: exposure, daily variation in cents, rolls as two trades, margin against cash.

A future costs nothing to hold: each session's change of price is paid in cash, units before x (settle - previous settle) x
multiplier and, for what was traded, units x (settle - price) x multiplier. What is paid is the difference of two lifetime
results, each rounded once. So the payments of a position add up to (exit - entry) x multiplier x units rounded once, however
many days lie between: cents never drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.entries import Fill, Variation
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.households import Contract, Instrument
from trimtab.core.money import ZERO, Currency, currency, exact

_USD = Currency()


@dataclass(frozen=True, slots=True)
class Future:
    """What a book must know of a future: `multiplier`, money a point of price, and the margins that the broker asks for.

    Margins are fractions of the absolute exposure. Where an exchange states money a contract, divide it by price times
    multiplier. Money is rounded as `currency` is.
    """

    multiplier: Decimal = Decimal(1)
    initial: Decimal = ZERO  # to open a position, and to stand at after a call
    maintenance: Decimal = ZERO  # below it the broker calls
    currency: Currency = _USD

    def __post_init__(self) -> None:
        if not (self.multiplier.is_finite() and self.multiplier > 0):
            remedy = "Give money a point of price, such as 50."
            raise ParameterError(f"multiplier is {self.multiplier}", field="multiplier", remedy=remedy)
        if not 0 <= self.maintenance <= self.initial <= 1:
            what = f"maintenance is {self.maintenance} and initial {self.initial}"
            remedy = "Give fractions of exposure, maintenance at most the initial margin: 0.05 and 0.06."
            raise ParameterError(what, field="maintenance", remedy=remedy)

    @classmethod
    def of(cls, instrument: Instrument, *, initial: Decimal = ZERO, maintenance: Decimal = ZERO) -> Future:
        """Of an instrument of the register. Raises ParameterError where it is no future."""
        if instrument.contract is not Contract.FUTURE:
            what = f"{instrument.id} is a {instrument.contract.value}, not a future"
            raise ParameterError(what, field="contract", remedy="Only futures have variation and margin.")
        return cls(instrument.multiplier, initial, maintenance, currency(instrument.currency))


class Standing(NamedTuple):
    """A position after a settlement: `units` (below zero: short) at `settle`, having brought `gained` since it was flat.

    `gained` is exact, not rounded. Exposure is not weight: `units * settle * multiplier` is what moves with the price, but
    net asset value holds nothing of it beyond the variation that was paid into cash.
    """

    units: Decimal = ZERO
    settle: Decimal = ZERO
    gained: Decimal = ZERO

    def exposure(self, future: Future) -> Decimal:
        """Signed currency amount that moves with the price. It is no part of net asset value: see the class."""
        with exact():
            return self.units * self.settle * future.multiplier


Standings = Mapping[int, Standing]  # by number of the asset


def settled(
    future: Future, standing: Standing, trades: Sequence[tuple[Decimal, Decimal]], price: Decimal
) -> tuple[Decimal, Standing]:
    """The variation of one session, rounded, and what stands after it; `trades` are units and prices since the last one.

    A position that is flat again is closed to the cent and forgotten: the next one begins at zero.
    """
    with exact():
        points = standing.units * (price - standing.settle) + sum([u * (price - paid) for u, paid in trades], ZERO)
        gained = standing.gained + points * future.multiplier
        amount = future.currency.round(gained) - future.currency.round(standing.gained)
        units = standing.units + sum([u for u, _ in trades], ZERO)
    return amount, Standing(units, price, gained) if units else Standing()


def variations(
    when: date,
    standings: Standings,
    fills: Iterable[Fill],
    settlements: Mapping[int, Decimal],
    futures: Mapping[int, Future],
    *,
    home: str = "",
) -> tuple[tuple[Variation, ...], dict[int, Standing]]:
    """The entries of one settlement in order of asset, and what stands after it.

    `standings` are those after the settlement before, `fills` all of futures since then (others are passed over). A
    position whose market did not settle stays as it is. Entries in the currency `home`, that of the account, name none.
    Raises DataError for a fill without a settlement, or of a future that moved cash.
    """
    trades: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for fill in fills:
        if fill.asset in futures:
            _require_unpaid(fill, settlements)
            trades.setdefault(fill.asset, []).append((fill.units, fill.price))
    entries, after = [], dict(standings)
    for asset in sorted({*standings, *trades} & set(settlements)):
        future, before = futures[asset], standings.get(asset, Standing())
        amount, after[asset] = settled(future, before, trades.get(asset, ()), settlements[asset])
        if amount:
            code = future.currency.code
            entries.append(Variation(when, asset, amount, "" if code == home else code))
        if not after[asset].units:
            del after[asset]
    return tuple(entries), after


def _require_unpaid(fill: Fill, settlements: Mapping[int, Decimal]) -> None:
    if fill.asset not in settlements:
        what = f"asset {fill.asset} was traded on {fill.when} and did not settle"
        raise DataError(what, remedy="Give its settlement: the trade's own result depends on it.")
    if fill.amount:
        what = f"the fill of future {fill.asset} on {fill.when} moved {fill.amount} of cash"
        raise DataError(what, remedy="A future costs nothing but its commission: its amount is zero.")


class Leg(NamedTuple):
    """One side of a roll: which contract, how many units (below zero sells), at which price, at which cost."""

    asset: int
    units: Decimal
    price: Decimal
    cost: Decimal = ZERO


def rolled(when: date, out: Leg, into: Leg, *, order: str = "roll", currency: str = "") -> tuple[Fill, Fill]:
    """A roll as what it is, two trades at two prices on one date, each with its cost.

    The difference of the prices moves no cash and is no cost: it is the roll yield, earned or lost as the new contract
    nears its expiry. Raises ParameterError for one contract twice, or two legs on one side.
    """
    if out.asset == into.asset or not out.units * into.units < 0:
        what = f"a roll of {out.units} of {out.asset} and {into.units} of {into.asset} leads nowhere"
        raise ParameterError(what, field="into", remedy="Sell one contract and buy another, or the other way round.")
    first, second = (Fill(when, leg.asset, leg.units, leg.price, ZERO, leg.cost, order, currency) for leg in (out, into))
    return first, second


class Margined(NamedTuple):
    """Margin against cash, in currency: `required` to hold the positions, `initial` to open them, and what that leaves.

    `excess` is cash above the initial margin, below zero where it is short; `call` is what must be brought in, zero while
    cash is not below what is required.
    """

    required: Decimal
    initial: Decimal
    excess: Decimal
    call: Decimal


def margin(
    units: Mapping[int, Decimal], prices: Mapping[int, Decimal], futures: Mapping[int, Future], cash: Decimal
) -> Margined:
    """What the broker asks for positions at `prices`, against `cash` after the variation of the session, rounded.

    A call is met up to the initial margin. Nothing is netted between contracts. Raises DataError for a missing price, or
    for futures in several currencies: each has a call of its own.
    """
    held = [asset for asset in sorted(units) if units[asset]]
    if missing := [asset for asset in held if asset not in prices]:
        raise DataError(f"assets {missing} have no price", remedy="Give the last settlement of each.")
    coins = {futures[asset].currency for asset in held}
    if len(coins) > 1:
        names = ", ".join(sorted(one.code for one in coins))
        raise DataError(f"margins are in {names}", remedy="Ask for each currency by itself.")
    money = coins.pop() if coins else Currency(minor=ZERO)
    with exact():
        exposures = [(abs(units[a] * prices[a] * futures[a].multiplier), futures[a]) for a in held]
        required = money.round(sum([exposure * future.maintenance for exposure, future in exposures], ZERO))
        initial = money.round(sum([exposure * future.initial for exposure, future in exposures], ZERO))
        return Margined(required, initial, cash - initial, initial - cash if cash < required else ZERO)
