"""What each override of an account came to, asked of its shadow (desk/shadow.py); or why that cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import TrimtabError
from trimtab.desk.overriding import kept_overrides
from trimtab.desk.practice import Loader
from trimtab.desk.shadow import shadow_in

UNTRADED = "no day of the account has it yet"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an override brought by now: a fraction of what the account was worth, and money of it; below zero it cost.

    None where that cannot be told, with `why`.
    """

    gain: float | None = None
    money: Decimal | None = None
    currency: str = ""
    why: str = ""


def costs_in(book: BookStore, place: str, load: Loader, until: date) -> dict[str, Cost]:
    """By the id of each override of an account or sleeve, up to a day."""
    names = [one.written.id for one in kept_overrides(book, place)]
    try:
        shadow = shadow_in(book, place, load, as_of=until)
    except TrimtabError as error:  # no prices, no decision yet, another policy: the list is shown all the same
        return {name: Cost(why=str(error)) for name in names}
    found = {name: shadow.cost_of(name) for name in names}
    code = shadow.currency.code
    return {name: Cost(why=UNTRADED) if one is None else Cost(one.linked, one.money, code) for name, one in found.items()}
