"""A taxed account in plain Python, written from the text of the law alone: nothing here uses a line of the package.

Oldest lots are sold first. A loss does not count as far as the same asset was bought 30 days before or after, and is
still held: its share goes into the cost of what was bought, which counts as held for as long as what was sold. Gains are
netted term by term, then across; 3,000 of a net loss is taken from the ordinary
income of the account, the rest goes on. A year is paid for on
the first session from 15 April of the next; what is owed at a decision is not invested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

SHORT, LONG, ORDINARY, QUALIFIED = 0.408, 0.238, 0.408, 0.238
MOST_LOSS = 3000.0
Weights = Callable[[int], np.ndarray | None]  # what to hold after the decision at row t; None: no decision


@dataclass
class Part:
    """Units of one purchase; `held_from` is where the holding period begins, `replaces` that a loss went into its cost."""

    purchase: int
    units: float
    cost: float
    bought: date
    held_from: date
    replaces: bool = False


@dataclass
class Loss:
    """A loss by the unit that may still meet a replacement, for `units`."""

    sold: date
    units: float
    each: float
    days: int
    long: bool


@dataclass
class Year:
    """What a tax year brought."""

    short: float = 0.0
    long: float = 0.0
    ordinary: float = 0.0
    qualified: float = 0.0
    handed: float = 0.0


def is_long(held_from: date, sold: date) -> bool:
    """Held for more than a year: from the day after the purchase on, to the same day of the next year."""
    first = held_from + timedelta(1)
    leap = (first.month, first.day) == (2, 29)
    return sold >= (date(first.year + 1, 3, 1) if leap else first.replace(year=first.year + 1))


def assessed(year: Year, carried: tuple[float, float]) -> tuple[float, tuple[float, float]]:
    """The tax of a year, in cents, and the losses carried on (short, long), both at or above zero."""
    short, long = year.short - carried[0], year.long + year.handed - carried[1]
    if short < 0.0 < long:
        met = min(-short, long)
        short, long = short + met, long - met
    elif long < 0.0 < short:
        met = min(-long, short)
        short, long = short - met, long + met
    loss = max(0.0, -short) + max(0.0, -long)
    taken = min(MOST_LOSS, loss, year.ordinary)  # other income than the account's is not known
    tax = SHORT * max(short, 0.0) + LONG * max(long, 0.0) + ORDINARY * (year.ordinary - taken) + QUALIFIED * year.qualified
    left_short = max(0.0, -short)
    from_short = min(taken, left_short)  # short-term losses are used up first
    return round(max(tax, 0.0), 2), (left_short - from_short, max(0.0, -long) - (taken - from_short))


@dataclass
class Account:
    """Cash and lots of one taxable account; `wash` is False for what it would be without wash sales."""

    assets: int
    cash: float
    wash: bool = True
    years: dict[int, Year] = field(default_factory=dict)
    paid: dict[int, float] = field(default_factory=dict)  # by tax year
    put_off: float = 0.0
    purchases: int = 0

    def __post_init__(self) -> None:
        self.parts: list[list[Part]] = [[] for _ in range(self.assets)]
        self.losses: list[list[Loss]] = [[] for _ in range(self.assets)]

    def units(self) -> np.ndarray:
        """(A,) held."""
        return np.array([sum(part.units for part in parts) for parts in self.parts])

    def year(self, number: int) -> Year:
        """What it has brought so far."""
        return self.years.setdefault(number, Year())

    def buy(self, asset: int, units: float, paid: float, on: date) -> None:
        """Buy for `paid`, costs in it; losses of the last 30 days go into the cost, the oldest loss first."""
        self.cash -= paid
        self.purchases += 1
        whole = Part(self.purchases, units, paid, on, on)
        self.parts[asset].append(whole)
        self.losses[asset] = [loss for loss in self.losses[asset] if (on - loss.sold).days <= 30 and loss.units > 0.0]
        for loss in self.losses[asset]:
            if not whole.replaces:
                self._replace(asset, whole, loss)

    def sell(self, asset: int, units: float, proceeds: float, on: date) -> None:
        """Sell the oldest, `proceeds` being what is left of it after costs. Gains count when all units have left."""
        self.cash += proceeds
        found, left = [], units
        while left > 1e-9 * units:
            part = self.parts[asset][0]
            taken = part.units if part.units <= left * (1.0 + 1e-9) else left
            paid = part.cost * taken / part.units
            found.append((part, taken, proceeds * taken / units - paid))
            part.units, part.cost, left = part.units - taken, part.cost - paid, left - taken
            if not part.units:
                self.parts[asset].pop(0)
        for part, taken, gain in found:
            self._gain(asset, part, taken, gain, on)

    def _gain(self, asset: int, sold: Part, units: float, gain: float, on: date) -> None:
        long = is_long(sold.held_from, on)
        self._count(on.year, long, gain)
        if gain >= 0.0 or not self.wash:
            return
        loss = Loss(on, units, -gain / units, (on - sold.held_from).days, long)
        for part in list(self.parts[asset]):  # what was bought before, and apart from what is sold
            if (on - part.bought).days <= 30 and part.purchase != sold.purchase and not part.replaces and loss.units > 0.0:
                self._replace(asset, part, loss)
        self.losses[asset].append(loss)

    def _count(self, year: int, long: bool, gain: float) -> None:
        about = self.year(year)
        if long:
            about.long += gain
        else:
            about.short += gain

    def _replace(self, asset: int, part: Part, loss: Loss) -> None:
        """Move the loss into `part` as far as it goes; what it does not reach stays where it is, before the rest."""
        units = min(part.units, loss.units)
        if units < part.units:
            share = part.cost * units / part.units
            part.units, part.cost = part.units - units, part.cost - share
            place = max(k for k, one in enumerate(self.parts[asset]) if one.purchase == part.purchase)
            part = Part(part.purchase, units, share, part.bought, part.held_from)
            self.parts[asset].insert(place + 1, part)
        part.cost += loss.each * units
        part.held_from -= timedelta(loss.days)
        part.replaces = True
        loss.units -= units
        self.put_off += loss.each * units
        self._count(loss.sold.year, loss.long, loss.each * units)

    # Taxes.

    def assess(self, last: int) -> dict[int, float]:
        """The tax of each year up to `last`, losses carried from one to the next."""
        found, carried = {}, (0.0, 0.0)
        for number in range(min(self.years, default=last), last + 1):
            found[number], carried = assessed(self.years.get(number, Year()), carried)
        return found

    def owed(self, on: date) -> float:
        """The tax of all years that are not paid, so far."""
        return sum(tax for number, tax in self.assess(on.year).items() if number not in self.paid)

    def pay(self, on: date) -> float:
        """What is due by now; returns how much it is."""
        every = self.assess(on.year - 1)
        due = {number: tax for number, tax in every.items() if number not in self.paid and on >= date(number + 1, 4, 15)}
        self.paid |= due
        self.cash -= sum(due.values())
        return sum(due.values())


@dataclass(frozen=True)
class World:
    """T sessions of A assets, and what one unit in bills grows to; `opens` where orders are filled at the next open."""

    days: Sequence[date]
    closes: np.ndarray
    dividends: np.ndarray
    bills: np.ndarray
    opens: np.ndarray | None = None
    spread: float = 0.0  # a year, on what is borrowed until the next trades


@dataclass(frozen=True)
class Terms:
    """How the account trades and what its dividends are: `qualified`, `ordinary`, `gain` or `exempt` by asset."""

    payouts: Sequence[str]
    bps: float = 10.0
    reinvest: bool = True
    wash: bool = True


def run(world: World, wanted: Weights, terms: Terms, *, first: int, capital: float = 1e6) -> tuple[np.ndarray, Account]:
    """Wealth (T - first,) less what is owed as it was last worked out, and the account at the end.

    Interest is credited on the days on which anything happens to the account, as it is booked.
    """
    account = Account(len(terms.payouts), capital, terms.wash)
    rate, owed, since, orders = terms.bps * 1e-4, 0.0, first, None
    settled = _tax_rows(world.days, first)
    wealth = []
    for t in range(first, len(world.days)):
        on, waiting = world.days[t], np.zeros(account.assets)
        paid = np.nan_to_num(world.dividends[t])
        targets = wanted(t)
        happens = t > first and (paid.any() or t in settled or orders is not None or targets is not None)
        if happens or t == len(world.days) - 1:
            _interest(account, world, since, t)
            since = t
        if t > first:
            waiting = _dividends(account, account.units() * paid, terms, on)
        if t in settled:
            owed -= account.pay(on)
        if orders is not None and world.opens is not None:
            owed = _fill(account, orders, world.opens[t], rate, owed + waiting.sum(), on)
            orders = None
        for asset in np.flatnonzero(waiting):
            account.buy(int(asset), waiting[asset] / world.closes[t, asset], waiting[asset], on)
        if targets is not None:
            owed = account.owed(on)
            orders = _orders(account, targets, world.closes[t], rate, owed)
            if world.opens is None:
                owed = _fill(account, orders, world.closes[t], rate, owed, on)
                orders = None
        running = account.cash * (world.bills[t] / world.bills[since] - 1.0)
        wealth.append(account.cash + running + account.units() @ world.closes[t] - owed)
    wealth[-1] += owed - account.owed(world.days[-1])
    return np.array(wealth), account


def _tax_rows(days: Sequence[date], first: int) -> set[int]:
    """Rows of the first sessions from 15 April of each year, after the account was opened."""
    found = {next((t for t, on in enumerate(days) if on >= date(y, 4, 15)), -1) for y in {on.year for on in days[first:]}}
    return {t for t in found if t > first and days[t] >= date(days[t].year, 4, 15)}


def _interest(account: Account, world: World, since: int, t: int) -> None:
    years = (world.days[t] - world.days[since]).days / 365.25
    earned = account.cash * (world.bills[t] / world.bills[since] - 1.0) + min(account.cash, 0.0) * world.spread * years
    account.cash += earned
    if earned > 0.0:
        account.year(world.days[t].year).ordinary += earned


def _dividends(account: Account, amounts: np.ndarray, terms: Terms, on: date) -> np.ndarray:
    """Cash comes and is taxed by what it is. Returns what waits to be reinvested (A,)."""
    about = account.year(on.year)
    for amount, payout in zip(amounts.tolist(), terms.payouts, strict=True):
        account.cash += amount
        about.qualified += amount if payout == "qualified" else 0.0
        about.ordinary += amount if payout == "ordinary" else 0.0
        about.handed += amount if payout == "gain" else 0.0
    return amounts if terms.reinvest else np.zeros(len(amounts))


def _orders(account: Account, weights: np.ndarray, prices: np.ndarray, rate: float, owed: float) -> np.ndarray:
    """Units to trade (A,), costs paid out of what is left after taxes that are owed."""
    units = account.units()
    value = left = account.cash + units @ prices - owed
    for _ in range(60):
        left = value - rate * np.abs(weights * left - units * prices).sum()
    return np.asarray(weights * left / prices - units)


def _fill(account: Account, orders: np.ndarray, prices: np.ndarray, rate: float, kept: float, on: date) -> float:
    """Sales first; purchases as far as the cash goes without what is `kept`. What is owed then."""
    units = account.units()
    for asset in np.flatnonzero(orders < 0.0).tolist():
        sold = units[asset] if -orders[asset] > units[asset] * (1.0 - 1e-9) else -orders[asset]
        account.sell(asset, sold, sold * prices[asset] * (1.0 - rate), on)
    need = (np.maximum(orders, 0.0) * prices).sum() * (1.0 + rate)
    share = min(1.0, max(account.cash - kept, 0.0) / need) if need > 0.0 else 1.0
    for asset in np.flatnonzero(orders > 0.0).tolist():
        account.buy(asset, share * orders[asset], share * orders[asset] * prices[asset] * (1.0 + rate), on)
    return account.owed(on)
