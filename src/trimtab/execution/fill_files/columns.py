"""Which header holds which field of a fill. Headers are compared without case, punctuation and doubled blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from trimtab.core.errors import ParameterError

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": (
            "order_id", "client order id", "clordid", "cl ord id", "client id", "order ref", "orderref", "order reference",
            "orderreference", "our reference", "customer order id", "emsx order ref id", "ref id", "order",
        ),
        "execution": (
            "execution_id", "exec id", "execid", "ibexecid", "ib exec id", "fill id", "trade id", "tradeid", "activity id",
            "execution", "transaction id",
        ),
        "account": ("account", "clientaccountid", "account id", "account number", "acct", "acct cd", "portfolio"),
        "symbol": ("symbol", "ticker", "instrument", "security", "asset", "ext sec id", "emsx ticker", "sec id"),
        "isin": ("isin", "isin no", "isin code"),
        "side": ("side", "buy sell", "buysell", "b s", "action", "trans type", "transaction type", "emsx side", "direction"),
        "units": (
            "units", "quantity", "qty", "shares", "fill qty", "last qty", "lastqty", "exec qty", "fill quantity",
        ),
        "price": (
            "price", "tradeprice", "trade price", "fill price", "last px", "lastpx", "exec price", "execution price",
            "executed price", "unit price",
        ),
        "filled": ("filled qty", "filled quantity", "cum qty", "cumqty", "executed qty", "executed quantity", "filled"),
        "average": ("avg px", "avgpx", "avg price", "average price", "average fill price", "average"),
        "fee": ("fee", "fees", "commission", "ibcommission", "ib commission", "commissions", "comm", "charges", "cost"),
        "day": ("trade date", "tradedate", "date", "day", "execution date", "executed on"),
        "time": (
            "time", "transact time", "execution time", "executed at", "date time", "datetime", "timestamp", "filled at", "at",
            "trade time", "transaction time",
        ),
        "status": ("status", "order status"),
    }
)  # fmt: skip
"""Field: the headers that it goes by, the best first."""

BELOW_ZERO = frozenset({"ibcommission", "ib commission"})  # headers whose fees take money when they are below zero


def plain(header: str) -> str:
    """A header without case, punctuation and doubled blanks."""
    return " ".join(re.sub(r"[\W_]+", " ", header.casefold()).split())


def detect(headers: Sequence[str], overrides: Mapping[str, str]) -> dict[str, int] | None:
    """Field to the number of its column; None where an override names a header that is not there."""
    names = [plain(header) for header in headers]
    wanted = {name: plain(header) for name, header in overrides.items() if header}
    if not set(wanted.values()) <= set(names):
        return None
    found = {name: names.index(header) for name, header in wanted.items()}
    for name, known in COLUMNS.items():
        free = (names.index(one) for one in map(plain, known) if one in names and names.index(one) not in found.values())
        if name not in overrides and (at := next(free, None)) is not None:
            found[name] = at
    return found


def of_fills(found: Mapping[str, int]) -> bool:
    """Whether the columns make up fills: how many, at which price, of what."""
    return {"units", "price"} <= set(found) and bool({"order", "symbol", "isin"} & set(found))


def of_counts(found: Mapping[str, int]) -> bool:
    """Whether a line tells how much of an order is filled so far, as a blotter does, and not one fill."""
    return {"order", "filled", "average"} <= set(found) and not {"units", "price"} <= set(found)


def require_fields(names: Iterable[str]) -> None:
    """Raises ParameterError with the nearest word where there is no such field."""
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"A field is one of: {', '.join(COLUMNS)}."
            raise ParameterError(f"there is no field {name!r} to map a column to", field=name, remedy=remedy)
