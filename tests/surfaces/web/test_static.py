"""The look and the scripts of the web desk: sizes, readable colours, no unsafe call, and pieces that escape."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest

from tests.surfaces.contrast import contrast
from tests.surfaces.reading import Element, cells, read
from trimtab.surfaces.web.rendering import environment

WEB = resources.files("trimtab.surfaces.web")
STATIC = {one.name: one.read_text(encoding="utf-8") for one in (WEB / "static").iterdir() if one.name.endswith((".css", ".js"))}
PIECES = (WEB / "templates" / "pieces.html").read_text(encoding="utf-8")
FRAME = (WEB / "templates" / "frame.html").read_text(encoding="utf-8")
BUDGET = 60_000

HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{ 7 * 7 }}"

# Text on its ground. Everything that the style sheets combine stands here.
GROUNDS = ("paper", "raised", "grid", "note-ground", "warn-ground", "bad-ground", "good-ground", "up2", "down2")
PAIRS = [
    *(("ink", ground) for ground in GROUNDS),
    *(("muted", ground) for ground in ("paper", "raised", "note-ground", "warn-ground", "good-ground", "bad-ground")),
    *(("link", ground) for ground in ("paper", "raised", "grid", "note-ground", "warn-ground", "good-ground", "bad-ground")),
    *(("down", ground) for ground in ("paper", "raised")),
    *(("up", ground) for ground in ("paper", "raised")),
    *(("bad", ground) for ground in ("paper", "raised", "bad-ground")),
    *(("warn", "warn-ground"), ("good", "good-ground"), ("on-link", "link"), ("on-bad", "bad")),
]
MARKS = ("edge", "series-1", "series-2", "series-3", "series-4", "series-1-bar", "good", "warn", "bad")
SHAPES = [(mark, "paper") for mark in MARKS]


def tokens(dark: bool) -> dict[str, str]:
    """Colours of one theme."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STATIC["tokens.css"])
    return {name: night if dark else day for name, day, night in pairs}


def faint(known: dict[str, str], pairs: list[tuple[str, str]], least: float) -> list[tuple[str, str]]:
    """The pairs that are harder to read than they may be."""
    return [pair for pair in pairs if contrast(known[pair[0]], known[pair[1]]) < least]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_and_shapes_stand_out(dark):
    known = tokens(dark)
    assert faint(known, PAIRS, 4.5) == []
    assert faint(known, SHAPES, 3.0) == []
    assert faint(known | {"muted": known["edge"]}, PAIRS, 4.5)  # control: a paler grey is caught


def test_every_colour_that_is_used_is_a_token():
    known = set(re.findall(r"--([\w-]+):", STATIC["tokens.css"]))
    used = {name for text in [*STATIC.values(), FRAME, PIECES] for name in re.findall(r"var\(--([\w-]+)\)", text)}
    used |= {name for text in STATIC.values() for name in re.findall(r'"@([\w-]+)"', text)}
    assert used <= known
    loose = {name: re.findall(r"#[0-9a-f]{6}\b", text) for name, text in STATIC.items() if name != "tokens.css"}
    assert not any(loose.values())


def test_the_whole_look_is_small():
    assert sum(len(text.encode()) for text in STATIC.values()) < BUDGET
    assert {name: lines for name, text in STATIC.items() if (lines := text.count("\n")) > 350} == {}


# A string becomes code or markup by any of these. Fragments of pages come by DOMParser, which runs no script, and from
# `fetch` with mode "same-origin", so from our own server alone, whose templates escape.
UNSAFE = re.compile(
    r"\beval\(|new Function|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe"
    r"|set(?:Timeout|Interval)\(\s*[\"'`]|javascript:|\bimport\(|\.setAttribute\(\s*[\"'`]on"
)
ELSEWHERE = re.compile(r"https?://|(?<![\w:])//\w")


def unsafe(text: str) -> list[str]:
    """What in a script makes code or markup of a string, or asks without saying that only our server may answer."""
    asked = [call for call in re.findall(r"\bfetch\(([^;]*)", text) if 'mode: "same-origin"' not in call]
    return UNSAFE.findall(text) + asked


def test_scripts_make_no_code_or_markup_of_strings():
    scripts = {name: text for name, text in STATIC.items() if name.endswith(".js")}
    assert {name: found for name, text in scripts.items() if (found := unsafe(text))} == {}
    planted = ["eval(x)", "new Function(x)", "box.innerHTML = x", 'setTimeout("go()", 1)', "document.write(x)", "fetch(url);"]
    assert all(unsafe(line) for line in planted)
    assert {name for name, text in STATIC.items() if re.search(r"url\(|@import", text) or ELSEWHERE.search(code(text))} == set()


