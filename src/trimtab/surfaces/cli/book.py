"""`book`: begin one, open accounts and sleeves, list instruments, see what there is, take an entry out, write it to a table."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trimtab.accounting.database.addresses import address_of
from trimtab.accounting.database.coding import word_of
from trimtab.accounting.database.events import InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.desk.books import cancel as cancelled
from trimtab.desk.books import export as exported
from trimtab.desk.books import listed, open_account, open_sleeve
from trimtab.desk.following import follow
from trimtab.desk.writing import write_text
from trimtab.surfaces.cli.book_options import address, opened, plain, signature
from trimtab.surfaces.cli.options import counted, hint, print_file, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def init(options: Namespace) -> int:
    """Begin a book where nothing stands."""
    by, place = signature(options), address_of(address(options))
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
    with BookStore.create(address(options), recorded=by.at, author=by.author) as book:
        where = book.session.where
        head = book.head()
    if options.json:
        print_json("book init", {"book": where, "head": head})
        return 0
    say(f" made the book {where}")
    hint(" next: trimtab book account A07 --household NAME", options)
    return 0


def account(options: Namespace) -> int:
    """Open an account."""
    wrapper, lots = Wrapper(options.wrapper), LotMethod(options.lots)
    one = Account(options.id, options.household, wrapper, options.currency, lots, options.name)
    with opened(options) as book:
        open_account(book, one, signature(options))
    if options.json:
        print_json("book account", plain(one))
        return 0
    say(f" opened {one.id} of {one.household}: {one.wrapper.value}, {one.currency}, sells lots {one.lots.value}")
    hint(f" next: trimtab book import FILE --account {one.id}", options)
    return 0


def sleeve(options: Namespace) -> int:
    """Open a sleeve of an account."""
    with opened(options) as book:
        place = open_sleeve(book, options.account, options.name, signature(options))
    if options.json:
        print_json("book sleeve", {"place": place})
    else:
        say(f" opened {place}")
    return 0


def instrument(options: Namespace) -> int:
    """List an instrument before anything of it is imported: a future with its multiplier, what it is alike, its ISIN."""
    try:
        multiplier = Decimal(options.multiplier)
    except InvalidOperation:
        raise UsageError(f"--multiplier {options.multiplier} is no number", remedy="Write for example 50.") from None
    one = Instrument(
        options.id, Contract(options.contract), options.currency, multiplier, options.isin, options.name, options.alike
    )
    by = signature(options)
    with opened(options) as book:
        book.append([InstrumentListed(one)], recorded=by.at, author=by.author)
    if options.json:
        print_json("book instrument", plain(one))
    else:
        say(f" listed {one.id}: {one.contract.value}, {one.currency}")
    return 0


def list_accounts(options: Namespace) -> int:
    """Every account with its sleeves, and the instruments."""
    with opened(options) as book:
        rows, instruments, where, head = listed(book), book.instruments(), book.session.where, book.head()
    if options.json:
        accounts = [{**plain(one), "sleeves": list(sleeves), "entries": count} for one, sleeves, count in rows]
        print_json("book list", {"book": where, "head": head, "accounts": accounts, "instruments": plain(instruments)})
        return 0
    say(f" {where}: {counted(len(rows), 'account')}, {counted(len(instruments), 'instrument')}")
    for one, sleeves, count in rows:
        inside = f"    sleeves: {', '.join(sleeves)}" if sleeves else ""
        words = f"{one.wrapper.value:<9} {one.currency}  {one.lots.value:<11}"
        entries = f"{count:,} {'entry' if count == 1 else 'entries'}"
        say(f" {one.id:<12} {one.household:<16} {words} {entries:>14}  {one.name}{inside}")
    if not rows:
        hint(" next: trimtab book account A07 --household NAME", options)
    return 0


def cancel(options: Namespace) -> int:
    """Take an entry out; it stays in the journal, with the reason."""
    with opened(options) as book:
        gone = cancelled(book, options.account, options.number, options.reason, signature(options))
        head = book.head()
    if options.json:
        body = {"account": options.account, "entry": options.number, "kind": word_of(gone), "head": head}
        print_json("book cancel", body | {"reason": options.reason})
    else:
        say(f" cancelled entry {options.number} of {options.account}: {word_of(gone)} of {gone.when}")
    return 0


def export(options: Namespace) -> int:
    """Every entry of an account or a sleeve as CSV, which can be imported again."""
    with opened(options) as book:
        text = exported(book, options.account)
        sleeves = [place for place in book.sleeves() if place.startswith(f"{options.account}/")]
    if sleeves and "/" not in options.account:
        hint(f" its sleeves are exported by themselves: {', '.join(sleeves)}", options)
    if options.json:
        print_json("book export", {"account": options.account, "csv": text})
    elif options.out:
        if Path(options.out).exists():
            raise UsageError(f"{options.out} exists already", remedy="Name another file: nothing is written over.")
        write_text(Path(options.out), text)
        say(f" wrote {options.out}")
    else:
        try:
            print_file(text)
        except UnicodeEncodeError:
            raise UsageError("this terminal cannot show all letters", remedy="Write a file: --out FILE.csv.") from None
    return 0


def follow_policy(options: Namespace) -> int:
    """Write down which policy an account follows, with its SHA-256."""
    with opened(options) as book:
        made = follow(book, options.account, options.policy, signature(options))
    if options.json:
        print_json("book follow", {"account": made.account, "policy": made.policy, "sha256": made.sha256, "name": made.name})
    else:
        for line in wrapped(f"{made.account} follows {made.name}    policy {made.sha256[:12]}"):
            say(line)
        hint(f" next: trimtab rebalance --account {made.account}", options)
    return 0
