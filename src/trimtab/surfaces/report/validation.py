"""Section on validation: every check with its light, the surface of the parameters, paths of cross-validation, starts.

Lights are words and signs. The surface is a table whose tint repeats the number in each cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.validation import Ground, Validation
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, curves, spec
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import Section, chart, line_legend, scroll, section, summary, table, text_head
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import number, percent, signed_percent
from trimtab.validation.checks import Check, Light
from trimtab.validation.sensitivity import Surface

SIGNS = {Light.PASS: "\u2713", Light.WARN: "!", Light.FAIL: "\u2717", Light.UNKNOWN: "?"}
STEPS = (0.25, 0.5, 0.75)  # of the largest ratio on the surface: from where on a cell is tinted deeper


def validation(study: Study) -> Section | None:
    """The section; None where nobody validated the run."""
    found = study.validation
    if found is None:
        return None
    words = (
        f"{found.trials:,} different trials in the workspace, worth {found.effective:,.1f} independent ones; "
        f"months {found.first} to {found.last}; seed {found.seed}. "
        "Ratios over the benchmark are at the policy's own exposure to it."
        f"{f' Variants {found.ground.left_words}.' if found.ground.left_out else ''}"
    )
    charts = _starts_chart(found.starts)
    body = [_lights(found), _ground(found.ground), _paths(found.paths), _starts(found.starts)]
    return section("validation", "Validation", found.words, summary(words), *body, charts=charts)


def _lights(found: Validation) -> Markup:
    """The table of checks, in the order in which they are read."""
    head: list[Content] = ["Check", "Light", "Value", "Bar", text_head("What it means")]
    rows: list[list[Content]] = [_row(check) for check in found.checks]
    return table(head, rows, label="Checks of the validation", class_="figures causes")


def _row(check: Check) -> list[Content]:
    light = [tag("span", SIGNS[check.light], aria_hidden="true"), f"\u00a0{check.light.value}"]
    cells = [_figure(check.value), _figure(check.threshold)]
    return [check.name, tag("td", light), *cells, tag("td", prose(check.words), class_="words")]


def _figure(value: float) -> str:
    return "" if math.isnan(value) else number(value, 0) if abs(value) >= 100.0 else number(value, 3)


def _ground(made: Ground) -> Content:
    """The surface as a heat map, over its first two parameters at the policy's own values of the others."""
    surface = made.surface
    if surface is None:
        return None
    down, across = surface.axes[0], surface.axes[1] if len(surface.axes) > 1 else ("",)
    own = (*made.chosen, 0)[:2] if made.chosen is not None else ()
    corner = " / ".join(surface.names[:2])
    head = tag("tr", [tag("th", str(one), scope="col") for one in (corner, *across)])
    body = [
        tag("tr", tag("th", str(value), scope="row"), [_tinted(made.plane, (r, c), own) for c in range(len(across))])
        for r, value in enumerate(down)
    ]
    inside = tag("table", tag("thead", head), tag("tbody", body), class_="heat")
    words = tag("p", _ground_words(made, surface), class_="note")
    return [tag("h3", "The parameter surface"), words, scroll(inside, label="Parameter surface")]


def _ground_words(made: Ground, surface: Surface) -> str:
    names = " (down) and ".join(surface.names[:2]) + (" (across)" if len(surface.names) > 1 else "")
    rest = list(zip(surface.names, surface.axes, made.cell, strict=True))[2:]
    held = f", at {', '.join(f'{name} = {axis[place]}' for name, axis, place in rest)}" if rest else ""
    own = " The policy's own cell is in brackets." if made.chosen is not None else ""
    many = f"{made.tried:,} variants were tried, the policy and {made.around}."
    return f"Sharpe ratio over the benchmark by {names}{held}. {many}{own}"


def _tinted(flat: Array, cell: tuple[int, int], own: tuple[int, ...]) -> Markup:
    """One cell: blue above the benchmark, orange below it, deeper the further."""
    value, most = float(flat[cell]), float(np.nanmax(np.abs(flat), initial=0.0))
    if not math.isfinite(value):
        return tag("td", "n/a")
    step = int(np.searchsorted(STEPS, abs(value) / most, side="right")) + 1 if most > 0.0 else 1
    written = number(value)
    side = "" if written.strip("-\u22120.") == "" else "up" if value > 0.0 else "down"
    return tag("td", f"[{written}]" if cell == own else written, class_=f"{side}{step}" if side else None)


def _paths(paths: Array) -> Content:
    """The Sharpe ratios of the histories of combinatorial cross-validation, from the lowest to the highest."""
    if not len(paths):
        return None
    words = "Each path is the whole history, put together from months that the choice of parameters had not seen."
    rows: list[list[Content]] = [["Sharpe ratio over the benchmark", *[number(float(one)) for one in paths]]]
    head: list[Content] = ["Path", *[str(k + 1) for k in range(len(paths))]]
    made = table(head, rows, label="Paths of combinatorial cross-validation", class_="figures")
    return [tag("h3", "Out-of-sample paths"), tag("p", words, class_="note"), made]


def _starts(starts: Mapping[str, float]) -> Content:
    """Growth a year by the first day: chart and table."""
    if len(starts) < 2:
        return None
    low, high = min(starts, key=starts.__getitem__), max(starts, key=starts.__getitem__)
    finding = f"Begun on {low} it grew by {signed_percent(starts[low])} a year, on {high} by {signed_percent(starts[high])}."
    rows: list[list[Content]] = [[day, percent(growth, 2)] for day, growth in _every_month(starts)]
    listed = table(["First day", "Growth a year"], rows, label="Growth by first day", class_="figures")
    legend = line_legend(["Growth a year to the end, by the first day"])
    return [tag("h3", "Start-date luck"), chart("starts", f"Start-date luck: {finding}", legend, finding, listed)]


def _every_month(starts: Mapping[str, float]) -> list[tuple[str, float]]:
    """The first start of each month."""
    found = dict[str, tuple[str, float]]()
    for day, growth in starts.items():
        found.setdefault(day[:7], (day, growth))
    return list(found.values())


def _starts_chart(starts: Mapping[str, float]) -> dict[str, Spec]:
    if len(starts) < 2:
        return {}
    curve = Curve("Growth a year", list(starts), np.array(list(starts.values())))
    return {"starts": spec(curves([curve]), height=220, yaxis=PERCENT_AXIS)}
