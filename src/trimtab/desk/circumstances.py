"""What is known when orders are judged: last prices and their age, whether markets take orders, what left before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from trimtab.core.arrays import Mask
from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Earlier
from trimtab.core.money import decimal_of
from trimtab.core.orders import FINAL, OrderKind, Standing, TradingState
from trimtab.data.market import Market
from trimtab.data.sessions import sessions
from trimtab.desk.outlook import Outlook

RECENT = np.timedelta64(30, "h")  # how far back orders count for sums by day and for duplicates
_DECIDED = timedelta(hours=18)  # by the clocks of New York: the close, and the usual cut-off
_ROOM = np.timedelta64(12, "D")  # no market is closed for longer


def instant_of(text: str) -> np.datetime64:
    """The instant of a text such as `2026-01-05T21:00:00Z`; NaT of an empty one."""
    return np.datetime64(text.removesuffix("Z"), "s") if text else np.datetime64("NaT", "s")


def text_of_instant(instant: np.datetime64) -> str:
    """The text of an instant, to the second; empty for NaT."""
    return "" if np.isnat(instant) else f"{np.datetime_as_string(instant, unit='s')}Z"


def at_planning(outlook: Outlook, nav: float, state: TradingState, now: np.datetime64) -> Circumstances:
    """For a proposal: nothing leaves yet, so that no market need be open."""
    today = outlook.today
    dealing = today.dealing
    return Circumstances(
        now=max(now, today.cutoff),
        cutoff=today.cutoff,
        known=today.known,
        prices=outlook.prices,
        nav=decimal_of(nav),
        quoted=outlook.quoted,
        adv=None if dealing is None else dealing.adv,
        state=state,
    )


def day_of_decision(now: np.datetime64) -> np.datetime64:
    """The latest date on which a decision can be made by `now`: today once New York's close is two hours past, else yesterday.

    No price of today is expected before, and one that is there already belongs to a session that goes on.
    """
    at = datetime.fromtimestamp(int(now.astype("datetime64[s]").astype(np.int64)), ZoneInfo(NEW_YORK))
    return np.datetime64((at.replace(tzinfo=None) - _DECIDED).date(), "D")


def takes_orders(market: Market, kinds: Mapping[int, Collection[OrderKind]], now: np.datetime64) -> Mask:
    """(A,) whether the market of each asset takes orders of these kinds now; `kinds` by the number of the asset.

    Market and limit orders while it is open, orders for the opening while it is closed, for the close at any time.
    """
    found = np.ones(len(market.assets), dtype=bool)
    names = {asset: market.about[asset].market for asset in kinds if 0 <= asset < len(found)}
    open_now = {name: is_open(name, now) for name in dict.fromkeys(names.values())}
    for asset, name in names.items():
        found[asset] = all(_fits(kind, open_now=open_now[name]) for kind in kinds[asset])
    return found


def _fits(kind: OrderKind, *, open_now: bool) -> bool:
    if kind is OrderKind.ON_CLOSE:
        return True
    return open_now is not (kind is OrderKind.ON_OPEN)


def is_open(market: str, now: np.datetime64) -> bool:
    """Whether a session of the market is under way. An empty name is New York."""
    day = now.astype("datetime64[D]")
    held = sessions(market, day - _ROOM, day + np.timedelta64(2, "D"))
    return bool(((held.opens <= now) & (now < held.closes)).any())


def last_opened(market: str, at: np.datetime64) -> np.datetime64:
    """The date of the last session of a market that had opened by an instant. An empty name is New York."""
    day = at.astype("datetime64[D]")
    held = sessions(market, day - _ROOM, day + np.timedelta64(2, "D"))
    return np.datetime64(held.dates[held.opens <= at][-1], "D")


def earlier_of(standings: Sequence[Standing], numbers: Mapping[str, int]) -> tuple[Earlier, ...]:
    """Orders that left, as controls count them; those of other instruments than the policy's keep a number of none: -1.

    One that is done with has the units that were filled: a rejection counts as an order, and moves nothing.
    """
    found = []
    for one in standings:
        if one.sent_at:
            units, asset = gone_of(one), numbers.get(one.ticket.instrument, -1)
            found.append(Earlier(one.id, asset, units, abs(units * one.ticket.reference), instant_of(one.sent_at)))
    return tuple(found)


def gone_of(slice_: Standing) -> Decimal:
    """Units of a slice that have left, or may have: what is filled of one that is done with, else all."""
    return slice_.filled if slice_.status in FINAL else slice_.ticket.units


def parents_of(standings: Sequence[Standing], children: Mapping[str, Sequence[Decimal]]) -> dict[str, Decimal]:
    """Units that each parent order leaves for slices that have not left yet."""
    return {one.id: one.ticket.units - sum(children.get(one.id, ()), Decimal(0)) for one in standings}
