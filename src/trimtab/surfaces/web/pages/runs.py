"""Runs and sweeps: one run with its lights, two beside each other, one sweep with its map; the tear sheet as a download."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.web.drawing import growth, heat_map, underwater
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.causes import causes_beside
from trimtab.surfaces.web.reads.runs import compared, one_run, report_of, run_folder, run_lines, run_table
from trimtab.surfaces.web.reads.sweeps import MAPPED, one_sweep, sweep_map
from trimtab.surfaces.web.record_words import MINUS, fall_title, growth_title, headline, lights_sentence, percent, year_sentence

BESIDE = ("Run", "Strategic weights")
LEAST = {"sharpe": 0.4, "cagr": 0.02, "volatility": 0.02, "max_drawdown": 0.08, "turnover_per_year": 0.2, "cost_per_year": 5e-4}
FRACTIONS = frozenset({"cagr", "volatility", "max_drawdown", "turnover_per_year"})


async def run(asker: Asker) -> Shown:
    """One run: what is to be known first, then figures, lines, years, lights."""
    name = asker.query.path["hash"]
    found, lines = await asker.call(one_run, name), await asker.call(run_lines, name)
    words = {"headline": headline(lines["vitals"], "its strategic weights"), "years": year_sentence(lines["years"])}
    words |= {"growth": growth_title(lines["points"], "its strategic weights"), "fall": fall_title(lines["falls"])}
    validation = found["validation"]
    if validation and "checks" in validation:
        words["lights"] = lights_sentence(validation["checks"])
    record = {key: lines[key] for key in ("years", "falls", "why")}
    values: Values = {**found, **record, "beside": lines["vitals"], "words": words, "honest": _honest(found)}
    values["surface"] = _surface(validation)
    return Shown("run.html", values, "years", title=found["title"] or found["name"])


def _honest(found: Values) -> str:
    trials = f"{found['trials']} trials were counted in this workspace when it ran." if found["trials"] else ""
    executed = found["execution"] or ""
    flaws = f"{len(found['issues'])} issues of the data." if found["issues"] else "No issue of the data was found."
    return " ".join(part for part in (f"{executed[:1].upper()}{executed[1:]}.", flaws, trials) if part)


def _surface(validation: Values | None) -> Values | None:
    """The map of a validation by two parameters, where it has one."""
    surface = (validation or {}).get("surface")
    if not surface or len(surface["names"]) != 2:
        return None
    (down, across), (ys, xs) = surface["names"], surface["axes"]
    wide = len(xs)
    rows = [surface["metric"][at * wide : (at + 1) * wide] for at in range(len(ys))]
    return {"across": across, "down": down, "x": [str(x) for x in xs], "y": [str(y) for y in ys], "z": rows}


async def compare(asker: Asker) -> Shown:
    """Two runs beside each other: `run` twice in the address."""
    runs, names = await asker.call(run_table), asker.query.many("run")
    values: Values = {"choices": runs, "names": names, "error": "", "figures": []}
    if len(names) != 2 or names[0] == names[1]:
        values["error"] = {0: "", 1: "Choose another run to set beside it."}.get(len(names), "Choose two different runs.")
        return Shown("compare.html", values, "figures")
    try:
        found = await asker.call(compared, names[0], names[1])
    except TrimtabError as error:
        return Shown("compare.html", values | {"error": str(error)}, "figures")
    differences = await asker.maybe("compare", runs=names)
    told: Values = {
        "caused": None,
        "differences": differences.get("differences", []),
        "refused": differences.get("refused", ""),
    }
    if found["shared"]:
        span = (found["shared"]["from"], found["shared"]["to"])
        told["caused"] = await asker.call(causes_beside, asker.station.asking.served, (names[0], names[1]), span)
    notes = [f"{one['run']}: {one['execution']}" for one in found["runs"]]
    return Shown("compare.html", values | found | told | {"title_of": _apart(found), "honest": "; ".join(notes)}, "figures")


def _apart(found: Values) -> str:
    """What came of comparing, in a sentence."""
    one, other = (each["run"] for each in found["runs"])
    shared = found["shared"]
    if shared is None:
        return f"{one} and {other} share no two days."
    unit = " a year" if shared["a_year"] else ""
    a, b = percent(shared["mine"]), percent(shared["theirs"])
    return f"From {shared['from']} to {shared['to']} {one} made {a}{unit}, {other} {b}."


async def sweep(asker: Asker) -> Shown:
    """One sweep: the best variants beside their number, and a map of two of its keys."""
    name = asker.query.path["name"]
    found = await asker.call(one_sweep, name)
    keys = [one["key"] for one in found["grid"]]
    asked = {"x": asker.query.one("x", keys[0]), "y": asker.query.one("y", keys[1] if len(keys) > 1 else "")}
    asked["figure"] = asker.query.one("figure", "sharpe")
    values: Values = {**found, "keys": keys, "asked": asked, "mapped": list(MAPPED), "map": None, "error": ""}
    if len(keys) > 1:
        try:
            values["map"] = await asker.call(sweep_map, name, asked["x"], asked["y"], asked["figure"])
        except TrimtabError as error:
            values["error"] = str(error)
    return Shown("sweep.html", values | {"honest": found["deflated_words"]}, "top", title=f"Sweep of {found['name']}")


async def growth_figure(asker: Asker) -> dict[str, Any]:
    """Growth of a run and its strategic weights."""
    return growth((await asker.call(run_lines, asker.query.one("run")))["points"], BESIDE)


async def underwater_figure(asker: Asker) -> dict[str, Any]:
    """How far a run was below its high."""
    return underwater((await asker.call(run_lines, asker.query.one("run")))["points"], BESIDE)


async def compared_figure(asker: Asker) -> dict[str, Any]:
    """Growth of two runs over the days that both have."""
    one, other = [*asker.query.many("run"), "", ""][:2]
    found = await asker.call(compared, one, other)
    return growth(found["points"] or {"dates": [], "wealth": [], "benchmark": []}, (one, other))


async def surface_figure(asker: Asker) -> dict[str, Any]:
    """The map of a run's validation."""
    found = _surface((await asker.call(one_run, asker.query.one("run")))["validation"])
    if found is None:
        return {"data": [], "layout": {}}
    return heat_map(found, _cells(found["z"], "sharpe"), LEAST["sharpe"])


