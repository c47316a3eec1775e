"""Rebalance review: a row an account, what is to be done with it, what it costs, and whether the rules let it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving import downloads
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.reads.accounts import reviewed_accounts

Values = dict[str, Any]
NEEDS = "needs"  # the filter: only accounts that need something
_CODES = {3: "bad", 6: "bad", 4: "warn", 5: "warn"}


async def rebalance(asker: Asker) -> Shown:
    """The review of one account, of a household, or of all."""
    account, household = asker.query.one("account"), asker.query.one("household")
    only = asker.query.one(NEEDS) == "yes"
    found, orders, book = await asyncio.gather(
        _review(asker, account, household), asker.maybe("orders list"), asker.maybe("book list")
    )
    waiting = open_by_account(orders.get("orders", []))
    rows = [row(one, waiting) for one in found["accounts"]]
    kept = [one for one in rows if not only or one["needs"]]
    values = {
        "asked": {"account": account, "household": household, NEEDS: "yes" if only else ""},
        "households": sorted({one["household"] for one in book.get("accounts", [])}),
        "names": [one["id"] for one in book.get("accounts", [])],
        "summary": summary(found.get("tally", {}), len(found["skipped"])),
        "hidden": len(rows) - len(kept),
        "accounts": kept,
        "skipped": found["skipped"],
        "refused": found.get("refused", ""),
        "empty": book.get("accounts") == [],
        "as_of": sorted({one["as_of"] for one in found["accounts"]}),
        "trades": [_dates(one) for one in found["accounts"]],
        "stopped": [_stopped(one) for one in found["accounts"] if one["stopping"] or one["stale"] or one["refused"]],
        "honest": "Gains are of the lots that the sales would take, costs and taxes estimates; nothing is written by looking.",
        "journal": found.get("journal", "")[:16],
        "reports": await asyncio.to_thread(reports, asker.station.folder),
    }
    return Shown("rebalance.html", values, "accounts")


def reports(folder: Path) -> list[Values]:
    """The reports of months that were walked, the newest first, at most 100."""
    found = [PurePosixPath(one.name) for one in downloads.listed(folder) if one.name.startswith("months/")]
    told = [{"file": str(one), "month": one.parent.name, "account": one.stem} for one in found if one.suffix == ".html"]
    return sorted(told, key=lambda one: one["month"], reverse=True)[:100]


async def _review(asker: Asker, account: str, household: str) -> Values:
    """The review; where it cannot be made, one line, and the form stays filled in."""
    if account and household:
        return _nothing("Choose an account or a household, not both.")
    try:
        return await asker.call(reviewed_accounts, asker.station.asking.served, account, household)
    except TrimtabError as error:
        return _nothing(str(error))


def _nothing(why: str) -> Values:
    return {"accounts": [], "skipped": [], "refused": why}


def open_by_account(orders: list[Values]) -> dict[str, Values]:
    """By account what of its orders is not done with, in words, and the batch of the first."""
    found: dict[str, list[Values]] = {}
    for one in orders:
        ticket = one["ticket"]
        if not ticket["parent"] and ticket["account"]:
            found.setdefault(ticket["place"] or ticket["account"], []).append(one)
    return {name: _told(own) for name, own in found.items()}


def _told(own: list[Values]) -> Values:
    counts = Counter(one["status"] for one in own)
    words = ", ".join(f"{count} {status}" for status, count in counts.items())
    return {"words": words, "batch": own[0]["ticket"]["batch"]}


def row(one: Values, waiting: dict[str, Values]) -> Values:
    """An account in the columns of the review."""
    orders = waiting.get(one["account"], {"words": "", "batch": ""})
    traded = bool(one["trades"])
    return {
        "account": one["account"],
        "household": one["household"],
        "model": one["policy"],
        "value": one["nav"],
        "currency": one["currency"],
        "drift": one["drift"],
        "action": one["action"],
        "turnover": one["turnover"] if traded else None,
        "short_gain": one["short_gain"],
        "long_gain": one["long_gain"],
        "cost": one["estimate"],
        "cash_after": one["cash_after"],
        "policy": one["stopping"][0] if one["stopping"] else one["verdict"],
        "orders": orders["words"],
        "batch": orders["batch"],
        "due": one["due"],
        "needs": bool(traded or one["exit_code"] or orders["words"]),
        "tone": _CODES.get(one["exit_code"], "warn" if orders["words"] else ""),
    }


def summary(tally: dict[str, int], skipped: int) -> str:
    """`38 accounts: 7 need action, 1 blocked, 30 need none`."""
    if not tally:
        return ""
    count = tally["accounts"]
    words = [f"{tally['act']} need{'s' if tally['act'] == 1 else ''} action", f"{tally['blocked']} blocked"]
    words += [f"{tally['rest']} need{'s' if tally['rest'] == 1 else ''} none"]
    words += [f"{tally['undecided']} undecided"] if tally["undecided"] else []
    words += [f"{skipped} skipped"] if skipped else []
    return f"{count} account{'' if count == 1 else 's'}: {', '.join(words)}"


def _dates(one: Values) -> Values:
    """Decision and execution are two dates."""
    return {name: one[name] for name in ("account", "as_of", "cutoff", "trade_on", "price_rule", "due", "next_decision")}


def _stopped(one: Values) -> Values:
    """What stands in the way of an account."""
    return {"account": one["account"], "lines": [*one["stopping"], *one["stale"], *filter(None, [one["refused"]])]}


PAGES = (Page("/rebalance", "rebalance", "Rebalance", rebalance, "Act", wide=False),)
