"""How the report looks and how fast it is made: contrast, colours, numbers, ticks, and every chart drawn in a browser."""

from __future__ import annotations

import math
import re

import pytest

from tests.surfaces.browser import in_a_browser, rendered
from tests.surfaces.contrast import contrast
from tests.surfaces.reading import STYLE, read, specs
from trimtab.surfaces.report import charts, wording
from trimtab.surfaces.report.page import write_report


def colours(dark: bool) -> dict[str, str]:
    """Colour tokens of the style sheet."""
    blocks = re.findall(r":root(?::not\(\.printing\))? \{(.*?)\n *\}", STYLE, re.DOTALL)
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[0]))
    return light | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[1])) if dark else {})


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(dark):
    known = colours(dark)
    tints = [f"{side}{k}" for side in ("up", "down") for k in (1, 2, 3, 4)]
    pairs = [("ink", ground) for ground in ("paper", "raised", "warn", *tints)]
    pairs += [("muted", "paper"), ("muted", "raised"), ("link", "paper"), ("ink", "up2"), ("muted", "up2")]
    assert {pair: ratio for pair in pairs if (ratio := contrast(known[pair[0]], known[pair[1]])) < 4.5} == {}
    lines = [f"series-{k}" for k in (1, 2, 3, 4)]
    assert {line: ratio for line in lines if (ratio := contrast(known[line], known["paper"])) < 3.0} == {}


def test_every_colour_that_charts_name_is_in_the_style_sheet(shown, shown_daily):
    for root in (shown, shown_daily):
        named = set(re.findall(r'"@([\w-]+)"', root.one("script", id="charts").text))
        assert named
        assert named <= set(re.findall(r"--([\w-]+):", STYLE))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (wording.number(-1234.5), "\u22121,234.50"),
        (wording.number(-0.001), "0.00"),
        (wording.number(math.nan), "n/a"),
        (wording.signed(0.0), "0.00"),
        (wording.signed(0.004), "0.00"),
        (wording.signed_percent(0.0123), "+1.2\u00a0%"),
        (wording.percent(-0.5), "\u221250.0\u00a0%"),
        (wording.basis_points(0.00123), "12.3\u00a0bp"),
        (wording.money(1234567.8, "EUR"), "1,234,568\u00a0EUR"),
        (wording.money(12.5, "EUR"), "12.50\u00a0EUR"),
        (wording.days(1.0), "1\u00a0day"),
        (wording.days(400.0), "13\u00a0months"),
        (wording.days(3653.0), "10.0\u00a0years"),
        (wording.days(math.nan), "n/a"),
        (wording.listed(["a", "b", "c"]), "a, b and c"),
        (wording.listed([]), ""),
        (wording.minus("fell 12.5 % to -3%, as of 2020-01-31"), "fell 12.5\u00a0% to \u22123\u00a0%, as of 2020-01-31"),
    ],
)
def test_numbers_read_the_same_everywhere(written, wanted):
    assert written == wanted


def test_ticks_of_a_log_axis_are_round_and_few():
    for low, high in ((9_000.0, 12_000.0), (6_000.0, 31_000_000.0), (10_000.0, 10_000.0), (0.0, 10_000.0), (5_000.0, 60_000.0)):
        ticks = charts.log_axis(low, high)["tickvals"]
        assert 1 <= len(ticks) <= 14
    for low, high in ((9_940.0, 10_240.0), (9_700.0, 11_000.0), (0.98, 1.02)):  # a few months: one round decade says nothing
        ticks = charts.log_axis(low, high)["tickvals"]
        assert 3 <= len(ticks) <= 7
        assert len(set(charts.log_axis(low, high)["ticktext"])) == len(ticks)


@in_a_browser
@pytest.mark.parametrize("which", ["monthly", "daily"])
def test_every_chart_is_drawn(which, tmp_path, request):
    run = request.getfixturevalue(which)
    path = write_report(run.result, tmp_path / "report.html", rivals=run.rivals)
    wanted = specs(read(path.read_text(encoding="utf-8")))["charts"]
    dom = rendered(path, tmp_path / "profile")
    assert f'data-drawn="{len(wanted)}"' in dom
    assert dom.count('class="main-svg"') >= len(wanted)
    assert "could not be drawn" not in dom.partition("<script")[0]
    assert "stroke: rgb(29, 78, 137)" in dom  # --series-1 of the style sheet
    for chart in wanted.values():
        assert chart["data"]
    assert dom.count('class="trace scatter') >= sum(t["type"] == "scatter" for c in wanted.values() for t in c["data"])
    assert dom.count('class="trace bars"') == sum(t["type"] == "bar" for c in wanted.values() for t in c["data"])
