"""The verbs of the book: the journey of a newcomer, stable JSON, exit codes, and no secret in any message."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.accounting.database.earlier import earlier
from tests.surfaces.cli.desk_folder import everything, put
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.masking import masked

Capture = pytest.CaptureFixture[str]
ACTIVITY = """\
Date,Type,Ticker,Shares,Price,Amount,Fees,Note to self
2010-01-04,Deposit,,,,20000,,first
2010-01-05,Buy,SPY,100,100.10,,1.00,
2010-01-06,Buy,TLT,50,99.50,,1.00,
2010-03-01,Sell,SPY,-40,95.00,,1.00,
2010-03-10,Buy,SPY,30,96.00,,1.00,
2010-04-01,Dividend,SPY,,,45.10,,
"""
SLEEVES = """\
sleeves: {BND: {value: 50, yields: {ordinary: 0.05}}, VTI: {value: 50}}
accounts: {A07: {room: 50}, B1: {room: 50, wrapper: exempt}}
"""
ORDER = (
    *("book init", "book account", "book sleeve", "book instrument", "book list", "book import", "book follow", "book show"),
    "book lots",
    *(
        "book gains",
        "book flows",
        "drift",
        "tax report",
        "tax harvest",
        "tax locate",
        "tax rates",
        "book cancel",
        "book export",
    ),
    *("verify", "journal show", "journal export", "backup", "restore", "upgrade"),
)


def ran(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    """Standard output and standard error of a command that ends with `code`."""
    capsys.readouterr()
    given = shlex.split(words)
    assert (main(given), words) == (code, words)
    got = capsys.readouterr()
    return got.out, got.err


def document(words: str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    return json.loads(ran(f"{words} --json --quiet", capsys, code)[0])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prices, a policy, a broker's file, and a book with it."""
    folder = put(tmp_path_factory.mktemp("desk"))
    (folder / "activity.csv").write_text(ACTIVITY, encoding="utf-8")
    (folder / "sleeves.yaml").write_text(SLEEVES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        for words in ("book init", "book account A07 --household Mueller", "book import activity.csv --account A07 --commit"):
            assert main([*words.split(), "--quiet"]) == 0
    return folder


@pytest.fixture
def folder(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(desk, copy)
    monkeypatch.chdir(copy)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    return copy


# The journey.


def test_the_examples_of_the_help_run_in_the_order_of_a_newcomer(folder: Path, capsys: Capture) -> None:
    (folder / "book.db").unlink()
    assert set(ORDER) == {verb for verb in VERBS if verb.split()[0] in {one.split()[0] for one in ORDER}}
    codes = {"drift": 3}  # the newcomer holds too much cash for a rule of that policy
    for verb in ORDER:
        example = VERBS[verb].get_default("example")
        out, _ = ran(example.removeprefix("trimtab "), capsys, codes.get(verb, 0))
        assert out, example
    assert (folder / "restored.db").exists()
    assert ran("verify --book restored.db --quiet", capsys)[0].startswith(" restored.db: sound")


def test_a_preview_writes_nothing_and_a_second_commit_books_nothing(folder: Path, capsys: Capture) -> None:
    (folder / "more.csv").write_text(
        ACTIVITY + "2010-05-03,Buy,GLD,5,100,,,\n2010-05-04,Buy,GLD,some,100,,,\n", encoding="utf-8"
    )
    before = everything(folder)
    out, err = ran("book import more.csv --account A07", capsys, 4)
    assert "columns: date=Date, kind=Type, symbol=Ticker, units=Shares, price=Price, amount=Amount, fee=Fees" in out
    assert "not read: Note to self" in out
    assert "8 rows: 1 to book, 1 broken, 6 in the book already" in out
    assert "line 9         BROKEN   units: 'some' is not a number" in out
    assert "lines 2 to 7 (6) again    it was imported before" in out
    assert "new instruments: GLD" in out
    assert "nothing was written: the same command with --commit books it" in out
    assert "--skip-broken" in err
    assert everything(folder) == before
    _, err = ran("book import more.csv --account A07 --commit", capsys, 4)
    assert "1 of 8 rows cannot be booked" in err
    assert everything(folder) == before
    out, _ = ran("book import more.csv --account A07 --commit --skip-broken", capsys)
    assert "booked 1 entry of 1 row, 1 new instrument, 1 broken row left out" in out
    out, _ = ran("book import more.csv --account A07 --commit --skip-broken", capsys)
    assert "nothing was booked: all that is to be booked is in the book already, but for 1 broken row" in out


def test_a_row_that_was_cancelled_by_mistake_is_booked_again_when_asked(folder: Path, capsys: Capture) -> None:
    for _ in range(2):
        ran("book cancel A07 0 --reason mistake" if _ == 0 else "book cancel A07 7 --reason again", capsys)
        assert "entry" in ran("book import activity.csv --account A07 --commit", capsys)[0]
        assert "booked 1 entry of 1 row" in ran("book import activity.csv --account A07 --commit --again", capsys)[0]
        assert "nothing was booked" in ran("book import activity.csv --account A07 --commit --again", capsys)[0]
    assert ran("verify", capsys)[0].startswith(" book.db: sound")


def test_a_field_can_be_left_unread(folder: Path, capsys: Capture) -> None:
    (folder / "two.csv").write_text("Date,Action,Symbol,Quantity,Price,Order Number\n2024-05-02,Buy,SPY,1,500,7\n", "utf-8")
    assert document("book import two.csv --account A07", capsys)["columns"]["external"] == "Order Number"
    read = document("book import two.csv --account A07 --map external=", capsys)
    assert "external" not in read["columns"]
    assert read["unmapped"] == ["Order Number"]


def test_what_is_shown_by_hand(folder: Path, capsys: Capture) -> None:
    out, _ = ran("book show A07 --data prices --as-of 2010-12-01 --series SPY=SPY", capsys)
    assert "net asset value 18,764.37 USD" in out  # 90 * 84.0674 + 50 * 104.444 + 5976.10
    out, err = ran("book show", capsys)
    assert "net asset value is not known: no prices were given" in out
    assert "what is held cost 14,017.65 USD" in out
    assert "--data DIR" in err
    out, _ = ran("book lots A07 --as-of 2010-12-01", capsys)
    assert "wash sale: cost 154.05 more, 55 days earlier (bought 2010-03-10)" in out
    out, _ = ran("book gains A07 --year 2010", capsys)
    assert "short USD  gain          -205.40  disallowed         154.05  counts           -51.35" in out
    out, _ = ran("tax report Mueller --year 2010", capsys)
    assert "wash sales: losses of 1 sale disallowed" in out
    out, _ = ran("journal show --last 1", capsys)
    assert "A07 entry 5  dividend: amount 45.1, asset SPY" in out


def test_a_cancelled_entry_and_a_copy_in_a_third_place(folder: Path, capsys: Capture) -> None:
    assert "needs a reason" in ran("book cancel A07 5", capsys, 2)[1]
    assert "cancelled entry 5 of A07: dividend of 2010-04-01" in ran("book cancel A07 5 --reason twice", capsys)[0]
    head = document("verify", capsys)["head"]
    ran("backup copy.db", capsys)
    ran(f"restore copy.db --to third.db --head {head}", capsys)
    assert document(f"verify --book third.db --head {head}", capsys)["sound"]  # its accounts are halted behind it
    assert "no record has the hash" in ran("restore copy.db --to fourth.db --head " + "0" * 64, capsys, 4)[1]
    assert not (folder / "fourth.db").exists()


def test_an_export_is_imported_again(folder: Path, capsys: Capture) -> None:
    ran("book account A08 --household Mueller", capsys)
    out, _ = ran("book export A07", capsys)
    (folder / "out.csv").write_text(out, encoding="utf-8", newline="")
    assert "our own export (trimtab)" in ran("book import out.csv --account A08 --commit", capsys)[0]
    one, two = (document(f"book show {name}", capsys) for name in ("A07", "A08"))
    assert [one[key] for key in ("lines", "cash")] == [two[key] for key in ("lines", "cash")]
    ran("book export A07 --out a07.csv", capsys)
    assert "exists already" in ran("book export A07 --out a07.csv", capsys, 2)[1]


def test_a_query_is_imported(folder: Path, capsys: Capture) -> None:
    with closing(sqlite3.connect("broker.db")) as made, made:
        made.execute("CREATE TABLE t (date TEXT, type TEXT, symbol TEXT, units REAL, price REAL)")
        made.execute("INSERT INTO t VALUES ('2010-06-01', 'buy', 'GLD', 2, 100.5)")
    words = "book import --account A07 --sql sqlite:///broker.db --query 'SELECT * FROM t'"
    assert "1 row: 1 to book" in ran(words, capsys)[0]
    assert document(f"{words} --commit", capsys)["booked"]["entries"] == 1
    assert "give a file or a query" in ran("book import --account A07", capsys, 2)[1]
    assert "needs a query" in ran("book import --account A07 --sql sqlite:///broker.db", capsys, 2)[1]


def test_drift_says_that_prices_are_old_unless_a_date_is_named(folder: Path, capsys: Capture) -> None:
    found = document("drift policy.yaml --account A07", capsys, 3)
    assert len(found["stale"]) == 2  # prices end in 2010, and the book is that of today
    found = document("drift policy.yaml --account A07 --as-of 2010-12-31", capsys, 3)
    assert found["stale"] == []
    out, _ = ran("drift policy.yaml --account A07 --as-of 2010-12-31", capsys, 3)
    assert "BREACH by what is held: IPS-1" in out
    assert "2 trades would lead there: nothing was sent" in out


# The address.


def test_the_book_is_given_or_in_the_environment_or_in_the_workspace(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran("book init --workspace desk2", capsys)
    assert (folder / "desk2" / "book.db").exists()
    assert document("book list --workspace desk2", capsys)["accounts"] == []
    monkeypatch.setenv("TRIMTAB_BOOK", "desk2/book.db")
    assert document("book list", capsys)["accounts"] == []
    assert len(document("book list --book book.db", capsys)["accounts"]) == 1
    assert "exists already" in ran("book init", capsys, 2)[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("book list --book postgresql://me:geheim@127.0.0.1:1/db", 1),
        ("book list --book POSTGRES://me:geheim@127.0.0.1:1/db", 2),
        ("book list --book mysql://me:geheim@127.0.0.1:1/db", 2),
        ("book list --bock postgresql://me:geheim@127.0.0.1:1/db", 2),
        ("book import --account A07 --sql postgresql://me:geheim@127.0.0.1:1/db --query 'SELECT 1'", 2),
        ("restore copy.db --to postgresql://me:geheim@127.0.0.1:1/db?password=geheim", 2),
    ],
)
def test_no_message_repeats_a_password(words: str, code: int, folder: Path, capsys: Capture) -> None:
    out, err = ran(words, capsys, code)
    assert "geheim" not in out + err
    assert err.count("\n") == 1
    assert err.startswith("error TT-")


def test_secrets_are_masked_and_nothing_else() -> None:
    assert masked("at postgresql://me:x/y@host/db and more") == "at postgresql://***@host/db and more"
    assert masked("?password=x&a=1 token=y") == "?password=***&a=1 token=***"
    for plain in ("postgresql://user@server/db", "a@b: c=d", "http://x/y"):
        assert masked(plain) == plain


# Errors of the database.


def test_what_is_wrong_with_a_book_is_one_line_with_what_to_do(folder: Path, capsys: Capture) -> None:
    assert "begin one: trimtab book init" in ran("book list --book nix.db", capsys, 2)[1]
    (folder / "text.db").write_text("hello", encoding="utf-8")
    assert "trimtab restore" in ran("book list --book text.db", capsys, 4)[1]
    with closing(sqlite3.connect("book.db")) as made, made:
        made.execute("INSERT INTO migrations VALUES (4, 'later')")
    _, err = ran("book list", capsys, 2)
    assert "TT-BOK-004" in err
    assert "Install the version of Trimtab that wrote it" in err


def test_a_changed_row_is_found_by_verify_with_exit_4(folder: Path, capsys: Capture) -> None:
    with closing(sqlite3.connect("book.db")) as made, made:
        made.execute("UPDATE holdings SET units = '91' WHERE asset = 0")
    out, _ = ran("verify", capsys, 4)
    assert "FAULT holdings A07 0: units is '91', the journal says '90'" in out
    assert "NOT sound" in out
    found = document("verify", capsys, 4)
    assert (found["sound"], found["findings"][0]["table"]) == (False, "holdings")


def test_a_record_that_is_dated_back_is_noted_by_verify_and_no_fault(folder: Path, capsys: Capture) -> None:
    with BookStore.open("book.db") as book:
        for moment in ("2040-02-03T09:00:00", "2040-01-09T09:00:00"):
            book.append([Note("idea", {})], recorded=np.datetime64(moment, "s"), author="ann")
        last = book.last()
    out, _ = ran("verify", capsys)
    assert f"NOTE journal {last}: dated back by ann: 2040-01-09T09:00Z after 2040-02-03T09:00Z\n" in out
    assert " book.db: sound, " in out
    assert [one["row"] for one in document("verify", capsys)["remarks"]] == [str(last)]


def test_an_outdated_book_is_copied_then_upgraded(folder: Path, capsys: Capture) -> None:
    """A fault found here: it told the user to make a backup, and the backup refused with the same words."""
    earlier(folder / "old.db")
    for verb in ("book list", "verify"):
        assert "Make a backup, then run trimtab upgrade" in ran(f"{verb} --book old.db", capsys, 2)[1]
    head = document("backup copy.db --book old.db", capsys)["head"]
    assert len(document("upgrade --book old.db", capsys)["steps"]) == 1
    assert document("verify --book old.db", capsys)["head"] == head
    assert document("restore copy.db --to third.db", capsys)["halted"] == ["A07", "B1"]
    assert document("verify --book third.db", capsys)["sound"]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ("book show A08", 2, "Did you mean A07?"),
        ("book lots A07 SPX", 2, "Did you mean SPY?"),
        ("book lots A07 --regime us_federl", 2, "us_federl"),
        ("book lots A07 --set short", 2, "is no pair"),
        ("book account A07 --household M", 4, "open already"),
        ("book account A09 --household M --currency dollars", 2, "is not a currency"),
        ("book import nix.csv --account A07", 2, "cannot read nix.csv"),
        ("book import activity.csv", 2, "Add --account"),
        ("book import activity.csv --account A07 --map units", 2, "Write for example --map units=Shares"),
        ("book import activity.csv --account A07 --on tomorrow", 2, "is not a date"),
        ("book instrument ESH6 --multiplier many", 2, "is no number"),
        ("book show --margin ES=x", 2, "fraction of exposure"),
        ("drift nix --account A07", 2, "nix"),
        ("drift policy.yaml --account A08", 2, "Did you mean A07?"),
        ("tax harvest Mueller --replace SPY=SPY --data prices --as-of 2010-12-01", 2, "substantially identical"),
        ("tax rates none", 2, "There are rates of: us_federal, uk"),
        ("journal show --last 0", 2, "above 0"),
        ("restore nix.db --to new.db", 2, "there is no file nix.db"),
    ],
)
def test_every_refusal_is_one_line(words: str, code: int, text: str, folder: Path, capsys: Capture) -> None:
    before = everything(folder)
    _, err = ran(words, capsys, code)
    assert text in err
    assert err.count("\n") == 1
    assert everything(folder) == before


