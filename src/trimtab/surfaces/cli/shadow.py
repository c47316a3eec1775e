"""`shadow`: the model as specified beside an account, and the way from the one to the other, rung by rung."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.desk.books import account_of
from trimtab.desk.ladder import Shadow
from trimtab.desk.old_models import OldModel, old_models_in
from trimtab.desk.override_words import what_words
from trimtab.desk.shadow import shadow_in
from trimtab.desk.shadow_words import shadow_document
from trimtab.surfaces.cli.book_options import opened, signature
from trimtab.surfaces.cli.markets import loader
from trimtab.surfaces.cli.options import as_of, print_json, say
from trimtab.surfaces.cli.tables import clipped, percent
from trimtab.surfaces.cli.wrapping import wrapped

NAMED = 34  # columns of a name
ALIKE = "The model has the same beginning, the same flows, and the policy's schedule and costs; above zero helped"
REST = "all the rest, such as late trades"


def shadow(options: Namespace) -> int:
    """Read the book, run the model, print the ladder. Nothing is written."""
    first = _first(options)

    until, load = as_of(options) or signature(options).day, loader(options)
    with opened(options) as book:
        place = account_of(book, options.account).name
        if options.old:
            return _olds(place, old_models_in(book, place, load, as_of=until), options)
        told = shadow_in(book, place, load, as_of=until)
    told = told if first is None else told.since(first, plain_date(told.dates[-1]))
    if options.json:
        print_json("shadow", {"shadow": shadow_document(told)})
        return 0
    for line in screen(told):
        say(line)
    return 0


def _first(options: Namespace) -> date | None:
    if options.first is None:
        return None
    if options.old:
        raise UsageError("--from and --old do not go together", remedy="An old model runs from the day it was left.")
    try:
        return date.fromisoformat(options.first)
    except ValueError:
        raise UsageError(f"--from {options.first!r} is not a date", remedy="Write it as 2018-11-30.") from None


def _olds(place: str, found: tuple[OldModel, ...], options: Namespace) -> int:
    """Each policy that the account left, beside it."""
    if options.json:
        body = [{"change": one.request.id, "on": one.on.isoformat(), **shadow_document(one.shadow)} for one in found]
        print_json("shadow", {"account": place, "old": body})
        return 0
    for line in wrapped(f"{place} has left no policy by a change") if not found else ():
        say(line)
    for number, one in enumerate(found):
        old, new = one.request.names
        until = one.request.shadow_until
        head = f"{one.request.id}: {place} left {old} for {new} on {one.on}; {old} runs on in shadow until {until}"
        for line in (*([""] if number else []), *wrapped(head), *_rows(one.shadow)):
            say(line)
    return 0


def screen(found: Shadow) -> Iterator[str]:
    """Head, the ladder from the model to the account, and what is to be known of it."""
    yield from wrapped(f"account {found.name}, follows {found.policy.title}    {found.dates[0]} to {found.dates[-1]}")
    yield from wrapped(ALIKE)
    yield ""
    yield from _rows(found)
    for note in found.notes:
        yield from wrapped(f"! {note}")


def _rows(found: Shadow) -> Iterator[str]:
    yield f" {'':<{NAMED}}{'made, %':>10}{'brought, %':>12}{found.currency.code:>16}"
    yield f" {clipped('the model as specified', NAMED)}{_made(found.model[-1])}"
    for override, one in zip(found.overrides, found.costs, strict=True):
        yield _rung(f"{one.name} {override.by}: {what_words(override)}", one.linked, one.money)
    if found.overrides:
        yield f" {clipped('the model with its overrides', NAMED)}{_made(found.overridden[-1])}"
    yield _rung(REST, found.rest.linked, found.rest.money)
    total = _rung("the account", found.total.linked, found.total.money)
    yield f" {clipped('the account', NAMED)}{_made(found.account[-1])}{total[NAMED + 11 :]}"


def _made(grown: float) -> str:
    return percent(float(grown) - 1.0, 10, 2, signed=True)


def _rung(name: str, linked: float, money: Decimal) -> str:
    return f" {clipped(name, NAMED)}{'':>10}{percent(linked, 12, 2, signed=True)}{money:>+16,.2f}"
