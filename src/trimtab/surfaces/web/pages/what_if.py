"""What-if: other money, prices or settings beside those of today, and what would be done then. Looking writes nothing."""

from __future__ import annotations

from typing import Any

from trimtab.execution.controls.defaults import SOURCE as CONTROLS
from trimtab.surfaces.web.choosing import accounts, part
from trimtab.surfaces.web.page import Asker, Page, Query, Shown, Values
from trimtab.surfaces.web.reads.risk import risks
from trimtab.surfaces.web.reads.standing import standing_of
from trimtab.surfaces.web.what_if_saving import DEEDS as SAVING

SET, PRICE = "set.", "price."
_BARE = {"value": "", "words": ""}  # of a setting that the address names and the file does not
DEEDS = SAVING


async def what_if(asker: Asker) -> Shown:
    """The form, filled in as the address says, and its effect."""
    return await _shown(asker, "what_if.html")


async def effect(asker: Asker) -> Shown:
    """The effect alone, for a page that asks while somebody types."""
    return await _shown(asker, "what_if_effect.html")


async def _shown(asker: Asker, template: str) -> Shown:
    known = await accounts(asker)
    values: Values = {
        "accounts": known,
        "refused": known["line"],
        "trades": [],
        "standing": None,
        "other": None,
        "change": None,
    }
    if known["chosen"] is None:
        return Shown(template, values, "trades")
    name = known["chosen"]["account"]
    standing = await part(asker.call(standing_of, asker.station.asking.served, name))
    values |= {"refused": standing.get("refused", ""), "standing": standing, "fields": {}}
    if values["refused"]:
        return Shown(template, values, "trades")
    change = different(asker.query, standing)
    values |= {"change": change, "fields": filled_in(asker.query, standing), "honest": " ".join(standing["notes"])}
    values |= await _effect(asker, name, standing, change)
    return Shown(template, values, "trades", title=f"What if, {name}")


async def _effect(asker: Asker, name: str, standing: Values, change: Values) -> Values:
    """Today beside the other circumstances; today alone where nothing is different."""
    if not (change["cash"] or change["set"] or change["price"]):
        found = await asker.maybe("rebalance", account=name)
        today = (found.get("accounts") or [None])[0]
        return {"refused": found.get("refused", ""), "today": today, "other": None, "compared": compared(today, None, standing)}
    found = await asker.maybe("what-if", account=name, **change)
    if "refused" in found:
        return {"refused": found["refused"], "today": None, "other": None}
    today, other = found["today"], found["what_if"]
    lines = {"compared": compared(today, other, standing), "after": after_rows(other, standing), "rules": unmet(other)}
    return {"today": today, "other": other, "words": found["change"], "trades": other["trades"], **lines}


def different(query: Query, standing: Values) -> Values:
    """What the address asks for that is not so today, as the options of the verb."""
    present = {one["key"]: str(one["value"]) for one in standing["settings"]}
    prices = dict(zip(standing["ids"], standing["prices"], strict=True))
    settings = [
        f"{name[len(SET) :]}={value.strip()}"
        for name, value in query.fields
        if name.startswith(SET) and value.strip() not in ("", present.get(name[len(SET) :]))
    ]
    other = [
        f"{name[len(PRICE) :]}={value.strip()}"
        for name, value in query.fields
        if name.startswith(PRICE) and value.strip() and value.strip() != str(prices.get(name[len(PRICE) :]))
    ]
    cash = query.one("cash")
    return {"cash": "" if cash in ("0", "0.0", "0.00") else cash, "set": settings, "price": other}


def filled_in(query: Query, standing: Values) -> Values:
    """The form as it was filled in: what is left empty has today's value, and what was typed stays as it was typed."""
    typed = dict(query.fields)
    settings = [
        one | {"name": SET + one["key"], "typed": typed.get(SET + one["key"], str(one["value"])) or str(one["value"])}
        for one in standing["settings"]
    ]
    known = {one["name"] for one in settings}
    more = [
        {
            "name": name,
            "key": name[len(SET) :],
            "label": name[len(SET) :],
            "section": "more",
            "value": "",
            "typed": value,
            "words": "",
        }
        for name, value in query.fields
        if name.startswith(SET) and name not in known
    ]
    sections: dict[str, list[Values]] = {}
    for one in (*settings, *more):
        sections.setdefault(one["section"], []).append(one)
    prices = [
        {"name": PRICE + asset, "label": title, "value": price, "typed": typed.get(PRICE + asset, "")}
        for asset, title, price in zip(standing["ids"], standing["titles"], standing["prices"], strict=True)
    ]
    return {"cash": typed.get("cash", ""), "sections": sections, "prices": prices}


def compared(today: Values | None, other: Values | None, standing: Values) -> list[Values]:
    """One figure a row: what it is today, and under the other circumstances."""
    sides = [_figures(one, standing) if one else {} for one in (today, other)]
    kinds = {"drift": "percent", "turnover": "percent", "volatility": "percent", "tracking error": "percent"}
    names = list(sides[0] or sides[1])
    return [
        {"figure": name, "kind": kinds.get(name, "text"), "today": sides[0].get(name), "what_if": sides[1].get(name)}
        for name in names
    ]


def _figures(one: Values, standing: Values) -> Values:
    weights = [one["assets"].get(name, {}).get("after") for name in standing["ids"]]
    risk = risks(standing["covariance"], {"benchmark": standing["benchmark"], "after": weights})["after"]
    outcomes, money = [rule["outcome"] for rule in one["evaluations"]], one["currency"]
    return {
        f"value, {money}": f"{one['nav']:,.2f}",
        "action": one["action"],
        "drift": one["drift"],
        "turnover": one["turnover"],
        "trades": str(len(one["trades"])),
        f"cost, {money}": one["estimate"],
        f"tax, {money}": "not worked out" if one["tax"] is None else one["tax"],
        "volatility": risk["volatility"],
        "tracking error": risk["tracking"],
        "rules: pass, warn, block": ", ".join(str(outcomes.count(word)) for word in ("pass", "warn", "block")),
    }


def after_rows(one: Values, standing: Values) -> list[Values]:
    """Now, trade, after, target of each asset, and the cash that is left."""
    traded = {trade["asset"]: trade for trade in one["trades"]}
    rows: list[Values] = [
        {
            "line": title,
            "now": one["assets"][name]["held"],
            "trade": one["assets"][name]["after"] - one["assets"][name]["held"] if name in traded else 0.0,
            "after": one["assets"][name]["after"],
            "target": one["assets"][name]["target"],
            "note": traded[name]["reason"] if name in traded else "",
        }
        for name, title in zip(standing["ids"], standing["titles"], strict=True)
    ]
    sums: dict[str, Any] = {key: 1.0 - sum(row[key] for row in rows) for key in ("now", "after", "target")}
    return [*rows, {"line": "Cash", "trade": None, "note": "what the trades leave", **sums}]


def unmet(one: Values) -> list[Values]:
    """The policy's own rules, and everything else that does not pass."""
    ours = ("always", "", CONTROLS)
    return [rule for rule in one["evaluations"] if rule["outcome"] != "pass" or rule["source"] not in ours]


PAGES = (
    Page("/what-if", "what-if", "What-if", what_if, "Desk", wide=False),
    Page("/what-if/effect", "what-if-effect", "What-if", effect, wide=False),
)