def code(text: str) -> str:
    """A script without its comments."""
    return re.sub(r"(?m)(?:^|\s)//.*$", "", text)


def made(call: str, *, escape: bool = True, **values: Any) -> Element:
    """What a call of a piece writes, as a tree; unclosed or crossed tags fail."""
    source = '{% import "pieces.html" as ui %}' + (call if call.startswith("{%") else "{{ ui." + call + " }}")
    templates = environment().overlay(autoescape=escape, cache_size=0)
    return read(str(templates.from_string(source).render(h=HOSTILE, **values)))


def frame(**values: Any) -> Element:
    """A page in its frame."""
    nav = [("Desk", [("today", "Today", "/"), ("signals", "Signals", "/signals")]), ("Act", [("orders", HOSTILE, "/orders")])]
    visitor = {"name": HOSTILE, "roles": ["trader", HOSTILE]}
    page = {"name": "today", "title": HOSTILE}
    given = {"nav": nav, "visitor": visitor, "page": page, "csrf": "c0ffee", "stop": True, "version": HOSTILE, "clock": HOSTILE}
    given |= {"strip": [("halted", HOSTILE)], "honest": HOSTILE, "journal": HOSTILE}
    page_of = environment().from_string('{% extends "frame.html" %}{% block content %}x{% endblock %}')
    return read(str(page_of.render(given | values)))


COLUMNS = "[{'key': h, 'title': h, 'unit': h}, {'key': 'b', 'title': h, 'kind': 'money', 'unit': h}]"
LINE = "{'line': h, 'now': 0.1, 'trade': h, 'after': h, 'target': 0.2, 'note': h, 'href': '/' ~ h, 'tone': h}"
STEP = "{'what': h, 'value': h, 'text': h, 'facts': [(h, h)], 'steps': [h]}"
KINDS = ("text", "number", "select", "radio", "check", "area", "hidden")
CALLS = [
    f"table({COLUMNS}, [{{h: h, 'b': h, 'tone': h}}], h, foot=[{{h: h}}])",
    "table([{'key': 'a', 'title': h, 'kind': 'link'}], [{'a': (h, '/' ~ h)}], h)",
    "table([{'key': 'a', 'title': h, 'kind': 'status'}, {'key': 'b', 'title': h, 'kind': 'date'}], [{'a': h, 'b': h}], h)",
    "figures([(h, h, h)])",
    "{% call ui.card(h, '/' ~ h, h, h) %}{{ h }}{% endcall %}",
    "{% call ui.banner(h, h, h) %}{{ h }}{% endcall %}",
    "status(h, h)",
    *(f"field(h, h, h, '{kind}', h, true, [h, (h, h)], h)" for kind in KINDS),
    "field('a', 'b', placeholder=h)",
    "{% call ui.form(h, h, key=h, live=h, into=h, guard=true) %}{{ h }}{% endcall %}",
    "chart(h, h, h, h, {'columns': [{'key': 'a', 'title': h}], 'rows': [{'a': h}]})",
    "bars([(h, 0.4, h), (h, -0.1, h)], label=h)",
    f"why([h, {STEP}], h)",
    "empty(h, h)",
    "empty(h, (h, '/' ~ h))",
    f"now_trade_after_target([{LINE}], h)",
    "job(h, h, 'running', h, h)",
    "pager(h, h, h)",
    "formats(h)",
]


def alive(root: Element) -> list[str]:
    """Elements and attributes that only a text which became markup can have made."""
    odd = [one for one in root.all() if one.name in ("img", "script") or any(name.startswith("on") for name in one.attributes)]
    return [one.name for one in odd]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: re.findall(r"\w+", call.replace("{% call ui", ""))[0])
def test_pieces_escape_what_they_are_given(call):
    root = made(call)
    assert alive(root) == []
    assert HOSTILE in root.text or any(HOSTILE in value for one in root.all() for value in one.attributes.values())


def test_a_piece_that_does_not_escape_is_caught():
    call = "{% call ui.card(words) %}{% endcall %}"
    assert alive(made(call, words="<script></script>")) == []
    assert alive(made(call, words="<script></script>", escape=False)) == ["script"]


ELSEWHERES = ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https://evil.example", "data:text/html,x", ""]


