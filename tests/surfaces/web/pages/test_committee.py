"""Committee: the score, reviews and minutes as the verbs tell them; packs as files to keep; forms that write them down."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone

__all__ = ["demo_desk_built", "served", "served_alone"]
HOSTILE = "<img src=x onerror=alert(1)>"


def test_the_score_and_every_violation_are_the_verbs_own(served: Served) -> None:
    told = served.api("vera").get("/adherence", params={"all": True}).json()
    client = served.browser("vera")
    found = client.get("/committee", params={"format": "json"}).json()
    assert found["score"]["duties"] == told["duties"]
    page = client.get("/committee").text
    assert f"{told['score']:.1f}" in page
    for one in told["violations"]:
        assert one["what"] in page
    assert all(f"<bdi>{one['words']}</bdi>" in page for one in told["duties"])


def test_reviews_held_are_those_of_the_journal(served: Served) -> None:
    with closing(sqlite3.connect(f"file:{served.folder / 'book.db'}?mode=ro", uri=True)) as book:
        wanted = [one for (one,) in book.execute("SELECT number FROM journal WHERE kind = 'note.review' ORDER BY number")]
    found = served.browser("vera").get("/committee", params={"format": "json"}).json()
    assert [one["record"] for one in found["held"]] == wanted[::-1]
    assert all(0 <= one["score"] <= 100 for one in found["held"])


def test_whoever_may_not_sees_no_form(served: Served) -> None:
    page, theirs = served.browser("vera").get("/committee").text, served.browser("ben").get("/committee").text
    assert "/do/review" not in page
    assert "/do/committee-pack" not in page
    assert "/do/committee-minutes" in theirs
    assert "/do/committee-pack" not in theirs  # a pack is made by who trades


def test_a_pack_is_a_file_to_keep_and_never_a_page_of_ours(served: Served) -> None:
    client = served.browser("vera")
    (one, *_) = client.get("/committee", params={"format": "json"}).json()["packs"]
    answer = client.get(f"/committee/packs/{one['name']}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.content == (served.folder / "committee" / one["name"]).read_bytes()


@pytest.mark.parametrize("name", ["..%2Fbook.db", "book.db", "%2e%2e%2fbook.db", ".hidden.html", "x.html%00", "linked.html"])
def test_no_other_file_is_given_away(served: Served, name: str) -> None:
    link = served.folder / "committee" / "linked.html"
    if not link.is_symlink():
        link.symlink_to(served.folder.parent / "desk.log")
    answer = served.browser("vera").get(f"/committee/packs/{name}")
    assert answer.status_code == 404
    assert b"SQLite format" not in answer.content


def test_minutes_are_kept_and_come_out_escaped(served_alone: Served) -> None:
    client = served_alone.browser("ben")
    found = client.get("/committee", params={"format": "json"}).json()
    proposal = found["chosen"]["proposals"][0]["number"]
    form = {
        "pack": f"committee/{found['chosen']['name']}",
        "proposal": proposal,
        "vote": "4:1",
        "why": HOSTILE,
        "revisit": "2019-03",
    }
    form |= {"attended": "anna,ben,carl,dora,emil", "csrf": served_alone.csrf(client), "key": "k1", "next": "/committee"}
    assert client.post("/do/committee-minutes", data=form).status_code == 303
    page = client.get("/committee").text
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    kept = client.get("/committee", params={"format": "json"}).json()["minutes"]["minutes"]
    assert [one["why"] for one in kept][-1] == HOSTILE
    assert kept[-1]["vote"] == {"yes": 4, "no": 1, "carried": True}
    record = client.get(f"/journal/{kept[-1]['record']}").text
    assert HOSTILE not in record
    assert "&lt;img src=x onerror=alert(1)&gt;" in record
    again = client.post("/do/committee-minutes", data={**form, "vote": "four", "key": "k2"})
    assert again.status_code in (400, 409, 422)
    assert "&lt;img src=x" in again.text  # what was typed is kept
