"""`verify`, `journal`, `backup`, `restore`, `upgrade`: is the book what its journal says, and copies of it."""

from __future__ import annotations

import getpass
import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from trimtab.accounting.database import backup as copies
from trimtab.accounting.database import opening
from trimtab.accounting.database.access import FILE as ACCESS
from trimtab.accounting.database.access_copy import beside, copy_users
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.migrations import require_current
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import Finding, Verdict
from trimtab.accounting.database.verify import verify as checked
from trimtab.core.errors import UsageError
from trimtab.desk.live import SystemClock
from trimtab.desk.practice import clock_in
from trimtab.surfaces.cli.book_options import SHOWN, address, opened
from trimtab.surfaces.cli.options import counted, hint, print_json, say, workspace
from trimtab.surfaces.cli.wrapping import wrapped

BACKUPS = "backups"


def verify(options: Namespace) -> int:
    """Check the chain of hashes, the database, its schema, and a replay of the journal. Exit 4 where anything is wrong.

    Records that are dated back are named, and are no fault.
    """
    session = opening.connected(address(options))
    try:
        require_current(session)  # an earlier or later schema is no damage: it says what to do
        verdict = checked(session, head=options.head)
        where = session.where
    finally:
        session.close()
    if options.json:
        found = {name: [one._asdict() for one in getattr(verdict, name)] for name in ("findings", "remarks")}
        body = {"book": where, "sound": verdict.sound, "records": verdict.records, "head": verdict.head}
        print_json("verify", body | found)
        return 0 if verdict.sound else 4
    _list("FAULT", verdict.findings)
    _list("NOTE", verdict.remarks)
    say(f" {where}: {'sound' if verdict.sound else 'NOT sound'}, {_until(verdict)}")
    if verdict.sound:
        hint(" keep the head elsewhere: trimtab verify --head HASH shows later that no end was cut off", options)
    else:
        say(" Write nothing more into it. Bring back a backup: trimtab restore FILE --to PLACE.")
    return 0 if verdict.sound else 4


def _list(word: str, found: Sequence[Finding]) -> None:
    for one in found[:SHOWN]:
        for line in wrapped(f"{word} {one}"):
            say(line)
    if len(found) > SHOWN:
        say(f" and {len(found) - SHOWN} more: --json lists them all")


def _until(verdict: Verdict) -> str:
    return f"{counted(verdict.records, 'record')}, head {verdict.head}"


def show_journal(options: Namespace) -> int:
    """The last records of the journal."""
    if options.last < 1:
        raise UsageError(f"--last is {options.last}", remedy="Give a number above 0.")
    with opened(options) as book, book.reading():
        first = max(0, book.last() - options.last + 1)
        records, head = book.records(first), book.head()
        numbers, names = book.numbered(first, book.last()), [one.id for one in book.instruments()]
    if options.json:
        rows = [{**one._asdict(), "body": json.loads(one.body), "entry": numbers.get(one.number)} for one in records]
        print_json("journal show", {"records": rows, "head": head, "instruments": names})
        return 0
    for one in records:
        say(_line(one, numbers.get(one.number), names))
    say(f" head {head}")
    return 0


def _line(one: Record, number: int | None, names: Sequence[str]) -> str:
    """A record: its number, when and by whom, and what it says; an entry with its number in its account."""
    body = json.loads(one.body)
    word = body.pop("kind", "") if one.kind == "entry" else one.kind
    for name in ("asset", "into"):
        if name in body:
            body[name] = names[body[name]]
    told = ", ".join(f"{name} {_cell(value)}" for name, value in body.items() if value not in ("", "0", [], 0, None))
    place = f"{one.place} {'' if number is None else f'entry {number} '}" if one.place else ""
    return f" {one.number:>6}  {one.recorded[:19]}Z  {one.author:<10} {place} {word}: {told[:160]}"


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def export_journal(options: Namespace) -> int:
    """The whole journal as JSON lines, verified first."""
    with opened(options) as book:
        verdict = copies.write_journal(book.session, Path(options.file))
    return _copied(options, "journal export", options.file, verdict)


def backup(options: Namespace) -> int:
    """A verified copy, while others may write; the users of a served desk go into a file beside it."""
    file = options.file or _new_copy(workspace(options).folder / BACKUPS)
    users, to = workspace(options).folder / ACCESS, beside(file)
    if users.exists() and to.exists():
        raise UsageError(f"{to} exists already", remedy="Name a new file: nothing is written over.")
    verdict = copies.backup(address(options), Path(file))
    found = copy_users(users, to) if users.exists() else 0
    code = _copied(options, "backup", file, verdict, users=found)
    if found:
        hint(f" and {to}: {counted(found, 'user')}; keep both files together, and to yourself", options)
    return code


def _new_copy(folder: Path) -> str:
    """A name by the machine's clock, in a folder that is its owner's alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = str(SystemClock().now().astype("datetime64[ms]")).translate({ord(one): None for one in "-:."})
    return str(folder / f"book-{stamp}Z.copy")


def restore(options: Namespace) -> int:
    """Bring a copy back into a new place. Nothing is written over."""
    source = Path(options.file)
    if not source.is_file():
        raise UsageError(f"there is no file {source}", remedy="Name a backup, or an exported journal.")
    verdict = copies.restore(source, options.to, head=options.head)
    shown = options.to if "://" not in options.to else "the address given"
    halted, users = _halted(options), _users(options)
    if options.json:
        body = {"file": shown, "records": verdict.records, "head": verdict.head, "halted": list(halted), "users": users}
        print_json("restore", body)
        return 0
    say(f" wrote {shown}: verified, {_until(verdict)}")
    if halted:
        for line in wrapped(f"HALTED, since a copy does not know what left after it was made: {', '.join(halted)}"):
            say(line)
        hint(" reconcile with every venue, look at what was exported, then: trimtab release ACCOUNT --reason WHY", options)
    if users:
        say(f" {counted(users, 'user')} may come in as before, with new tokens")
    return 0


def _users(options: Namespace) -> int:
    """Bring the users back that were copied beside the book, into a workspace that has none."""
    source, to = beside(options.file), workspace(options).folder / ACCESS
    if not source.exists():
        return 0
    if to.exists():
        hint(f" the users of this workspace stay: {to} was not touched", options)
        return 0
    return copy_users(source, to)


def _halted(options: Namespace) -> tuple[str, ...]:
    """Halt every account: the restored book would send again what has left since, be it the first order that ever left.

    A book of an earlier schema is upgraded, or nothing could be halted in it; the file that it came from stays as it is.
    """
    opening.upgrade(options.to)
    with BookStore.open(options.to) as book:
        return OrderBook(book, clock_in(book), getpass.getuser()).kill(why="restored from a copy")


def _copied(options: Namespace, kind: str, to: str, verdict: Verdict, **more: int) -> int:
    if options.json:
        print_json(kind, {"file": to, "records": verdict.records, "head": verdict.head, **more})
    else:
        say(f" wrote {to}: verified, {_until(verdict)}")
    return 0


def upgrade(options: Namespace) -> int:
    """Bring the schema of the book up to this version."""
    steps = opening.upgrade(address(options))
    if options.json:
        print_json("upgrade", {"steps": [{"version": one.version, "words": one.words} for one in steps]})
        return 0
    for one in steps:
        say(f" version {one.version}: {one.words}")
    say(f" {counted(len(steps), 'step')} taken" if steps else " nothing to do: the book has this version already")
    return 0