# JSON.

COMMON = {"trimtab", "kind"}
KEYS = {
    "book init --book new.db": {"book", "head"},
    "book account A09 --household M": {"id", "household", "wrapper", "currency", "lots", "name"},
    "book sleeve A07 core": {"place"},
    "book instrument GLD": {"id", "contract", "currency", "multiplier", "isin", "name", "alike"},
    "book list": {"book", "head", "accounts", "instruments"},
    "book import activity.csv --account A07": {
        *(
            "source",
            "format",
            "columns",
            "unmapped",
            "rows",
            "problems",
            "totals",
            "instruments",
            "faults",
            "committed",
            "booked",
        ),
    },
    "book show": {"name", "when", "currency", "lines", "futures", "cash", "nav", "missing", "costs"},
    "book lots A07": {"account", "when", "regime", "lots"},
    "book gains A07": {"account", "year", "regime", "gains", "sums"},
    "book flows A07": {"account", "flows", "sums"},
    "book cancel A07 5 --reason twice": {"account", "entry", "kind", "head", "reason"},
    "book export A07": {"account", "csv"},
    "drift policy.yaml --account A07": {
        *("account", "policy", "policy_sha256", "as_of", "when", "nav", "assets", "cash", "drift", "orders", "outside"),
        *("breaches", "stale", "refused", "exit_code"),
    },
    "verify": {"book", "sound", "records", "head", "findings", "remarks"},
    "journal show": {"records", "head", "instruments"},
    "journal export j.jsonl": {"file", "records", "head"},
    "backup c.db": {"file", "records", "head", "users"},
    "upgrade": {"steps"},
    "tax report Mueller --year 2010": {
        *("household", "year", "currency", "regime", "accounts", "brought", "assessment", "gains"),
    },
    "tax harvest Mueller --data prices --as-of 2010-12-01": {
        *("household", "when", "regime", "suggestions", "net", "unpriced"),
    },
    "tax locate sleeves.yaml": {"name", "plans", "missing"},
    "tax rates": {"regime", "yaml"},
}


@pytest.mark.parametrize("words", KEYS)
def test_json_is_one_document_with_stable_keys(words: str, folder: Path, capsys: Capture) -> None:
    found = document(words, capsys, 3 if words.startswith("drift") else 0)
    assert found.pop("trimtab") == 1
    assert found.keys() - {"kind"} == KEYS[words] - {"kind"}
    assert COMMON - {"trimtab"} <= found.keys()


def test_amounts_in_json_are_exact_text_and_weights_fractions(folder: Path, capsys: Capture) -> None:
    (lot, *_) = document("book lots A07 --data prices --as-of 2010-12-01", capsys)["lots"]
    assert (lot["units"], lot["cost"], lot["value"], lot["days"]) == ("60", "6006.60", "5044.04", 36)
    found = document("drift policy.yaml --account A07", capsys, 3)
    assert sum(part["held"] for part in found["assets"].values()) + found["cash"]["held"] == pytest.approx(1.0)


# Speed.
