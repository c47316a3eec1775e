"""`policy change | sign | changes`: another policy in the place of one that is on paper or live, by request."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from trimtab.accounting.database.store import BookStore
from trimtab.desk.books import Signature
from trimtab.desk.change_requests import Requested, changes_of, lacking, request, sign, terms_of
from trimtab.desk.kept import kept_as, policy_in
from trimtab.desk.live import clock_of
from trimtab.desk.staged import SHORT
from trimtab.governance.changes import Cause
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.options import answer, hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped

CAUSE = {"flaw": Cause.FLAW, "data": Cause.DATA_ERROR, "mandate": Cause.MANDATE, "review": Cause.REVIEW}
WAITING = 5  # another person has to sign


def change(options: Namespace) -> int:
    """Ask for a change. Exit 5: it takes effect when others have signed it and the cooling-off is over."""
    by = signature(options)
    with opened_book(options) as book:
        pair = policy_in(book, options.old), policy_in(book, options.new)
        done = request(book, pair, CAUSE[options.cause], options.reason, by)
        told = _told(book, done, by)
    if options.json:
        return answer("policy-change", told, WAITING)
    for line in _lines(told):
        say(line)
    hint(f" next: somebody else signs: trimtab policy sign {done.id} --by NAME    then: trimtab book follow", options)
    return WAITING


def sign_change(options: Namespace) -> int:
    """Sign a request of somebody else."""
    by = signature(options)
    with opened_book(options) as book:
        told = _told(book, sign(book, options.request, by), by)
    if options.json:
        print_json("policy-sign", told)
        return 0
    for line in _lines(told):
        say(line)
    return 0


def changes(options: Namespace) -> int:
    """Every request, and what each account that follows the old policy still waits for."""
    by = Signature("", clock_of(options.workspace).now())
    with opened_book(options) as book:
        found = [_told(book, one, by) for one in changes_of(book)]
    if options.json:
        print_json("policy-changes", {"changes": found})
        return 0
    if not found:
        say(" no change was asked for")
    for line in (line for one in found for line in _lines(one)):
        say(line)
    return 0


def _told(book: BookStore, one: Requested, by: Signature) -> dict[str, Any]:
    """A request in plain values, with what is missing by account."""
    terms = terms_of(kept_as(book, one.change.old))
    until = one.shadow_until
    return {
        "id": one.id,
        "old": one.change.old,
        "new": one.change.new,
        "names": list(one.names),
        "cause": one.change.cause.value,
        "why": one.change.why,
        "requested_by": one.change.requested_by,
        "requested": one.change.requested.date().isoformat(),
        "cooling_off_ends": one.cools_until(terms).date().isoformat(),
        "lapses": one.lapses(terms).date().isoformat(),
        "signed": list(one.signed),
        "made": [{"account": made.account, "on": made.on.isoformat()} for made in one.made],
        "shadow_until": None if until is None else until.isoformat(),
        "missing": {account: list(words) for account, words in lacking(book, one, by).items()},
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    old, new = (f"{name} ({sha[:SHORT]})" for name, sha in zip(told["names"], (told["old"], told["new"]), strict=True))
    yield from wrapped(f"{told['id']}  {old} -> {new}", indent=5)
    asked = f"{told['cause']}, asked for by {told['requested_by']} on {told['requested']}: {told['why']}"
    yield from wrapped(f"     {asked}", indent=5)
    signed = f"signed by {', '.join(told['signed'])}" if told["signed"] else "signed by nobody yet"
    yield from wrapped(f"     {signed}; cooling-off ends on {told['cooling_off_ends']}, lapses on {told['lapses']}", indent=5)
    for account, words in told["missing"].items():
        yield from wrapped(f"     {account}: {_waits(words)}", indent=5)
    for made in told["made"]:
        text = f"{made['account']} changed on {made['on']}; the old model runs on in shadow until {told['shadow_until']}"
        yield from wrapped(f"     {text}", indent=5)


def _waits(words: Sequence[str]) -> str:
    return "; ".join(words) or "may change: trimtab book follow"
