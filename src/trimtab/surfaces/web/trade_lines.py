"""Trades and orders as rows of a page, whether they stand as orders or are only proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

Values = dict[str, Any]


def tallied(words: Iterable[str]) -> str:
    """`3 planned, 1 held`."""
    return ", ".join(f"{count} {word}" for word, count in Counter(words).items())


def table_rows(orders: list[Values]) -> list[Values]:
    """Orders as flat rows: side and units apart, prices as numbers."""
    return [order_row(one) for one in orders]


def order_row(one: Values) -> Values:
    """An order: what it does, where it stands, and who has to do with it."""
    ticket = one["ticket"]
    units, limit = float(ticket["units"]), float(ticket["limit"])
    return {
        "order": ticket["id"],
        "batch": ticket["batch"],
        "account": ticket["place"] or ticket["account"],
        "side": "BUY" if units > 0 else "SELL",
        "units": ticket["units"].lstrip("-"),
        "instrument": ticket["instrument"],
        "reference": float(ticket["reference"]),
        "limit": limit or None,
        "moved": abs(units) * float(ticket["reference"]),
        "currency": ticket["currency"],
        "kind": ticket["kind"].replace("_", " "),
        "status": one["status"].replace("_", " "),
        "filled": one["filled"].lstrip("-"),
        "average": None if one["average"] is None else float(one["average"]),
        "cost": float(ticket["estimate"]),
        "tax": float(ticket["tax"]),
        "warnings": ", ".join(ticket["warnings"]),
        "reason": ticket["reason"],
        "by": ticket["by"],
        "edited_by": one["edited_by"],
        "approved_by": one["approved_by"],
        "sent_at": one["sent_at"],
        "why": one["why"],
    }


def line_rows(found: Values) -> list[Values]:
    """The lines of one account with their lots: its orders where there are some, else the trades that would be proposed."""
    assets = {instrument: asset for asset, instrument in found["instruments"].items()}
    names = {instrument: found["titles"][asset] for instrument, asset in assets.items()}
    rows = table_rows(found["orders"]) if found["orders"] else [_proposed(one, found) for one in found["trades"]]
    for row, lots in zip(rows, found["lots"], strict=True):
        row["asset"], row["name"] = assets.get(row["instrument"], ""), names.get(row["instrument"], row["instrument"])
        row["lots"], row["chosen"] = lots["rows"], lots["chosen"]
        row["gains"] = _gains(row["instrument"], found)
    return rows


def _proposed(one: Values, found: Values) -> Values:
    """A trade that stands in no order yet."""
    units, reference = float(one["units"]), float(one["reference"])
    empty = dict.fromkeys(
        ("order", "batch", "kind", "filled", "warnings", "by", "edited_by", "approved_by", "sent_at", "why"), ""
    )
    return {
        **empty,
        "account": one["place"],
        "side": "BUY" if units > 0 else "SELL",
        "units": one["units"].lstrip("-"),
        "instrument": one["instrument"],
        "reference": reference,
        "limit": None,
        "moved": abs(units) * reference,
        "currency": found["currency"],
        "status": "not proposed",
        "average": None,
        "cost": float(one["estimate"]),
        "tax": None if one["tax"] is None else float(one["tax"]),
        "reason": one["reason"],
    }


def _gains(instrument: str, found: Values) -> str:
    """What a sale realises, by the review of now; empty for a purchase."""
    own = [one for one in found["trades"] if one["instrument"] == instrument and one["units"].startswith("-")]
    told = [
        f"short-term {one['short_gain']}, long-term {one['long_gain']}, wash sales disallow {one['disallowed']}" for one in own
    ]
    return "; ".join(told)


def signatures(found: Values) -> list[Values]:
    """Who may not approve which of the orders that wait, by four eyes: whoever asked for it, moved it or edited it."""
    rows: dict[str, list[str]] = {}
    for one in found["orders"]:
        ticket = one["ticket"]
        if one["status"] in ("planned", "held") and ticket["four_eyes"]:
            told = [
                (ticket["by"], "asked for"),
                (one["edited_by"], "edited"),
                *((by, "moved by an override") for by in ticket["moved_by"]),
            ]
            for name, did in told:
                if name and did not in rows.setdefault(name, []):
                    rows[name].append(did)
    return [{"name": name, "did": ", ".join(did)} for name, did in rows.items()]
