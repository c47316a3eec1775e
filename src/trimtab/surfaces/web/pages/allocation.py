"""Allocation: what the benchmark, the target and the account itself say, asset by asset; risk beside capital; and why."""

from __future__ import annotations

from typing import Any

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.web.choosing import accounts, part
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.risk import risks
from trimtab.surfaces.web.reads.signals import signal_pictures
from trimtab.surfaces.web.reads.standing import standing_of
from trimtab.surfaces.web.reads.why import chain_of

CASH = "cash"


async def allocation(asker: Asker) -> Shown:
    """One account: static, target and held side by side."""
    known = await accounts(asker)
    values: Values = {"accounts": known, "rows": [], "refused": ""}
    if known["chosen"] is None:
        return Shown("allocation.html", values, "rows")
    name = known["chosen"]["account"]
    review = await asker.maybe("rebalance", account=name)
    standing = await part(asker.call(standing_of, asker.station.asking.served, name))
    values["refused"] = review.get("refused") or standing.get("refused", "")
    if not values["refused"] and not review["accounts"]:
        values["refused"] = (
            " ".join(f"{one['account']}: {one['why']}" for one in review["skipped"]) or "Nothing is known of it."
        )
    if not values["refused"]:
        values |= _compared(review["accounts"][0], standing)
    return Shown("allocation.html", values, "rows", title=f"Allocation of {name}")


def _compared(now: Values, standing: Values) -> Values:
    """The table, the risk of each portfolio, and what is to be known."""
    ids = standing["ids"]
    books = {
        "benchmark": standing["benchmark"],
        "target": [now["assets"][one]["target"] for one in ids],
        "held": [now["assets"][one]["held"] for one in ids],
    }
    risk = risks(standing["covariance"], books)
    rows = [_row(a, standing, books, risk) for a in range(len(ids))]
    cash = {name: 1.0 - sum(book) for name, book in books.items()}
    rows.append(_line(CASH, "Cash", cash) | {"risk": 0.0, "target_risk": 0.0})
    summary = {"review": now, "risk": risk, "standing": standing}
    return summary | {"rows": rows, "honest": " ".join(standing["notes"]), "history": _history(standing)}


def _row(a: int, standing: Values, books: dict[str, list[float]], risk: Values) -> Values:
    line = _line(standing["ids"][a], standing["titles"][a], {name: book[a] for name, book in books.items()})
    return line | {"risk": risk["held"]["shares"][a], "target_risk": risk["target"]["shares"][a]}


def _line(name: str, title: str, weights: dict[str, float]) -> Values:
    """One line; drift is held less target, and above zero where too much is held."""
    return {"asset": name, "title": title, **weights, "drift": weights["held"] - weights["target"]}


def _history(standing: Values) -> list[Values]:
    """The chart as a table: decisions that were written down, held beside target."""
    return [
        {
            "when": one["when"],
            **{f"{kind} {name}": one[kind][a] for a, name in enumerate(standing["ids"]) for kind in ("held", "target")},
        }
        for one in standing["decided"]
    ]


async def weights_figure(asker: Asker) -> dict[str, Any]:
    """Lines: what the policy called for, month by month. Points: what was held when a decision was written down."""
    standing = await asker.call(standing_of, asker.station.asking.served, asker.query.one("account"))
    data: list[dict[str, Any]] = []
    for a, title in enumerate(standing["titles"]):
        ink = f"@series-{a % 4 + 1}"
        line = {"color": ink, "width": 1.6, "shape": "hv", "dash": "solid" if a < 4 else "dot"}
        data.append(
            {"type": "scatter", "mode": "lines", "name": title, "x": standing["dates"], "y": standing["goals"][a], "line": line}
        )
        held = [one["held"][a] for one in standing["decided"]]
        when = [one["when"] for one in standing["decided"]]
        dots = {"color": ink, "size": 6, "symbol": ("circle", "square", "diamond", "cross")[a % 4]}
        more = {"showlegend": False, "name": f"{title}, held"}
        data.append({"type": "scatter", "mode": "markers", "x": when, "y": held, "marker": dots, **more})
    legend = {"orientation": "h", "y": -0.15}
    return {
        "data": data,
        "layout": {"showlegend": True, "legend": legend, "yaxis": {"tickformat": ".0%", "rangemode": "tozero"}},
    }


async def why(asker: Asker) -> Shown:
    """Why one asset of an account has its weight: a page of its own."""
    return await _why(asker, "why.html")


async def why_part(asker: Asker) -> Shown:
    """The same as a part of another page."""
    return await _why(asker, "why_part.html")


async def _why(asker: Asker, template: str) -> Shown:
    known = await accounts(asker)
    asset = asker.query.one("asset")
    values: Values = {"accounts": known, "asset": asset, "steps": [], "refused": known["line"]}
    if known["chosen"] is None or not asset:
        values["refused"] = values["refused"] or "Say which asset: it is not named."
        return Shown(template, values, "steps")
    name = known["chosen"]["account"]
    served = asker.station.asking.served
    told = await asker.maybe("why", account=name, asset=asset)
    chain = await part(asker.call(chain_of, served, name, asset))
    values["refused"] = told.get("refused") or chain.get("refused", "")
    if values["refused"]:
        return Shown(template, values, "steps")
    pictures = await part(asker.call(signal_pictures, served, known["chosen"]["policy"]))
    tilt = pictures.get("tilts", {}).get(chain["asset"], {})
    values |= {"told": told, "chain": chain, "steps": _steps(told, chain, tilt)}
    return Shown(template, values, "steps", title=f"Why {chain['title']} in {name}")


def _steps(told: Values, chain: Values, tilt: Values) -> list[Values]:
    """From the price that was used down to the lots, in the order in which one follows from the other."""
    moves = {one["name"]: one["move"] for one in tilt.get("steps", [])}
    price = {
        "what": "Price used",
        "value": "unknown" if chain["price"] is None else f"{chain['price']:,.4f}",
        "text": f"known at {chain['quoted'].replace('T', ' ')} UTC",
    }
    signals = {
        "what": "What its signals say",
        "text": "" if chain["signals"] else "No signal speaks on it.",
        "steps": chain["signals"],
    }
    parts = [[name, f"{move:+.1%}"] for name, move in moves.items() if move is not None and abs(move) >= 5e-5]
    shares = {"what": "What moves it from the benchmark", "facts": parts, "text": "" if parts else "Nothing does."}
    model = {"what": "From benchmark to target", "text": f"on {chain['when']}", "steps": chain["lines"]}
    heads = (
        ("model", f"The decision of {told['when']} as it was written down"),
        ("people", "What people changed"),
        ("orders", "What was ordered"),
        ("held", "What is held, by lot"),
    )
    return [price, signals, shares, model, *({"what": head, "steps": told[key]} for key, head in heads if told.get(key))]


PAGES = (
    Page("/allocation", "allocation", "Allocation", allocation, "Desk", wide=False),
    Page("/why", "why", "Why", why),
    Page("/why/part", "why-part", "Why", why_part),
)
FIGURES = (("/figures/weights", Right.READ, weights_figure),)
