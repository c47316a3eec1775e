"""What the report must not do: run what a policy says, fetch anything, or carry NaN in its data."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.core.test_visible import BIDI, TERMINAL
from tests.surfaces.browser import in_a_browser, rendered
from tests.surfaces.reading import STYLE, read, specs, written
from trimtab.desk.result import Result
from trimtab.surfaces.python import Backtest
from trimtab.surfaces.report import charts, page
from trimtab.surfaces.report.markup import Markup, script_json, tag, text
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.study import study

BAD = "\"'><script>document.documentElement.dataset.pwned=1</script><img src=x onerror=alert(1)>{{7*7}}&amp;</style>"
TURNED = "pays 5 % \u202e% 01 syap\u202c a year"


def test_the_page_fetches_nothing(daily, tmp_path):
    code, root = written(daily, tmp_path)
    for element in root.all():
        assert not {"src", "srcset", "action", "data", "poster"} & set(element.attributes)
        assert not element.attributes.get("href", "#").partition("#")[0]
        assert not any(name.startswith("on") for name in element.attributes)
    assert not re.search(r"url\(|@import", STYLE)
    policy = root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.partition("style-src")[0]
    assert len(code.encode()) < 6_000_000


def evil(run: Backtest) -> tuple[Result, Result]:
    """A result and a rival with markup in every text that a person or a file could have put there."""
    result = run.result
    held = result.policy
    identity = replace(held.identity, name=BAD, title=BAD, canonical={BAD: BAD})
    universe = tuple(replace(asset, name=BAD + asset.id, asset_class=BAD) for asset in held.universe)
    parts = replace(result.aims.parts, names=tuple(BAD + name for name in result.aims.parts.names))
    last = replace(result.decisions[-1], today=replace(result.aims, parts=parts).row(result.decisions[-1].today.d))
    about = tuple(replace(a, name=BAD, title=BAD, provenance=BAD, notes=(BAD,), frequency=BAD) for a in result.market.about)
    changed = replace(
        result,
        policy=replace(held, identity=identity, universe=universe, sentences=(BAD, f"Costs: {BAD}")),
        market=replace(result.market, about=about),
        decisions=(*result.decisions[:-1], last),
        notes=(BAD,),
        blocked=(BAD,),
        code_version=BAD,
    )
    other = run.rivals[0]
    return changed, replace(other, policy=replace(other.policy, identity=identity))


def test_text_never_becomes_markup(monthly, tmp_path):
    result, rival = evil(monthly)
    code = write_report(result, tmp_path / "evil.html", rivals=(rival,)).read_text(encoding="utf-8")
    root = read(code)
    assert [script.attributes.get("id", "") for script in root.all("script")] == ["charts", "", ""]
    assert not root.all("img")
    assert code.lower().count("<script") - code.lower().count("<\\script") == 3 + plotly_mentions()
    assert root.one("h1").text == BAD
    assert BAD in root.one("section", id="policy").one("pre").text.replace('\\"', '"')
    for chart in specs(root)["charts"].values():
        for trace in chart["data"]:
            assert "<" not in trace["name"]


def plotly_mentions() -> int:
    """How often the drawing library itself says `<script`."""
    return page.plotly().lower().count("<script")


def test_no_nan_in_the_data_of_the_charts(monthly, shown):
    assert specs(shown)["dates"]
    holed = replace(monthly.result, weights=monthly.result.weights * np.where(np.arange(2) == 1, np.nan, 1.0))
    root = read(page.render(study(holed, monthly.rivals)))
    weights = specs(root)["charts"]["weights"]["data"]
    assert None in weights[1]["y"]
    assert charts.plain(np.array([1.23456, math.nan, math.inf, -math.inf]), 2) == [1.23, None, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json({"y": math.nan})


def test_json_cannot_leave_its_script():
    written = script_json({"name": "</script><!--\u2028"})
    assert "<" not in written
    assert json.loads(written) == {"name": "</script><!--\u2028"}


def test_markup_escapes_text_and_attributes():
    assert tag("p", "<b>&", title='"<') == '<p title="&quot;&lt;">&lt;b&gt;&amp;</p>'
    assert text(["<", Markup("<br>"), None]) == "&lt;<br>"
    assert tag("div", aria_label="x", class_="y", hidden=True, id=None) == '<div aria-label="x" class="y" hidden></div>'


def test_a_page_shows_the_controls_of_a_text_in_elements_attributes_and_charts() -> None:
    code = tag("p", TURNED, "\x1b", title=TURNED)
    assert not set(code) & set(BIDI + TERMINAL)
    assert read(code).one("p").text == "pays 5 % \\u202e% 01 syap\\u202c a year\\x1b"
    assert read(code).one("p").attributes["title"] == "pays 5 % \\u202e% 01 syap\\u202c a year"
    assert charts.name("a\u202e<b") == "a\\u202e&lt;b"
    written = script_json({"name": TURNED + "\udc9b"})
    assert not set(written) & set(BIDI)
    assert json.loads(written) == {"name": TURNED + "\udc9b"}


def test_words_that_are_read_from_the_right_move_nothing_beside_them() -> None:
    """Without isolation a browser shows `ann: <Hebrew> 5 % of 10` with its numbers in another order."""
    assert text("ann: של & עולם 5 % of 10") == "ann: <bdi>של &amp; עולם</bdi> 5 % of 10"
    assert text(["של", "<"]) == "<bdi>של</bdi>&lt;"
    assert tag("title", "של", title="של") == '<title title="של">של</title>'  # no element can stand there
    assert text("Müller & Šimić 5 %") == "Müller &amp; Šimić 5 %"


@in_a_browser
def test_nothing_that_a_policy_says_runs(monthly, tmp_path):
    result, rival = evil(monthly)
    dom = rendered(write_report(result, tmp_path / "evil.html", rivals=(rival,)), tmp_path / "profile")
    assert "data-drawn" in dom
    assert "data-pwned" not in dom
    assert "<img" not in dom.partition('<script id="charts"')[0]
