"""`attribute ACCOUNT` and `Book.attribution`: an account of the book, to the policy that it follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import trimtab
from tests.surfaces.cli.order_desk import run
from trimtab.core.errors import UsageError
from trimtab.surfaces.cli.main import main


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a command says, on the screen or as its error."""
    capsys.readouterr()
    assert main(["attribute", *words]) == code
    out, err = capsys.readouterr()
    return err if code else out


def deposited(folder: Path) -> None:
    """12,000 more come into A07 in the middle of June, and wait."""
    (folder / "more.csv").write_text("Date,Type,Ticker,Shares,Price,Amount\n2010-06-15,Deposit,,,,12000\n", encoding="utf-8")
    run("book import more.csv --account A07 --commit")


def test_an_account_is_told_with_its_policy_and_without_the_words_of_a_backtest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "A07")
    assert text.startswith(" account A07, follows mine    2010-01-29 to 2010-12-31, 11 periods between decisions and flows\n")
    assert "The account's own entries; time-weighted" in text
    assert "A backtest" not in text
    assert "hindsight" not in text
    assert "! Price only, dividends are missing: SPY, TLT." in text
    assert "2010-10-29/A07" in text
    assert "! A07 was told on 2010-12-31 to follow mine as it stands; what it did before" in text
    deposited(folder)
    assert "2010-01-29 to 2010-12-31, 12 periods between decisions and flows" in said(capsys, "A07")
    assert "to 2010-11-30, 11 periods" in said(capsys, "A07", "--as-of", "2010-11-30")
    window = ("--from", "2010-06-15", "--to", "2010-10-31")
    assert "2010-06-30 to 2010-10-29, 4 periods" in said(capsys, "A07", *window)  # from the first decision on


def test_entries_after_the_last_price_are_told_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "later.csv").write_text("Date,Type,Ticker,Shares,Price,Amount\n2011-03-15,Deposit,,,,5000\n", encoding="utf-8")
    run("book import later.csv --account A07 --commit")
    assert "! Prices end on 2010-12-31: one entry of the account after it is not in this." in said(capsys, "A07")
    assert "Prices end" not in said(capsys, "A07", "--as-of", "2011-01-31")


def test_the_document_adds_up_in_money(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deposited(folder)
    for by in ("signal", "class", "sleeve"):
        body = json.loads(said(capsys, "A07", "--by", by, "--json"))
        assert (body["account"], body["run"], body["policy"]) == ("A07", "", "mine")
        assert not {"execution", "trials"} & set(body)
        cents = sum(round(100 * float(cause["money"])) for cause in body["causes"])
        assert cents == round(100 * float(body["gain"])) - round(100 * float(body["benchmark_gain"]))
        assert sum(cause["effect"] for cause in body["causes"]) == pytest.approx(body["difference"], abs=1e-12)
    worth = {name: float(line["worth"]) for name, line in _lines("A07").items()}
    cash = 20_000 + 12_000 - 10_050 - 9_900
    end = round(100 * (sum(worth.values()) + cash))
    assert round(100 * float(body["gain"])) == pytest.approx(end - round(100 * (_january() + 12_000)), abs=2)


def _lines(account: str) -> dict[str, dict[str, object]]:
    table = trimtab.Book("book.db").positions(account, data="prices", as_of="2010-12-31")
    return {str(name): row.to_dict() for name, row in table.iterrows()}


def _january() -> float:
    """A07 at the first decision: 100.5 SPY and 100 TLT, bought for 19,950 of 20,000."""
    prices = dict(line.split(",", 1) for line in Path("prices/prices.csv").read_text(encoding="utf-8").splitlines())
    spy, tlt = map(float, prices["2010-01-29"].split(","))
    return 100.5 * spy + 100 * tlt + 50.0


def test_what_cannot_be_attributed_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "book follow C1 POLICY" in said(capsys, "C1", code=2)
    assert "factors explain runs" in said(capsys, "A07", "--by", "factor", code=2)
    assert "there is no book" in said(capsys, "A07", "--book", "nowhere.db", code=2)
    run("book account D1 --household Fourth")
    run("book follow D1 policy.yaml")
    assert "D1 holds nothing on any decision date of its policy" in said(capsys, "D1", code=4)
    rows = "Date,Type,Ticker,Shares,Price,Amount\n2010-03-01,Buy,GLD,0.1,100,\n"
    (folder / "gold.csv").write_text(rows, encoding="utf-8")
    run("book import gold.csv --account A07 --commit")
    assert "A07 has GLD, which mine does not know" in said(capsys, "A07", code=2)
    policy = said(capsys, "policy.yaml")  # a policy is not looked for in the book
    assert policy.startswith(" mine    ")


def test_a_book_that_cannot_be_read_stands_in_no_policys_way(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("book.db").write_bytes(b"no book at all" * 100)
    assert said(capsys, "policy.yaml").startswith(" mine    ")
    assert "book" in said(capsys, "A07", code=4)


def test_python_tells_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads(said(capsys, "A07", "--json"))
    found = trimtab.Book("book.db").attribution("A07")
    assert found.causes["effect"].sum() == pytest.approx(body["difference"], abs=1e-12)
    assert list(found.periods.columns[:4]) == ["decision", "until", "portfolio", "benchmark"]
    assert found.classes["total"].sum() == pytest.approx(body["difference"], abs=1e-12)
    assert found.words[0].startswith("From 2010-01-29 to 2010-12-31 the portfolio made ")
    later = trimtab.Book("book.db").attribution("A07", by="sleeve", first="2010-06-30", last="2010-10-29", data="prices")
    assert len(later.periods) == 4
    with pytest.raises(UsageError, match="by 'asset'"):
        trimtab.Book("book.db").attribution("A07", by="asset")
