"""Performance and attribution of an account or a run: periods, years, falls, growth with the day it went live, causes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.drawing import growth, underwater, waterfall
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.performing import (
    BY,
    account_performance,
    attribution,
    period_or_refuse,
    run_performance,
    subjects,
)
from trimtab.surfaces.web.reads.records import PERIODS
from trimtab.surfaces.web.reads.runs import run_folder
from trimtab.surfaces.web.record_words import fall_title, growth_title, headline, percent, year_sentence

BENCHMARK = "Benchmark"


async def performance(asker: Asker) -> Shown:
    """What an account (`account`) or a run (`run`) made over a `period`, and where that came from (`by`)."""
    known = await asker.call(subjects, _served(asker))
    asked = _asked(asker, known)
    values: Values = {"subjects": known, "asked": asked, "choices": list(PERIODS), "cuts": list(BY), "error": "", "periods": []}
    if not asked["account"] and not asked["run"]:
        return Shown("performance.html", values, "periods")
    try:
        found = await _found(asker, asked)
    except TrimtabError as error:
        return Shown("performance.html", values | {"error": str(error)}, "periods")
    causes = await _causes(asker, asked, found)
    shown = {key: value for key, value in found.items() if key not in ("points", "before")}
    words = _words(found)
    values |= shown | {"attribution": causes, "words": words, "figures": urlencode({k: v for k, v in asked.items() if v})}
    return Shown(
        "performance.html", values | {"honest": _honest(found, causes)}, "periods", title=f"Performance of {found['subject']}"
    )


def _served(asker: Asker) -> Served:
    return asker.station.asking.served


def _asked(asker: Asker, known: Mapping[str, Any]) -> dict[str, str]:
    """What the address asks for; without a word the first account, else the first run."""
    query = asker.query
    account, run = query.one("account"), query.one("run")
    if not account and not run:
        account = next((one["account"] for one in known["accounts"]), "")
        run = "" if account else next((one["run"] for one in known["runs"]), "")
    return {
        "account": account,
        "run": "" if account else run,
        "period": query.one("period", "full"),
        "by": query.one("by", "signal"),
    }


async def _found(asker: Asker, asked: Mapping[str, str]) -> Values:
    """The record that is asked for. Raises UsageError for what is no period, account or run."""
    period = period_or_refuse(asked["period"])
    if asked["by"] not in BY:
        raise UsageError(f"{asked['by'][:20]!r} is no way to cut an attribution", remedy=f"Take one of: {', '.join(BY)}.")
    if asked["account"]:
        return await asker.call(account_performance, _served(asker), asked["account"], period)
    run_folder(asked["run"])
    return await asker.call(run_performance, asked["run"], period)


async def _causes(asker: Asker, asked: Mapping[str, str], found: Mapping[str, Any]) -> Values:
    """The attribution over the same days, with what its causes add up to, to the cent."""
    span = (found["vitals"]["from"], found["vitals"]["to"])
    told = await asker.call(attribution, _served(asker), str(found["subject"]), asked["by"], span)
    if "refused" in told:
        return told
    total = sum((Decimal(one["money"]) for one in told["causes"]), Decimal(0))
    difference = Decimal(told["gain"]) - Decimal(told["benchmark_gain"])
    return told | {"total": f"{total:f}", "money_difference": f"{difference:f}", "adds_up": total == difference}


def _words(found: Mapping[str, Any]) -> dict[str, str]:
    words = {"headline": headline(found["vitals"]), "growth": growth_title(found["points"])}
    words |= {"fall": fall_title(found["falls"]), "years": year_sentence(found["years"])}
    before = found["backtest"]
    if before:
        live = found["vitals"]
        span = " a year" if live["a_year"] else f" over {live['days']} days"
        words["live"] = f"The backtest made {percent(before['mine'])} a year before; live {percent(live['mine'])}{span}"
    return words


def _honest(found: Mapping[str, Any], causes: Mapping[str, Any]) -> str:
    """What the numbers rest on."""
    how = "Time-weighted from the account's own entries; money that came or went counts at the end of its day."
    if found["kind"] == "run":
        how = "A backtest: nobody traded it."
    bench = "Benchmark: the strategic weights, put back at each decision, free of cost."
    return " ".join([how, bench, *causes.get("notes", []), *([found["why"]] if found["why"] else [])])


async def growth_figure(asker: Asker) -> dict[str, Any]:
    """Growth, with the backtest before it and the day it went live."""
    found = await _of_figure(asker)
    return growth(found["points"], _names(found), found["before"])


async def underwater_figure(asker: Asker) -> dict[str, Any]:
    """How far it was below its high."""
    found = await _of_figure(asker)
    return underwater(found["points"], _names(found))


async def waterfall_figure(asker: Asker) -> dict[str, Any]:
    """The causes in money, one below the other, to what they add up to."""
    asked = _asked(asker, await asker.call(subjects, _served(asker)))
    found = await _found(asker, asked)
    causes = await _causes(asker, asked, found)
    if "refused" in causes:
        return {"data": [], "layout": {}}
    steps = [(one["title"], float(one["money"])) for one in causes["causes"]]
    return waterfall(steps, ("Difference from the benchmark", float(causes["money_difference"])), found["currency"])


async def _of_figure(asker: Asker) -> Values:
    return await _found(asker, _asked(asker, await asker.call(subjects, _served(asker))))


def _names(found: Mapping[str, Any]) -> tuple[str, str]:
    return ("Live" if found["backtest"] else str(found["subject"])), BENCHMARK


PAGES = (Page("/performance", "performance", "Performance", performance, "Research"),)
FIGURES = (
    ("/figures/performance-growth", Right.READ, growth_figure),
    ("/figures/performance-underwater", Right.READ, underwater_figure),
    ("/figures/performance-waterfall", Right.READ, waterfall_figure),
)
