"""`committee pack` and `committee minutes`: files that are never lost, votes that are read, one line for what is wrong."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.desk.committee_world import QUARTER, TODAY, built
from tests.surfaces.cli.order_desk import Hands
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.desk.minutes import minutes_of
from trimtab.surfaces.cli import committee
from trimtab.surfaces.cli import main as command_line
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.verbs import parser
from trimtab.surfaces.report import pdf

Capture = pytest.CaptureFixture[str]
WHOLE = parser()
VOTE = ["committee", "minutes", "--proposal", "P-4", "--vote", "4:1", "--why", "it did as it said", "--revisit", "2011-12"]
PAGE = Path("committee") / f"{QUARTER}.html"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "desk"
    shutil.copytree(built()[0], copy)
    monkeypatch.chdir(copy)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(command_line, "parser", lambda: WHOLE)
    return copy


@pytest.fixture
def clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch, TODAY)


def ran(words: list[str] | str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(words.split() if isinstance(words, str) else words) == code
    return tuple(capsys.readouterr())  # type: ignore[return-value]


def document(words: list[str] | str, capsys: Capture) -> dict[str, Any]:
    said = words.split() if isinstance(words, str) else words
    return json.loads(ran([*said, "--json", "--quiet"], capsys)[0])  # type: ignore[no-any-return]


def refused(words: list[str] | str, capsys: Capture) -> str:
    """The one line of an error; nothing is printed as a result."""
    out, err = ran(words, capsys, 2)
    assert out == ""
    assert err.count("\n") == 1 or err.startswith("error TT-")
    return " ".join(err.split())


@pytest.mark.usefixtures("clock")
def test_a_pack_is_one_page_and_a_sentence_a_part(folder: Path, capsys: Capture) -> None:
    out, err = ran(f"committee pack {QUARTER} --account A07", capsys)
    assert out.splitlines()[0].startswith(" 2011Q2 to 2011-06-30    A07    journal ")
    for number, name in enumerate(("decisions", "process", "performance", "attribution", "signals"), 1):
        assert f" {number} {name} " in out
    assert "P-4   renew override O-1 of A07" in out
    own = PAGE.with_stem(f"{QUARTER}-A07")
    assert f"page: {own}" in out
    assert "committee minutes --proposal P-3 --vote" in err  # the first that is open, not the first there ever was
    assert (folder / own).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("columns", ["80", "120"])
def test_it_keeps_to_the_width_and_to_ascii(columns: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = ran(f"committee pack {QUARTER}", capsys)[0]
    assert max(map(len, out.splitlines())) <= int(columns)
    assert out.isascii()
    ran(VOTE, capsys)
    listed = ran("committee minutes", capsys)[0]
    assert max(map(len, listed.splitlines())) <= int(columns)
    assert listed.isascii()


@pytest.mark.usefixtures("clock")
def test_the_document_keeps_its_keys(capsys: Capture) -> None:
    found = document(f"committee pack {QUARTER} --all", capsys)
    assert set(found) == {
        *("trimtab", "kind", "exit_code", "quarter", "first", "last", "until", "whole", "made", "by", "journal_head", "asked"),
        *("accounts", "policies", "proposals", "minutes", "revisit", "html", "pdf"),
    }
    mine, other = found["accounts"]
    assert set(mine) == {"account", "policy", "decisions", "process", "performance", "promised", "attribution"}
    assert set(other["performance"]) == {"why"}
    assert set(found["policies"][0]) == {
        *("name", "title", "sha256", "accounts", "stage", "launched", "commitment", "backtest", "signals", "regimes"),
        *("economics", "costs"),
    }
    assert set(found["proposals"][0]) == {
        *("number", "kind", "what", "why", "by", "account", "record", "open", "asked", "until", "needs")
    }


@pytest.mark.usefixtures("clock")
def test_no_file_is_lost(folder: Path, capsys: Capture) -> None:
    ran(f"committee pack {QUARTER} --quiet", capsys)
    first = (folder / PAGE).read_bytes()
    assert "this file is there already" in refused(f"committee pack {QUARTER}", capsys)
    (folder / "mine.html").write_text("mine", encoding="utf-8")
    assert "is no pack" in refused(f"committee pack {QUARTER} --html mine.html --again", capsys)
    assert "this is a folder" in refused(f"committee pack {QUARTER} --html prices", capsys)
    assert (folder / "mine.html").read_text(encoding="utf-8") == "mine"
    ran(f"committee pack {QUARTER} --again --quiet", capsys)
    assert (folder / PAGE).read_bytes() == first  # the same book, the same bytes


@pytest.mark.usefixtures("clock")
def test_packs_of_two_accounts_lie_beside_each_other_and_minutes_ask_which_was_voted_on(folder: Path, capsys: Capture) -> None:
    for name in ("A07", "C1"):
        assert f"committee/{QUARTER}-{name}.html" in ran(f"committee pack {QUARTER} --account {name} --quiet", capsys)[0]
    said = refused(VOTE, capsys)
    assert f"several packs of {QUARTER} lie there: {QUARTER}-A07.html, {QUARTER}-C1.html" in said
    (folder / "committee" / f"{QUARTER}-C1.html").unlink()
    ran([*VOTE, "--attended", "a,b,c,d,e"], capsys)


@pytest.mark.usefixtures("clock")
def test_a_pdf_is_printed_or_said_plainly(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(committee, "browser", lambda: "chromium")
    monkeypatch.setattr(committee, "print_pdf", lambda _, target: target.write_bytes(b"%PDF") and target)
    assert "pdf: other.pdf" in ran(f"committee pack {QUARTER} --pdf other.pdf", capsys)[0]
    assert document(f"committee pack {QUARTER} --again --pdf", capsys)["pdf"] == str(PAGE.with_suffix(".pdf"))
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    Hands(monkeypatch, TODAY)
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    assert "which is no program" in refused(f"committee pack {QUARTER} --again --pdf", capsys)


def test_minutes_are_written_listed_and_come_back_when_they_are_due(clock: Hands, folder: Path, capsys: Capture) -> None:
    assert "no minutes yet" in ran("committee minutes", capsys)[0]
    ran(f"committee pack {QUARTER} --quiet", capsys)
    out, err = ran([*VOTE, "--attended", "anna, ben,carl,dora,eve", "--by", "anna"], capsys)
    assert "2011-07-05 P-4   4:1, carried; again by 2011-12-31: renew override O-1" in out
    assert "a vote signs nothing" in err
    sha = hashlib.sha256((folder / PAGE).read_bytes()).hexdigest()
    (one,) = document("committee minutes", capsys)["minutes"]
    assert (one["pack"], one["attended"]) == (sha, ["anna", "ben", "carl", "dora", "eve"])
    assert one["vote"] == {"yes": 4, "no": 1, "carried": True}
    assert document("committee minutes", capsys)["revisit"] == []
    assert document("committee minutes --as-of 2011-12-31", capsys)["revisit"] == [one["record"]]
    assert document("committee minutes --as-of 2011-07-04", capsys)["minutes"] == []  # they are of the 5th
    clock.at = "2012-01-10T12:00:00"
    assert ran("committee minutes", capsys)[0].startswith(" to be looked at again by now\n")
    out = ran("committee pack 2011Q4", capsys)[0]
    assert "8 proposals    1 proposal to vote on; 1 decision to look at again." in out
    with BookStore.open("book.db") as book:
        assert verify(book.session).sound
        assert len(minutes_of(book)) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"--vote": "4-1"}, "'4-1' is no vote. Write those for it and those against it: 4:1."),
        ({"--vote": "0:0"}, "nobody voted"),
        ({"--revisit": "2011-07-01"}, "2011-07-01 is over: today is 2011-07-05"),
        ({"--revisit": "later"}, "'later' is no month and no date"),
        ({"--proposal": "P-14"}, "there is no proposal 'P-14' in this pack. It has: P-3, P-4."),
        ({"--proposal": "P-1"}, "there is no proposal 'P-1' in this pack"),
        ({"--why": " "}, "minutes need --why too"),
        ({"--pack": "nowhere.html"}, "the pack cannot be read"),
    ],
)
def test_what_is_wrong_with_minutes_is_one_line_and_writes_nothing(changed: dict[str, str], what: str, capsys: Capture) -> None:
    ran(f"committee pack {QUARTER} --quiet", capsys)
    with BookStore.open("book.db") as book:
        before = book.head()
    given = dict(zip(VOTE[2::2], VOTE[3::2], strict=True)) | changed
    words = [*VOTE[:2], *(word for pair in given.items() for word in pair)]
    assert what in refused(words, capsys)
    with BookStore.open("book.db") as book:
        assert book.head() == before


@pytest.mark.usefixtures("clock")
def test_minutes_need_a_pack_of_this_book(folder: Path, capsys: Capture) -> None:
    assert "no pack lay before the committee" in refused(VOTE, capsys)
    assert "--pack other.html" in ran(f"committee pack {QUARTER} --html other.html", capsys)[1]
    page = (folder / "other.html").read_bytes()
    with BookStore.open("book.db") as book:
        head = book.head().encode()
    (folder / "other.html").write_bytes(
        resealed(page.replace(b'"journal_head":"%s"' % head, b'"journal_head":"%s"' % (b"f" * 64)))
    )
    assert "made of another book" in refused([*VOTE, "--pack", "other.html"], capsys)
    (folder / "other.html").write_bytes(resealed(page.replace(b"renew override O-1 of", b"renew override O-9 of")))
    assert "the pack says of P-4 'renew override O-9 of A07" in refused([*VOTE, "--pack", "other.html"], capsys)


def resealed(page: bytes) -> bytes:
    """A page that was changed by somebody who put its own hash right."""
    seal, open_seal = re.findall(rb'"page_sha256":"[0-9a-f]{64}"', page)[0], b'"page_sha256":"%s"' % (b"0" * 64)
    digest = hashlib.sha256(page.replace(seal, open_seal)).hexdigest()
    return page.replace(seal, b'"page_sha256":"%s"' % digest.encode())


@pytest.mark.usefixtures("clock")
def test_minutes_take_only_a_pack_as_it_was_made(folder: Path, capsys: Capture) -> None:
    """Its text, its data, its hash, its end: whatever was changed is seen. Another file is no pack."""
    ran(f"committee pack {QUARTER} --quiet", capsys)
    page = (folder / PAGE).read_bytes()
    ran([*VOTE, "--quiet"], capsys)
    seal = re.findall(rb'"page_sha256":"([0-9a-f]{64})"', page)[0]
    for changed in (
        page.replace(b"<title>2011Q2", b"<title>2011Q3"),
        page.replace(b"Proposals and minutes", b"Nothing to vote on"),
        page.replace(b'"number":"P-3"', b'"number":"P-5"'),
        page.replace(b'"page_sha256":"' + seal, b'"page_sha256":"' + b"0" * 64),
        page.replace(b',"page_sha256":"%s"' % seal, b""),
        page + b"\n",
    ):
        assert changed != page
        (folder / PAGE).write_bytes(changed)
        assert "this pack was changed after it was made" in refused(VOTE, capsys)
    for other in (b"any file at all", b"<html><title>2011Q2: committee pack</title></html>", b""):
        (folder / PAGE).write_bytes(other)
        assert "this file is no pack" in refused(VOTE, capsys)
    with BookStore.open("book.db") as book:
        assert len(minutes_of(book)) == 1


@pytest.mark.usefixtures("clock")
def test_a_pdf_is_taken_and_said_to_be_unseen_and_an_earlier_vote_is_named(folder: Path, capsys: Capture) -> None:
    ran(f"committee pack {QUARTER} --quiet", capsys)
    first = document(VOTE, capsys)
    assert (first["earlier"], first["remarks"]) == ([], [])
    (folder / "paper.pdf").write_bytes(b"%PDF printed and signed")
    out = " ".join(ran([*VOTE, "--pack", "paper.pdf", "--vote", "0:5"], capsys)[0].split())
    assert "! the pack is a PDF: whether it holds this proposal" in out
    assert f"voted on before: 2011-07-05 4:1, carried (journal {first['written']['record']}, by " in out
    again = document([*VOTE, "--pack", "paper.pdf"], capsys)
    assert again["earlier"][0] == first["written"]["record"]
    assert len(again["earlier"]) == 2
    assert len(again["remarks"]) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("committee pack 2011", "'2011' is no quarter"),
        ("committee pack 2011Q4", "2011Q4 begins on 2011-10-01, and today is 2011-07-05"),
        (f"committee pack {QUARTER} --account A08", "there is no account, sleeve or household 'A08'"),
        (f"committee pack {QUARTER} --account A07 --all", "several of --account, --household and --all are given"),
    ],
)
def test_what_is_wrong_with_a_pack_is_one_line_and_writes_nothing(folder: Path, words: str, what: str, capsys: Capture) -> None:
    assert what in refused(words, capsys)
    assert not (folder / "committee").exists()


def test_the_examples_of_the_help_run(clock: Hands, capsys: Capture) -> None:
    clock.at = "2011-01-05T12:00:00"
    assert "2010Q4" in ran("committee pack 2010Q4 --account A07", capsys)[0]
    assert ran("committee minutes", capsys)[0]
