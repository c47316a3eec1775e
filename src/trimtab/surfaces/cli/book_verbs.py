"""The verbs of the book: `book`, `drift`, `tax`, and what keeps it: `verify`, `journal`, `backup`, `restore`, `upgrade`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WRAPPERS = ("taxable", "deferred", "exempt")
KINDS = ("share", "fund", "bond", "future")
METHODS = ("fifo", "lifo", "hifo", "lowest_gain", "min_tax", "average")


@dataclass(frozen=True, slots=True)
class Adding:
    """How verbs are added: `verb` under something with its words, `group` under a noun."""

    verb: Callable[..., Any]
    group: Callable[..., Any]


def add_book(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them all."""
    kept = reading_book(common)
    written = place_of_book(common)
    inner = adding.group(verbs, "book", "the book of record: accounts, what they hold, and how it came")
    _writing(inner, written, adding)
    _importing(inner, written, adding)
    _reading(inner, kept, adding)
    _policy(verbs, kept, adding)
    _tax(adding.group(verbs, "tax", "taxes of a household: the year, losses worth taking, where assets belong"), kept, adding)
    _keeping(verbs, kept, adding)


def reading_book(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The option of every verb that reads the book: where it is."""
    kept = argparse.ArgumentParser(add_help=False, parents=[common])
    place = kept.add_argument_group("the book")
    place.add_argument(
        "--book",
        metavar="ADDRESS",
        default="",
        help="file or postgresql:// (default: TRIMTAB_BOOK, book.db)",
    )
    return kept


def place_of_book(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of every verb that writes into the book: where it is, and who writes."""
    written = argparse.ArgumentParser(add_help=False, parents=[reading_book(common)])
    written.add_argument("--by", metavar="NAME", default="", help="who writes it (default: the user of this machine)")
    return written


def _writing(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    adding.verb(inner, written, "init", "book:init", ("begin a book, never over another one", "trimtab book init"))
    words = ("open an account of a household", "trimtab book account A07 --household Mueller")
    account = adding.verb(inner, written, "account", "book:account", words)
    account.add_argument("id", metavar="ID", help="a short name, such as A07")
    account.add_argument("--household", metavar="NAME", required=True, help="to which it belongs: taxed together")
    account.add_argument("--wrapper", choices=WRAPPERS, default="taxable", help="how the law treats it (default: taxable)")
    account.add_argument("--lots", choices=METHODS, default="fifo", help="which lots a sale takes (default: fifo)")
    account.add_argument("--currency", metavar="CODE", default="USD", help="base currency, ISO 4217 (default: USD)")
    account.add_argument("--name", metavar="TEXT", default="", help="what a person calls it")
    words = ("open a part of an account that is kept apart", "trimtab book sleeve A07 core")
    sleeve = adding.verb(inner, written, "sleeve", "book:sleeve", words)
    sleeve.add_argument("account", metavar="ACCOUNT", help="the account it is a part of")
    sleeve.add_argument("name", metavar="NAME", help="of the sleeve: its entries stand under ACCOUNT/NAME")
    words = ("say which policy an account follows", "trimtab book follow A07 policy.yaml")
    follow = adding.verb(inner, written, "follow", "book:follow_policy", words)
    follow.add_argument("account", metavar="ACCOUNT", help="account, or ACCOUNT/SLEEVE")
    follow.add_argument("policy", metavar="POLICY", help="a policy file, or the name of one in the gallery")
    _listing(inner, written, adding)


def _listing(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("list an instrument before it is imported", "trimtab book instrument ITOT --alike us-total-market")
    one = adding.verb(inner, written, "instrument", "book:instrument", words)
    one.add_argument("id", metavar="ID", help="its ticker, or another short id")
    one.add_argument("--contract", choices=KINDS, default="fund", help="what it is (default: fund)")
    one.add_argument("--currency", metavar="CODE", default="USD", help="in which it trades (default: USD)")
    one.add_argument("--multiplier", metavar="N", default="1", help="of a future: money a point of price (default: 1)")
    one.add_argument("--isin", metavar="ISIN", default="", help="its ISIN")
    one.add_argument("--name", metavar="TEXT", default="", help="its full name")
    one.add_argument("--alike", metavar="WORD", default="", help="one word for all that is substantially identical")
    words = ("take an entry out, with a reason", 'trimtab book cancel A07 5 --reason "booked twice"')
    cancel = adding.verb(inner, written, "cancel", "book:cancel", words)
    cancel.add_argument("account", metavar="ACCOUNT", help="account, or ACCOUNT/SLEEVE")
    cancel.add_argument("number", metavar="NUMBER", type=int, help="of the entry in it: see trimtab journal show")
    cancel.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")


def _importing(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("preview a file or a query, and book it with --commit", "trimtab book import activity.csv --account A07 --commit")
    made = adding.verb(inner, written, "import", "importing:book_import", words)
    made.add_argument("file", metavar="FILE", nargs="?", default="", help="of a broker or another program")
    text = "into which account or ACCOUNT/SLEEVE; THEIRS=OURS where the source speaks of several"
    made.add_argument("--account", metavar="ACCOUNT", action="append", default=[], help=text)
    text = "trimtab, ofx, ibkr-flex, ghostfolio, portfolio-performance, schwab, pyfolio or csv (default: detected)"
    made.add_argument("--format", metavar="NAME", default="", help=text)
    made.add_argument("--map", metavar="FIELD=COLUMN", action="append", default=[], help="which column holds it: units=Shares")
    made.add_argument("--dayfirst", action="store_true", help="01/02/2026 is the first of February")
    made.add_argument("--comma", action="store_true", help="1,5 is one and a half")
    made.add_argument("--on", metavar="DATE", default="", help="date of a statement that does not say it")
    made.add_argument("--currency", metavar="CODE", default="", help="of amounts that do not say it")
    made.add_argument("--only", choices=("statement", "transactions"), default="", help="one part of a source that has both")
    made.add_argument("--sql", metavar="URL", default="", help="a database instead of a file; no password in it")
    made.add_argument("--sql-from", metavar="VARIABLE", default="", help="environment variable with its whole address")
    made.add_argument("--password-from", metavar="VARIABLE", default="", help="environment variable with its password")
    made.add_argument("--query", metavar="SQL", default="", help="one SELECT whose columns are read like those of a table")
    made.add_argument("--commit", action="store_true", help="book it, all or nothing (default: nothing is written)")
    made.add_argument("--again", action="store_true", help="book rows once more whose entry was cancelled")
    made.add_argument("--skip-broken", action="store_true", help="leave out rows that cannot be booked")


def _reading(inner: Any, kept: argparse.ArgumentParser, adding: Adding) -> None:
    adding.verb(inner, kept, "list", "book:list_accounts", ("accounts, sleeves and instruments", "trimtab book list"))
    show = adding.verb(inner, kept, "show", "held:show", ("what is held, cash, and what it is worth", "trimtab book show A07"))
    show.add_argument("name", metavar="NAME", nargs="?", default="", help="account, ACCOUNT/SLEEVE or household (default: all)")
    show.add_argument(
        "--margin", metavar="FUTURE=X", action="append", default=[], help="initial margin, of exposure: ESH6=0.06"
    )
    words = ("lots, their terms and gains", "trimtab book lots A07 SPY")
    lots = adding.verb(inner, kept, "lots", "held:lots", words)
    words = ("gains realised, by term", "trimtab book gains A07 --year 2010")
    gains = adding.verb(inner, kept, "gains", "held:gains", words)
    words = ("what the owner brought in and took out", "trimtab book flows A07")
    flows = adding.verb(inner, kept, "flows", "held:flows", words)
    words = ("every entry as CSV, to be imported again", "trimtab book export A07 --out a07.csv")
    export = adding.verb(inner, kept, "export", "book:export", words)
    export.add_argument("--out", metavar="FILE", default="", help="the file to write (default: the screen)")
    for made in (lots, gains, flows, export):
        made.add_argument("account", metavar="ACCOUNT", help="account, or ACCOUNT/SLEEVE")
    lots.add_argument("instrument", metavar="INSTRUMENT", nargs="?", default="", help="only its lots (default: all)")
    gains.add_argument("--year", metavar="YEAR", type=int, help="the tax year (default: all)")
    for made in (show, lots):
        _prices(made)
    for made in (show, lots, gains):
        _law(made)


def _prices(made: Any) -> None:
    made.add_argument("--data", metavar="DIR", help="a folder of prices, or a market store")
    made.add_argument(
        "--series", metavar="INSTRUMENT=NAME", action="append", default=[], help="the series of one whose name is another"
    )


def _law(made: Any) -> None:
    text = "us_federal, uk, none, or a plug-in (default: by currency: USD us_federal, GBP uk)"
    made.add_argument("--regime", metavar="NAME", default="", help=text)
    made.add_argument("--rates", metavar="FILE", default="", help="a file of rates: see trimtab tax rates")
    made.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a parameter of the regime: short=0.408")


def _policy(verbs: Any, kept: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("what an account holds against what its policy calls for", "trimtab drift policy.yaml --account A07")
    drift = adding.verb(verbs, kept, "drift", "drift:drift", words)
    drift.add_argument("policy", metavar="POLICY", help="a policy file, or the name of one in the gallery")
    drift.add_argument("--account", metavar="ACCOUNT", required=True, help="account, or ACCOUNT/SLEEVE")
    drift.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _tax(inner: Any, kept: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("what a tax year brought, and what is owed", "trimtab tax report Mueller --year 2010")
    report = adding.verb(inner, kept, "report", "tax:report", words)
    report.add_argument("--year", metavar="YEAR", type=int, help="the tax year (default: that of --as-of, or of today)")
    words = ("losses worth taking, and what stands in for them", "trimtab tax harvest Mueller --data prices --replace SPY=SCHB")
    harvest = adding.verb(inner, kept, "harvest", "tax:harvest_losses", words)
    harvest.add_argument("--replace", metavar="A=B", action="append", default=[], help="buy B where A is sold at a loss")
    harvest.add_argument("--least", metavar="X", type=float, default=0.0, help="least worth, of the lot (default: 0)")
    harvest.add_argument("--cost", metavar="X", type=float, default=0.001, help="of both trades, a fraction (default: 0.001)")
    words = ("which account should hold what", "trimtab tax locate sleeves.yaml")
    locate = adding.verb(inner, kept, "locate", "tax:locate", words)
    locate.add_argument("name", metavar="HOUSEHOLD|FILE", help="of the book, or YAML with sleeves and accounts")
    locate.add_argument("--sleeves", metavar="FILE", default="", help="what a household's instruments yield, gain and realise")
    locate.add_argument("--currency", metavar="CODE", default="USD", help="of a file's amounts (default: USD)")
    for made in (report, harvest):
        made.add_argument("household", metavar="HOUSEHOLD", help="its name, or that of one of its accounts")
    for made in (report, harvest, locate):
        _prices(made)
        _law(made)
    words = ("the rates that come with Trimtab, to copy and edit", "trimtab tax rates us_federal")
    rates = adding.verb(inner, kept, "rates", "tax:rates", words)
    rates.add_argument("name", metavar="REGIME", nargs="?", default="us_federal", help="us_federal or uk (default: us_federal)")


def _keeping(verbs: Any, kept: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("is the book what its journal says", "trimtab verify")
    verify = adding.verb(verbs, kept, "verify", "keeping:verify", words)
    inner = adding.group(verbs, "journal", "the records of the book, in order, none ever changed")
    show = adding.verb(inner, kept, "show", "keeping:show_journal", ("the last records", "trimtab journal show --last 5"))
    show.add_argument("--last", metavar="N", type=int, default=20, help="how many (default: 20)")
    words = ("the whole journal as JSON lines", "trimtab journal export journal.jsonl")
    export = adding.verb(inner, kept, "export", "keeping:export_journal", words)
    words = ("a verified copy of the book", "trimtab backup book-copy.db")
    backup = adding.verb(verbs, kept, "backup", "keeping:backup", words)
    words = ("bring a copy back into a new place", "trimtab restore book-copy.db --to restored.db")
    restore = adding.verb(verbs, kept, "restore", "keeping:restore", words)
    for made in (export, restore):
        made.add_argument("file", metavar="FILE", help="the copy")
    backup.add_argument("file", metavar="FILE", nargs="?", default="", help="the copy (default: a new one in backups/)")
    restore.add_argument("--to", metavar="PLACE", required=True, help="a new file, or postgresql://")
    for made in (verify, restore):
        made.add_argument("--head", metavar="HASH", default="", help="a head noted earlier, which it must hold")
    adding.verb(verbs, kept, "upgrade", "keeping:upgrade", ("bring the book's schema up to date", "trimtab upgrade"))
