"""Journal: the records as the book has them, paged and filtered by the address; what people changed; and the verdict."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone
from trimtab.surfaces.web.reads.journal_words import sentence, titled

__all__ = ["demo_desk_built", "served", "served_alone"]


def _records(served: Served) -> list[dict[str, object]]:
    """The journal as the file of the book holds it, by another road than ours."""
    with closing(sqlite3.connect(f"file:{served.folder / 'book.db'}?mode=ro", uri=True)) as book:
        rows = book.execute("SELECT number, kind, place, author, body, hash FROM journal ORDER BY number").fetchall()
    return [dict(zip(("number", "kind", "place", "author", "body", "hash"), row, strict=True)) for row in rows]


def _numbers(served: Served, **asked: object) -> list[int]:
    found = served.browser("vera").get("/journal", params={**asked, "format": "json"}).json()
    return [one["number"] for one in found["records"]]


def test_parts_of_the_journal_follow_each_other_without_gap(served: Served) -> None:
    client, until, seen = served.browser("vera"), None, []
    last = _records(served)
    for _ in range(3):
        asked = {"format": "json"} | ({} if until is None else {"until": until})
        found = client.get("/journal", params=asked).json()
        seen += [one["number"] for one in found["records"]]
        until = found["older"]
    assert seen == [one["number"] for one in reversed(last)][: len(seen)]
    back = client.get("/journal", params={"format": "json", "until": seen[30]}).json()
    assert back["newer"] == seen[0]


def test_filters_take_what_they_say(served: Served) -> None:
    every = _records(served)
    asked = {"kind": "order.moved", "account": "DEMO-1", "author": "ben"}
    wanted = [one["number"] for one in every if (one["kind"], one["place"], one["author"]) == tuple(asked.values())]
    assert _numbers(served, **asked) == wanted[::-1][:30]
    assert _numbers(served, kind="' OR 1=1 --") == []
    assert _numbers(served, account="DEMO") == []  # the beginning of a name is no account


@pytest.mark.parametrize("until", ["x", "-1", "1e3", "9" * 30, "１２"])
def test_a_number_that_is_none_is_one_line(served: Served, until: str) -> None:
    page = served.browser("vera").get("/journal", params={"until": until, "kind": "entry"})
    assert page.status_code == 200
    assert "is no number of a record" in page.text


def test_the_ledger_has_every_override_with_its_result(served: Served) -> None:
    told = served.api("vera").get("/overrides", params={"all": True}).json()
    page = served.browser("vera").get("/journal").text
    for one in told["overrides"]:
        assert one["id"] in page
        assert one["why"] in page
        assert f"+{one['gain_money']}" in page
    for one in told["interventions"]:
        assert f'href="/journal/{one["record"]}"' in page
    words = served.api("vera").get("/shadow", params={"account": "DEMO-1"}).json()["shadow"]["words"]
    assert words[0] in page.replace("&#39;", "'")


def test_one_record_in_words_and_as_it_stands(served: Served) -> None:
    one = _records(served)[3]
    client = served.browser("vera")
    found = client.get("/journal/3", params={"format": "json"}).json()["record"]
    assert found["body"] == json.loads(str(one["body"]))
    assert found["hash"] == one["hash"]
    page = client.get("/journal/3").text
    assert str(one["hash"]) in page
    assert 'href="/journal/2"' in page
    assert client.get("/journal/99999999").status_code == 409
    assert client.get("/journal/x").status_code == 409


def test_the_verdict_is_worked_out_anew_each_time(served_alone: Served) -> None:
    client = served_alone.browser("vera")
    head = client.get("/journal", params={"format": "json"}).json()["head"]
    assert "The book is what its journal says" in client.get("/journal/verify", params={"head": head}).text
    _rewrite(served_alone, 3)
    page = client.get("/journal/verify").text
    assert "The book is not sound" in page
    assert "<bdi>its hash does not cover what it says: changed, or out of place</bdi>" in page


def _rewrite(served: Served, number: int) -> None:
    """Behind our back: no record more, and one of them another. The triggers that forbid it stand again afterwards."""
    with closing(sqlite3.connect(served.folder / "book.db")) as book:
        triggers = book.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            book.execute(f'DROP TRIGGER "{name}"')
        book.execute("UPDATE journal SET author = 'mallory' WHERE number = ?", (number,))
        for _, sql in triggers:
            book.execute(sql)
        book.commit()


def test_words_of_a_record_leave_out_what_is_empty_and_name_what_failed() -> None:
    assert sentence("order.moved", {"order": "d" * 32, "to": "filled", "by": "x"}, []) == f"{'d' * 12} to filled"
    checks = [["cash", "always", "", "0", "0", "pass"], ["IPS-1", "x", "", "1", "0", "block"]]
    assert sentence("note.gate", {"batch": "b", "evaluations": checks}, []) == "batch b: 1 of 2 checks passed; IPS-1 block"
    assert sentence("entry", {"kind": "fill", "asset": 1, "cost": "0", "units": "3"}, ["a", "b"]) == "fill, asset b, units 3"
    assert len(sentence("note.record", {"x": "y" * 5000}, [])) <= 200
    assert titled("note.some-new.kind") == "Some new kind"
