"""Today: do I need to act? What is to be done first, with the button that leads there; then every account, and what to know."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.station import Station, station_of
from trimtab.surfaces.web.acknowledging import acknowledged, keep, key_of
from trimtab.surfaces.web.deeds import field, fields_of, onward
from trimtab.surfaces.web.leading import lead
from trimtab.surfaces.web.page import Asker, Page, Query, Shown
from trimtab.surfaces.web.reads.accounts import reviewed_accounts
from trimtab.surfaces.web.reads.beginning import beginnings

Values = dict[str, Any]
ACKNOWLEDGE = "/alerts/acknowledge"
_WORD = {6: "halted", 3: "blocked", 4: "data", 5: "waiting"}


async def today(asker: Asker) -> Shown:
    """The answer, what waits, the accounts, and what else is to be known."""
    status, review = await asyncio.gather(asker.maybe("status"), _reviewed(asker))
    seen = acknowledged(asker.station)
    lines = [line(item, seen) for item in status.get("items", [])]
    waits = sorted((one for one in lines if one["acts"]), key=_unseen)
    alerts = sorted((one for one in lines if not one["acts"]), key=_unseen)
    accounts = [row(one, waits) for one in review["accounts"]]
    begin = await _begin(asker, bool(accounts))
    values = {
        "answer": begun(begin, status) or answer(status, waits, len(accounts) + len(review["skipped"])),
        "begin": begin,
        "waits": waits,
        "alerts": alerts,
        "unseen": sum(not one["seen"] for one in alerts),
        "accounts": accounts,
        "skipped": review["skipped"],
        "figures": figures(accounts, status.get("when", "")),
        "data": freshness(review["accounts"]),
        "refused": review.get("refused", ""),
        "honest": honest(review["accounts"]),
        "journal": review.get("journal", "")[:16],
    }
    return Shown("today.html", values, "accounts")


async def _reviewed(asker: Asker) -> Values:
    """The review of all accounts; a line where it cannot be made."""
    try:
        return await asker.call(reviewed_accounts, asker.station.asking.served, "", "")
    except TrimtabError as error:
        return {"accounts": [], "skipped": [], "refused": str(error)}


async def _begin(asker: Asker, reviewed: bool) -> Values | None:
    """What a desk is begun with, while no account of it can be reviewed, or where somebody asks for it (`?begin=yes`)."""
    if reviewed and asker.query.one("begin") != "yes":
        return None
    return {"asked": reviewed, **await asker.call(beginnings, asker.station.asking.served)}


def begun(begin: Values | None, status: Values) -> Values | None:
    """The banner of a desk that has still to be begun; None where it has been."""
    if begin is None or begin["asked"] or any(one["exit_code"] for one in status.get("items", [])):
        return None
    if not begin["accounts"]:
        title, text = "No. The desk is empty", "Nothing waits for you. It has no account yet: begin below."
    elif "refused" in status:
        title, text = "Nothing can be decided yet", status["refused"]
    else:
        title, text = "No. Nothing waits for you", "No account follows a policy yet: go on below."
    return {"kind": "note", "title": title, "text": text, "do": "How to begin", "href": "#begin"}


def line(item: Values, seen: dict[str, str]) -> Values:
    """A line of the status, with the page that it leads to, and who has seen it."""
    led = lead(item["command"] or item["what"])
    told = {"account": item["account"], "what": item["what"], "command": item["command"], "acts": item["exit_code"] > 0}
    key = key_of(item["account"], item["what"])
    return told | {
        "word": _WORD.get(item["exit_code"], "to know"),
        "do": led.words,
        "href": led.href,
        "key": key,
        "seen": seen.get(key, ""),
    }


def _unseen(one: Values) -> bool:
    return bool(one["seen"])


def answer(status: Values, waits: list[Values], count: int) -> Values:
    """The banner: yes or no, why, and the first thing to do."""
    if "refused" in status:
        return {"kind": "warn", "title": "The desk cannot be looked at", "text": status["refused"], "do": "", "href": ""}
    faults = [one for one in status["skipped"] if one["exit_code"]]
    if not waits and not faults:
        nothing = "No. Nothing waits for you" if count else "Nothing here yet"
        return {"kind": "calm", "title": nothing, "text": _coming(status), "do": "", "href": ""}
    names = list(dict.fromkeys([one["account"] for one in (*waits, *faults)]))
    who = f"{names[0]} waits" if len(names) == 1 else f"{len(names)} of {count} accounts wait"
    first = waits[0] if waits else {"account": faults[0]["account"], "what": faults[0]["why"], "do": "", "href": ""}
    kind = "halted" if any(one["word"] == "halted" for one in waits) else "act"
    text = f"First: {first['account']}, {first['what']}."
    return {"kind": kind, "title": f"Yes. {who} for you", "text": text, "do": first["do"], "href": first["href"]}


def _coming(status: Values) -> str:
    coming = status["coming"]
    return f"The next decision is of {coming[0]['on']}, {coming[0]['account']}." if coming else ""


def row(one: Values, waits: list[Values]) -> Values:
    """An account: what it follows, how far it is from it, what happens, and when."""
    own = [wait["what"] for wait in waits if wait["account"] == one["account"]]
    return {
        "account": one["account"],
        "household": one["household"],
        "policy": one["policy"],
        "value": one["nav"],
        "currency": one["currency"],
        "drift": one["drift"],
        "to_aim": one["to_aim"],
        "band": one["band"] or None,
        "action": one["action"],
        "waits": "; ".join(own),
        "regime": _regime(one),
        "next_decision": one["next_decision"],
        "next_trade": one["next_trade"],
        "price_rule": one["price_rule"],
        "tone": "bad" if one["exit_code"] in (3, 6) else "warn" if own or one["exit_code"] == 4 else "",
    }


def _regime(one: Values) -> str:
    return f"{one['regime']} {one['regime_odds']:.2f}" if one["regime"] else "no model"


def figures(accounts: list[Values], when: str) -> list[list[str]]:
    """The figures at the top: how many act, the largest drift, the next two dates, the regime."""
    if not accounts:
        return []
    act = [one["account"] for one in accounts if one["waits"]]
    far = max(accounts, key=lambda one: one["to_aim"] or 0.0)
    soon = min(accounts, key=lambda one: one["next_decision"])
    regimes = sorted({one["regime"] for one in accounts if one["regime"] != "no model"})
    gap = f"{100 * far['to_aim']:.1f} %" if far["to_aim"] is not None else "n/a"
    return [
        ["Need action", f"{len(act)} of {len(accounts)}", ", ".join(act[:4]) or "none"],
        ["Furthest from its aim", gap, f"{far['account']}, {band_words(far)}"],
        ["Next decision", soon["next_decision"], f"trade {soon['next_trade']}, {soon['price_rule']}"],
        ["Decided by", when, "the last date whose decision can be made"],
        ["Regime", regimes[0] if regimes else "none", "" if regimes else "no policy here has a model of regimes"],
    ]


def band_words(one: Values) -> str:
    """Within what distance of its aim an account is left alone."""
    return f"band {100 * one['band']:.1f} %" if one["band"] else "no band"


def freshness(accounts: list[Values]) -> list[Values]:
    """How fresh the data of each policy are."""
    found: dict[str, Values] = {}
    for one in accounts:
        stale = "; ".join(one["stale"])
        told = {"until": one["data_until"], "known": one["known"], "state": "stale" if stale else "fresh", "why": stale}
        found.setdefault(one["policy"], {"policy": one["policy"], **told})
    return list(found.values())


def honest(accounts: list[Values]) -> str:
    """What must be said of the figures: of which close they are, and how trades are priced."""
    rules = sorted({f"{one['policy']}: {one['price_rule']}" for one in accounts})
    dates = sorted({one["as_of"] for one in accounts})
    if not dates:
        return ""
    told = f"Weights and values at the closes of {', '.join(dates)}, as known by the cut-off; costs are estimates."
    return f"{told} Trades are priced at {'; '.join(rules)}."


async def acknowledge(request: Request) -> Response:
    """Somebody who may act has seen a line of the status."""
    visitor, fields = visitor_of(request), await fields_of(request)
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(Right.STOP)
    station, key = station_of(request), field(fields, "line")
    status = await Asker(station, Query(), visitor).read("status")
    if key not in {key_of(item["account"], item["what"]) for item in status["items"]}:
        raise UsageError("this line does not stand there any more", remedy="Look at Today again.")
    await keep(station, key, visitor.name)
    station.more["flashes"].tell(visitor.session, "done", "Seen; it stays listed below what nobody has seen.")
    return RedirectResponse(onward(field(fields, "next")), 303)


def marked(station: Station) -> tuple[tuple[str, str], ...]:
    """Who has seen which line: no part of the state of the desk."""
    return tuple(sorted(acknowledged(station).items()))


PAGES = (Page("/", "today", "Today", today, "Desk", wide=False, mark=marked),)
DEEDS = ((ACKNOWLEDGE, acknowledge),)
