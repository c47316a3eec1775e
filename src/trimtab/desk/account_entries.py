"""The entries of an account of the book in the numbers of the policy that it follows, and what the policy does not know.

An account and its sleeves are read as one; what was cancelled is out. Instruments that are no asset of the policy, and money
in another currency, are kept with their names, so that whoever reads the entries can refuse them where they matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trimtab.accounting.moves import moves_of
from trimtab.accounting.taxes.household import in_order
from trimtab.core.entries import Entry
from trimtab.core.errors import UsageError
from trimtab.core.households import Contract, Instrument
from trimtab.desk.books import Scope
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import matched


@dataclass(frozen=True, slots=True)
class Owned:
    """Entries in the order of effect, none cancelled, under the name of an account or sleeve.

    Assets have the numbers of the policy's universe of A; those from A on are `strangers`, by name. `currency` of an entry
    is empty where it is that of the account.
    """

    name: str
    entries: tuple[Entry, ...]
    strangers: tuple[str, ...] = ()


def owned(policy: Policy, scope: Scope, entries: Mapping[str, Sequence[Entry]], instruments: Sequence[Instrument]) -> Owned:
    """The entries of one account (or sleeve): `entries` by place in order of posting, with the book's `instruments`.

    Raises UsageError where the scope is several accounts, or an account in another currency than the policy's.
    """
    account, code = scope.one, policy.horizon.capital.currency
    if account is None:
        raise UsageError(f"{scope.name} is several accounts", remedy="Name one of them.")
    if account.currency != code:
        what = f"{scope.name} is kept in {account.currency}, {policy.name} in {code}"
        raise UsageError(what, remedy="Attribute it to a policy in the currency of the account.")
    numbers = matched(policy.universe, instruments)
    own = {number: asset for asset, number in enumerate(numbers) if number is not None}
    others = [number for number in range(len(instruments)) if number not in own]
    own |= {number: len(policy.universe) + k for k, number in enumerate(others)}
    placed = in_order({place: entries[place] for place in scope.places})
    found = tuple(_renumbered(one.entry, own, code) for one in placed)
    return Owned(scope.name, found, tuple(_spoken(instruments[number]) for number in others))


def _renumbered(entry: Entry, own: Mapping[int, int], code: str) -> Entry:
    changes: dict[str, object] = {
        key: own[number] for key in ("asset", "into") if (number := getattr(entry, key, None)) is not None
    }
    for key in ("currency", "sold", "bought"):
        if getattr(entry, key, "") == code:
            changes[key] = ""
    return entry._replace(**changes) if changes else entry  # type: ignore[arg-type]


def _spoken(one: Instrument) -> str:
    return f"{one.id} (a future)" if one.contract is Contract.FUTURE else one.id


def unknown_in(entry: Entry, strangers: Sequence[str], count: int) -> Iterator[str]:
    """Names of what the policy with `count` assets does not know in an entry: instruments, and currencies."""
    for key in ("asset", "into"):
        number = getattr(entry, key, None)
        if number is not None and number >= count:
            yield strangers[number - count]
    yield from (f"money in {code}" for code, amount in moves_of(entry) if code and amount)


def require_known(names: Sequence[str], owner: Owned, policy: Policy) -> None:
    """Raises UsageError where there are any such names: a number that leaves them out would be wrong."""
    if names:
        what = f"{owner.name} has {', '.join(dict.fromkeys(names))}, which {policy.name} does not know"
        remedy = "Add it to the universe of the policy, or give --from, a date after it had left the account."
        raise UsageError(what, remedy=remedy)
