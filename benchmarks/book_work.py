"""Work on a book: a hundred thousand fills, and a book of ten thousand lots, generated with a seed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from trimtab.accounting.database.events import AccountOpened, EntryPosted, Event, InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.least import LeastTax
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.entries import Fill, Flow
from trimtab.core.households import Account, Instrument
from trimtab.core.money import ZERO
from trimtab.core.taxes import LotMethod

FIRST = date(2000, 1, 3)
REGIME = UsFederal(short=0.408, long=0.238, ordinary=0.408, qualified=0.238)


def fills(count: int, assets: int, seed: int) -> list[Fill]:
    """Purchases and sales in turn, whole units at prices in cents, never more sold than is held."""
    draw = np.random.default_rng(seed)
    prices = np.round(draw.uniform(20.0, 300.0, count), 2).tolist()
    units, chosen = draw.integers(1, 200, count).tolist(), draw.integers(0, assets, count).tolist()
    held = [0] * assets
    made = []
    for k, (asset, price, some) in enumerate(zip(chosen, prices, units, strict=True)):
        sold = k % 2 and held[asset]
        change = -min(some, held[asset]) if sold else some
        held[asset] += change
        each = Decimal(str(price))
        when = FIRST + timedelta(days=k * 9000 // count)
        made.append(Fill(when, asset, Decimal(change), each, -change * each, Decimal("1.00"), str(k)))
    return made


def booked(made: list[Fill], assets: int, method: LotMethod) -> Ledger:
    """All of them in one ledger with its lots, one trade each."""
    ledger = Ledger(assets, lots=Lots(method, least=LeastTax(REGIME)))
    ledger.post(Flow(FIRST, Decimal(10**12)))
    for fill in made:
        ledger.fill((fill,))
    return ledger


def of_lots(count: int, assets: int, seed: int) -> Ledger:
    """A book of `count` lots, bought one after the other."""
    bought = [fill for fill in fills(2 * count, assets, seed) if fill.units > 0][:count]
    return booked(bought, assets, LotMethod.MIN_TAX)


def stored(folder: Path, ledger: Ledger, assets: int) -> str:
    """The entries of a ledger in a book on disk; its address."""
    place, at = folder / "book.db", np.datetime64("2026-01-01T00:00:00")
    events: list[Event] = [AccountOpened(Account("A", "H", lots=LotMethod.MIN_TAX))]
    events += [InstrumentListed(Instrument(f"I{k}")) for k in range(assets)]
    events += [EntryPosted("A", entry) for entry in ledger.entries]
    with BookStore.create(place, recorded=at, author="bench") as book:
        book.append(events, recorded=at, author="bench")
    return str(place)


def read_back(address: str, assets: int) -> Ledger:
    """The ledger of a book on disk, opened, read and folded."""
    with BookStore.open(address) as book:
        entries = [entry for _, entry in book.entries("A")]
    ledger = Ledger(assets, lots=Lots(LotMethod.MIN_TAX, least=LeastTax(REGIME)))
    ledger.extend(entries)
    return ledger


def rebalance(ledger: Ledger, assets: int) -> tuple[Decimal, int]:
    """Lots and gains of every asset, and what a sale of a tenth of each takes by least tax: unrealised gain, lots taken."""
    assert ledger.lots is not None
    price, when = Decimal("160.00"), FIRST + timedelta(days=9001)
    gain, taken = ZERO, 0
    for asset in range(assets):
        rows = ledger.lots.of(asset)
        gain += sum((lot.units * price - lot.cost for lot in rows), ZERO)
        taken += len(ledger.lots.choose(asset, ledger.units[asset] // 10, price, when))
    return gain, taken
