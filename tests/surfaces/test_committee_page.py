"""The page of a committee's pack, read as a program reads it, and the committee in Python."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import trimtab
from tests.desk.committee_world import QUARTER, SCRIPT, TODAY, built
from tests.surfaces.browser import in_a_browser, rendered
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import Signature
from trimtab.desk.committee import Pack, Wanted, pack_of
from trimtab.desk.committee_period import quarter_of
from trimtab.desk.committee_told import Told
from trimtab.desk.live import SystemClock
from trimtab.desk.prepare import load_market
from trimtab.surfaces.committee_document import pack_document
from trimtab.surfaces.report.committee_page import SECTIONS, as_made, findings, pack_in, pack_sections, render_pack
from trimtab.validation.standing import Mark, Place, Standing

BY = Signature("anna", np.datetime64(TODAY))
PARTS = ["decisions", "process", "performance", "attribution", "signals", "regimes", "economics", "proposals"]


@pytest.fixture(scope="module")
def pack() -> Pack:
    folder = built()[0]
    with BookStore.open(folder / "book.db") as book:
        asked = Wanted(quarter_of(QUARTER, BY.day), BY, folder, load_market, lambda policy: policy)
        return pack_of(OrderBook(book, SystemClock(), "anna"), asked)


@pytest.fixture(scope="module")
def page(pack: Pack) -> str:
    return render_pack(pack)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "desk"
    shutil.copytree(built()[0], copy)
    monkeypatch.chdir(copy)
    monkeypatch.setattr(SystemClock, "now", lambda _: BY.at)
    return copy


class Reading(HTMLParser):
    """Elements that are open, those that ran scripts, and the heads of tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_eight_parts_stand_in_their_order(pack: Pack, page: str) -> None:
    assert [part.id for part in pack_sections(pack)] == PARTS
    assert [name for name, _ in findings(pack)] == PARTS
    assert len(SECTIONS) == 8
    places = [page.index(f'<section id="{name}"') for name in PARTS]
    assert places == sorted(places)
    for name, said in findings(pack):
        assert said.endswith("."), name


def test_nothing_that_people_wrote_becomes_markup(page: str) -> None:
    """The hypothesis and the reason of the override have a script in them."""
    read = Reading(page)
    assert not read.open
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert SCRIPT not in page
    scripts = [attrs for tag, attrs in read.tags if tag == "script"]
    assert [attrs.get("type") for attrs in scripts] == ["application/json", "application/json", None, None]
    policy = next(attrs["content"] for _, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_every_table_has_headers_with_a_scope(page: str) -> None:
    read = Reading(page)
    headers = [attrs for tag, attrs in read.tags if tag == "th"]
    assert headers
    assert {attrs.get("scope") for attrs in headers} <= {"col", "row"}
    tables = sum(tag == "table" for tag, _ in read.tags)
    assert tables >= 12
    assert page.count("View as table") == page.count('role="application"') == 1


def test_what_cannot_be_told_says_why_in_one_line(page: str) -> None:
    found = re.findall(r"<strong>(.*?): not told\. </strong>(.*?)</p>", page)
    assert any(name == "C1" and "follows no policy" in why for name, why in found)


def test_the_pack_stands_in_the_page_as_data(pack: Pack, page: str) -> None:
    held = pack_in(page)
    assert held is not None
    assert len(held.pop("page_sha256")) == 64
    assert held == json.loads(json.dumps(pack_document(pack)))
    assert pack_in("<html></html>") is None
    assert pack_in(page.replace(": committee pack</title>", "</title>")) is None
    assert pack_in(page.replace('"proposals":', '"other":')) is None
    assert pack_in(re.sub(r'(<script id="data" type="application/json">)\{', r"\1", page, count=1)) is None


def test_a_page_knows_whether_it_is_as_it_was_made(page: str) -> None:
    """Whichever byte is changed, in the head, the tables, the charts, the data or the scripts."""
    made = page.encode()
    assert as_made(made)
    for place in range(0, len(made), len(made) // 40):
        assert not as_made(made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]), place
    assert not as_made(made + b"\n")
    assert not as_made(b"")


def test_the_same_pack_makes_the_same_bytes(pack: Pack, page: str) -> None:
    assert render_pack(pack) == page


def test_the_head_names_what_is_outside_of_the_fan_with_its_own_percentile(pack: Pack) -> None:
    """Wealth stands at 81, inside; the lead over the benchmark at 2. What is not known is not called outside."""
    (one,) = (part for part in pack.accounts if part.promised.found is not None)
    fan = one.promised.found
    assert fan is not None
    marks = (Mark(1.1, 81.0, Place.INSIDE), Mark(0.0, 50.0, Place.INSIDE), Mark(-0.05, 2.0, Place.BELOW))
    behind = replace(fan, path=(*fan.path[:-1], Standing(3, 3, *marks)))
    results = one.results.found
    assert results is not None
    unknown = replace(results.spans[0], mine=np.nan, theirs=np.nan, why="a price is not known")
    bare = replace(one, promised=Told(behind), results=Told(replace(results, spans=(unknown, *results.spans[1:]))))
    alone = replace(pack, accounts=(bare,))
    page = render_pack(alone)
    tile = re.search(r"<dt>Percentile of the fan</dt><dd[^>]*>(.*?)</dd><dd[^>]*>(.*?)</dd>", page)
    assert tile is not None
    assert tile.groups() == ("2", "the lead over the benchmark: outside")
    said = dict(findings(alone))["performance"]
    assert said == f"What was made in {QUARTER} is not known; since launch it is outside of what was promised before launch."
    assert "Falls are those of month ends: within a month they may be deeper." in page


@in_a_browser
def test_a_browser_draws_its_chart_and_fetches_nothing(page: str, tmp_path: Path) -> None:
    place = tmp_path / "pack.html"
    place.write_text(page, encoding="utf-8")
    shown = rendered(place, tmp_path / "profile")
    assert 'data-drawn="1"' in shown
    assert shown.count("<svg") >= 1


def test_a_committee_in_python(folder: Path) -> None:
    committee = trimtab.Committee("book.db", by="anna")
    found = committee.pack(QUARTER, name="A07")
    assert list(found.findings) == PARTS
    assert found.performance.loc[("A07", QUARTER), "mine"] == pytest.approx(-0.1335, abs=1e-4)
    assert found.performance.loc[("A07", "5 years"), "why"] == "the record begins on 2010-01-04"
    money = found.attribution.loc["A07", "money"]
    whole = found.to_dict()["accounts"][0]["attribution"]
    assert str(sum(money)) == f"{float(whole['gain']) - float(whole['benchmark_gain']):.2f}"
    assert found.violations.attrs["score"] == {"A07": pytest.approx(81.67, abs=0.01)}
    assert list(found.proposals.index) == ["P-3", "P-4"]
    assert committee.decided.empty
    place = found.write("committee/2011Q2.html")
    with pytest.raises(UsageError, match="there already"):
        found.write(place)
    assert found.write(place, again=True) == place
    made = committee.minutes("P-4", "4:1", why="it did as it said", revisit="2011-12", attended=["anna", "ben", "c", "d", "e"])
    assert made.vote.carried
    assert list(committee.decided["proposal"]) == ["P-4"]
    (other,) = (folder / "notes.html",)
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is no pack"):
        found.write(other, again=True)