@pytest.mark.parametrize("href", ELSEWHERES)
def test_links_lead_to_this_server_only(href):
    call = "table([{'key': 'a', 'title': 'A', 'kind': 'link'}], [{'a': ('words', href)}], 'c')"
    assert made(call, href=href).all("a") == []
    assert made(call, href="/orders?account=A12").one("a").text == "words"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("shown(0.6331, 'percent')", "63.3\u00a0%"),
        ("shown(-0.022, 'change')", "\u22122.2\u00a0%"),
        ("shown(0.00004, 'change')", "0.0\u00a0%"),
        ("shown(-0.00004, 'percent')", "0.0\u00a0%"),
        ("shown(0.00123, 'change', 'bp')", "+12.3\u00a0bp"),
        ("shown('1204330.50', 'money', 'USD')", "1,204,330\u00a0USD"),
        ("shown('12.5', 'money', 'EUR')", "12.50\u00a0EUR"),
        ("shown('-1234', 'change', 'USD')", "\u22121,234\u00a0USD"),
        ("shown(40, 'number')", "40"),
        ("shown(1234.5, 'number', digits=3)", "1,234.500"),
        ("shown(none, 'percent')", "n/a"),
        ("shown('NaN', 'number')", "n/a"),
        ("shown('pending', 'money', 'USD')", "pending"),
        ("shown(true)", "yes"),
    ],
)
def test_numbers_read_as_in_the_report(call, text):
    assert made(call).text == text


def test_a_table_is_a_real_table():
    columns = [{"key": "a", "title": "Account"}, {"key": "d", "title": "Drift", "kind": "change"}]
    root = made("table(columns, rows, 'Drift of accounts')", columns=columns, rows=[{"a": "A12", "d": -0.031}, {"a": "A07"}])
    assert cells(root.one("table")) == [["Account", "Drift %"], ["A12", "\u22123.1"], ["A07", "n/a"]]
    assert [one.attributes["scope"] for one in root.all("th")] == ["col", "col", "row", "row"]
    assert root.one("caption").text == root.one("div", role="region").attributes["aria-label"] == "Drift of accounts"
    assert [one.attributes["data-sort"] for one in root.all("td")] == ["-0.031", ""]


def test_every_label_names_its_input_and_errors_are_tied_to_it():
    for kind in ("text", "number", "percent", "money", "date", "email", "password", "select", "area", "file"):
        root = made(f"field('reason', 'Reason', 'x', '{kind}', help='h', error='e', choices=['x'])")
        named = [one for one in root.all() if one.attributes.get("id") == root.one("label").attributes["for"]]
        assert [one.attributes["aria-describedby"] for one in named] == ["f-reason-help f-reason-error"]
    assert "value" not in made("field('p', 'P', 'secret', 'password')").one("input").attributes


def test_the_frame_escapes_and_holds_its_landmarks():
    root = frame()
    assert {one.attributes["src"] for one in root.all("script")} == {"/static/theme.js", "/static/app.js", "/static/chart.js"}
    assert not [one for one in root.all() if one.name == "img" or any(name.startswith("on") for name in one.attributes)]
    assert [len(root.all(name)) for name in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert root.one("a", class_="skip").attributes["href"] == "#" + root.one("main").attributes["id"]
    assert {one.text for one in root.all("a", aria_current="page")} == {"Today"}
    ids = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_the_kill_switch_is_a_plain_form_and_only_for_those_who_may():
    form = frame().one("form", action="/stop")
    assert form.attributes["method"] == "post"
    assert [one.attributes["name"] for one in form.all("input")] == ["csrf", "name", "reason"]
    assert frame(stop=False).all("form", action="/stop") == []
    assert frame(visitor=None, stop=False).all("form") == []


def test_forms_that_change_something_carry_the_token():
    forms = frame().all("form", method="post")
    assert [form.all("input")[0].attributes for form in forms] == [{"type": "hidden", "name": "csrf", "value": "c0ffee"}] * 2
    call = "{% call ui.form('/x', 't0ken', key='k1') %}x{% endcall %}"
    assert [one.attributes["value"] for one in made(call).all("input")] == ["t0ken", "k1"]
    assert made("{% call ui.form('/x', 't0ken', method='get') %}x{% endcall %}").all("input") == []


def test_keys_of_pages_are_all_different():
    letters = re.findall(r'"([\w-]+)": "(\w)"', FRAME.partition("letters =")[2].partition("%}")[0])
    assert len(letters) == 16
    assert len({letter for _, letter in letters}) == len(letters)


def test_a_job_that_has_ended_asks_no_more():
    assert made("job('/jobs/1/state', 'Sweep', 'running')").all("div", data_job="/jobs/1/state")
    assert not [one for one in made("job('/jobs/1/state', 'Sweep', 'done')").all() if "data-job" in one.attributes]
