"""Trade review: the trades of one account, line by line, for a person to decide on; or everything that waits."""

from __future__ import annotations

from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.reads.trades import trade_review
from trimtab.surfaces.web.trade_lines import line_rows, signatures, table_rows, tallied

Values = dict[str, Any]
_HAIR = 5e-5  # of the value: less is not shown


async def trades(asker: Asker) -> Shown:
    """One account (`?account=`), the orders of a batch (`?batch=`), or everything that waits."""
    account, batch = asker.query.one("account"), asker.query.one("batch")
    waiting = await asker.maybe("orders list", account=account, orders=[batch] if batch else [])
    orders = [one for one in waiting.get("orders", []) if not one["ticket"]["parent"]]
    names = list(dict.fromkeys(one["ticket"]["place"] or one["ticket"]["account"] for one in orders))
    if not account and len(names) == 1 and batch:
        account = names[0]
    asked = {"account": account, "batch": batch}
    if not account:
        return await _overview(asker, asked, waiting, orders)
    return await _one(asker, asked)


async def _overview(asker: Asker, asked: Values, waiting: Values, orders: list[Values]) -> Shown:
    """Every order that waits or is under way, by account and batch."""
    groups: dict[tuple[str, str], list[Values]] = {}
    for one in orders:
        ticket = one["ticket"]
        groups.setdefault((ticket["batch"], ticket["place"] or ticket["account"]), []).append(one)
    book = await asker.maybe("book list")
    rows = [_group(name, batch, own) for (batch, name), own in groups.items()]
    values = {
        "asked": asked,
        "refused": waiting.get("refused", ""),
        "empty": book.get("accounts") == [],
        "names": [one["id"] for one in book.get("accounts", [])],
        "groups": rows,
        "batches": sorted({one["batch"] for one in rows if one["batch"] and one["planned"]}),
        "orders": table_rows(orders),
        "approve": [one["order"] for one in table_rows(orders) if one["status"] == "planned"],
    }
    return Shown("trades_waiting.html", values, "orders")


def _group(name: str, batch: str, own: list[Values]) -> Values:
    """The orders of one account in one batch."""
    moved = sum(abs(float(one["ticket"]["units"])) * float(one["ticket"]["reference"]) for one in own)
    return {
        "batch": batch,
        "account": name,
        "orders": len(own),
        "planned": sum(one["status"] == "planned" for one in own),
        "standing": tallied(one["status"] for one in own),
        "moved": moved,
        "currency": own[0]["ticket"]["currency"],
        "by": own[0]["ticket"]["by"],
        "four_eyes": "four eyes" if any(one["ticket"]["four_eyes"] for one in own) else "one person",
    }


async def _one(asker: Asker, asked: Values) -> Shown:
    """One account: its trades as they stand, what they come to, and every check."""
    try:
        found = await asker.call(trade_review, asker.station.asking.served, asked["account"], asked["batch"])
    except TrimtabError as error:
        return Shown("trades.html", {"asked": asked, "refused": str(error), "lines": [], "orders": []}, "lines")
    values = {
        "asked": asked,
        "refused": "",
        "orders": found["orders"],
        "lines": line_rows(found),
        "weights": [_weight(one, found) for one in found["weights"]],
        "checks": found["checks"],
        "outcomes": tallied(one["outcome"] for one in found["checks"]),
        "stopping": stopping(found["checks"]),
        "judged": found["judged"],
        "unasked": found["unasked"],
        "signatures": signatures(found),
        "about": _about(found),
        "undone": undone(found),
        "overrides": found["overrides"],
        "honest": _honest(found),
    }
    return Shown("trades.html", values, "lines", f"Trades of {found['account']}")


def _weight(one: Values, found: Values) -> Values:
    """A line of Now, Trade, After and Target, with what has to be said of it."""
    name = one["instrument"]
    told = [] if one["asset"] else [_cash(one["trade"])]
    told += ["below the smallest trade, not placed"] if name in found["below_minimum"] and name else []
    if one["asset"] and abs(one["target"] - one["model"]) > 1e-6:
        told.append(f"the model alone says {100 * one['model']:.1f} %")
    return one | {"note": "; ".join(told)}


def _cash(moved: float) -> str:
    """What the trades take from cash, or bring."""
    if abs(moved) < _HAIR:
        return "nothing moves"
    return f"{100 * abs(moved):.1f} % {'comes in' if moved > 0 else 'pays for purchases'}; the rest stays cash"


def stopping(checks: list[Values]) -> list[Values]:
    """What does not pass, a line a rule: on what, and what is said of the first."""
    found: dict[tuple[str, str, str], Values] = {}
    for one in checks:
        if one["outcome"] != "pass":
            key = (one["outcome"], one["rule"], one["source"])
            named = dict(zip(("outcome", "rule", "source"), key, strict=True))
            found.setdefault(key, {**named, "words": one["words"], "on": []})
            found[key]["on"].append(one["on"])
    return list(found.values())


def undone(found: Values) -> list[Values]:
    """What could not be done is a row too: how far it goes, limits that gave way, lines too small, what is not counted."""
    rows: list[Values] = []
    if found["trades"] and found["share"] < 1.0:
        left = found["turnover_left"]
        budget = f"; the turnover budget leaves {100 * left:.1f} %" if left is not None else ""
        rows.append({"line": "Every line", "what": f"scaled to {100 * found['share']:.0f} % of the way{budget}"})
    rows += [{"line": name, "what": "below the smallest trade: not placed"} for name in found["below_minimum"]]
    rows += [{"line": name, "what": "a limit that cannot be met: set aside"} for name in found["relaxed"]]
    rows += [{"line": one["name"], "what": f"{one['units']} units not counted: {one['why']}"} for one in found["outside"]]
    rows += [{"line": "Caution", "what": text} for text in (*found["remarks"], *found["stale"])]
    if float(found["tax_set_aside"]):
        rows.append({"line": "Cash", "what": f"{found['tax_set_aside']} {found['currency']} set aside for taxes"})
    return rows


def _about(found: Values) -> Values:
    """What stands above the trades."""
    names = ("account", "household", "policy", "title", "currency", "nav", "drift", "turnover", "action", "cash_after")
    dates = ("as_of", "cutoff", "known", "trade_on", "price_rule", "next_decision", "estimate", "tax", "refused")
    return {name: found[name] for name in (*names, *dates)}


def _honest(found: Values) -> str:
    rule = found["price_rule"]
    return (
        f"Decided on the close of {found['as_of']}, traded at the {rule} of {found['trade_on'] or 'the next session'}: "
        "weights after the trades are at the prices of the decision, costs and taxes are estimates."
    )


PAGES = (Page("/trades", "trades", "Trades", trades, "Act", wide=False),)