async def map_figure(asker: Asker) -> dict[str, Any]:
    """A figure of a sweep by two of its keys."""
    name, x, y = asker.query.one("sweep"), asker.query.one("x"), asker.query.one("y")
    found = await asker.call(sweep_map, name, x, y, asker.query.one("figure", "sharpe"))
    return heat_map(found, _cells(found["z"], found["figure"]), LEAST[found["figure"]])


def _cells(rows: list[list[float | None]], figure: str) -> list[list[str]]:
    """What stands in each cell of a map."""
    return [[_cell(value, figure) for value in row] for row in rows]


def _cell(value: float | None, figure: str) -> str:
    if value is None:
        return ""
    if figure == "cost_per_year":
        return f"{1e4 * value:.1f} bp"
    return percent(value) if figure in FRACTIONS else f"{value:.2f}".replace("-", MINUS)


async def report(request: Request, _: Visitor) -> Response:
    """The tear sheet of a run as a file: it has script of its own, so that no page of ours shows it."""
    name = request.path_params["hash"]
    run_folder(name)
    content = await asyncio.to_thread(report_of, name)
    named = {"content-disposition": f'attachment; filename="trimtab-{name}-report.html"', "cache-control": "private, no-cache"}
    return Response(content, 200, named, "text/html; charset=utf-8")


PAGES = (
    Page("/runs/{hash}", "run", "Run", run),
    Page("/compare", "compare", "Two runs", compare),
    Page("/sweeps/{name}", "sweep", "Sweep", sweep),
)
FIGURES = (
    ("/figures/run-growth", Right.READ, growth_figure),
    ("/figures/run-underwater", Right.READ, underwater_figure),
    ("/figures/run-surface", Right.READ, surface_figure),
    ("/figures/compare", Right.READ, compared_figure),
    ("/figures/sweep-map", Right.READ, map_figure),
)
RAW = (("/runs/{hash}/report", Right.READ, report),)
