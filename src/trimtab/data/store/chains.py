"""A chain of futures as a series of its own: derived, each time it is asked for, from stored contracts and stored rolls.

What is stored are the contracts' settlements and the roll table, never an adjusted series (see `futures.chained`). A roll is
known when the settlement of the contract that it leaves is; until then the chain goes on with that contract, so that what
is derived at an instant is the beginning of what is derived later, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Dates, Instants
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.data.futures import Contract, Roll, chained, roll_costs
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.publication import known_of
from trimtab.data.rolls import from_rows
from trimtab.data.store.tables import Row
from trimtab.data.vintages import instants_of

EXCESS = "an excess return: what the cash behind the futures earns comes on top"

_OPEN_END = np.datetime64("9999-12-31")  # of the contract held last


def rolls_by_chain(rows: Iterable[Row]) -> dict[str, tuple[Roll, ...]]:
    """The rolls of each chain, by date."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["chain"], []).append({k: v for k, v in row.items() if k not in ("chain", "recorded")})
    return {chain: tuple(sorted(from_rows(table), key=lambda roll: roll.date)) for chain, table in found.items()}


def require_path(chain: str, rolls: Sequence[Roll]) -> None:
    """Raise DataError where rolls, by date, do not lead from contract to contract, each held once."""
    for one, two in pairwise(rolls):
        if one.new != two.old or two.date <= one.date:
            what = f"{chain} rolls out of {two.old} on {two.date}, but into {one.new} on {one.date}"
            raise DataError(what, remedy="Rolls rise by date, each out of the contract that the one before went into.")
    held = legs(rolls)
    for name in held:
        if held.count(name) > 1 or name == chain:
            what = f"{chain} comes back to {name}" if name != chain else f"{chain} cannot be one of its own contracts"
            raise DataError(what, remedy="A contract is held once: CLK20, then CLM20 and so on.")


def require_no_chain(series: Iterable[str], chains: Sequence[str]) -> None:
    """Raise DataError where a series would bear the id of a chain."""
    for name in series:
        if name in chains:
            what = f"{name} is a chain of the store: it is derived from its contracts"
            raise DataError(what, remedy="Give the series another id: --series MY_ID=CODE.")


def legs(rolls: Sequence[Roll]) -> tuple[str, ...]:
    """Ids of the contracts in the order in which they are held."""
    return (rolls[0].old, *(roll.new for roll in rolls)) if rolls else ()


def seen(rolls: Sequence[Roll], contracts: Mapping[str, History], known: np.datetime64 | None) -> tuple[Roll, ...]:
    """The rolls known by an instant (None: all); `contracts` as they stand without that bound."""
    if known is None:
        return tuple(rolls)
    count = next((k for k, roll in enumerate(rolls) if _roll_known(roll, contracts) > known), len(rolls))
    return tuple(rolls[:count])


def chain_about(chain: str, rolls: Sequence[Roll], held: Sequence[About], *, front: str) -> About:
    """What a chain is, by what its contracts `held` are; `rolls` are those seen so far, out of `front` first."""
    names = legs(rolls) or (front,)
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    cost = f"{len(rolls)} rolls took {roll_costs(rolls):.4%} out as their cost"
    source = "; ".join(dict.fromkeys(about.provenance for about in held))
    return About(
        chain,
        f"{chain}, chained from {span}",
        Kind.EXCESS_RETURN,
        f"contract returns chained over {len(rolls)} rolls, {span}" + (f"; contracts: {source}" if source else ""),
        frequency=held[0].frequency if held else "daily",
        is_average=any(about.is_average for about in held),
        notes=tuple(dict.fromkeys((EXCESS, cost, *(note for about in held for note in about.notes)))),
        lag_days=max((about.lag_days for about in held), default=0),
        currency=_shared("currency", held),
        market=_shared("market", held),
        licence="; ".join(dict.fromkeys(about.licence for about in held if about.licence)),
    )


def chain_history(
    chain: str, rolls: Sequence[Roll], contracts: Mapping[str, History], *, known: np.datetime64 | None = None
) -> History:
    """The chain as known at an instant. `contracts` are all its contracts, without that bound.

    Raises DataError where a contract is missing, is restated, or differs from the others in currency or market.
    """
    passed = seen(rolls, contracts, known)
    names = legs(passed) or (rolls[0].old,)
    _require_contracts(chain, names, contracts)
    held = {name: _upto(contracts[name], known) for name in names}
    ends = {roll.old: roll.date for roll in passed}
    made = chained(
        [Contract(name, ends.get(name, _OPEN_END), one.dates, one.fields[CLOSE]) for name, one in held.items()], passed
    )
    _require_alike(chain, [one.about for one in held.values()])
    about = chain_about(chain, passed, [one.about for one in held.values()], front=names[0])
    ended = (Issue(issue.what, f"{chain} {issue.where}", issue.action) for issue in made.issues)
    issues = tuple(dict.fromkeys((*(issue for one in held.values() for issue in one.issues), *ended)))
    whole = History(
        about,
        made.dates,
        {CLOSE: made.index, TOTAL_RETURN: made.index},
        _known(made.dates, passed, [contracts[name] for name in names]),
        issues,
    )
    return _upto(whole, known)


def _known(dates: Dates, rolls: Sequence[Roll], held: Sequence[History]) -> Instants:
    """(T,) when each row is known: with the settlement that it was made from, of the contract held up to that date.

    Where a settlement was late on the date of a roll, no earlier than the rolls before it.
    """
    contract = np.searchsorted(np.array([roll.date for roll in rolls], dtype="datetime64[D]"), dates)  # on a roll: the old one
    known = np.full(len(dates), np.datetime64("0001-01-01", "s"))
    for k, one in enumerate(held):
        rows = np.flatnonzero(contract == k)
        known[rows] = np.maximum(known[rows], _settled(one, dates[rows]))
        if k < len(rolls):
            after = np.flatnonzero(contract > k)
            known[after] = np.maximum(known[after], _roll_known(rolls[k], {rolls[k].old: one}))
    return known


def _settled(one: History, dates: Dates) -> Instants:
    """(N,) when a contract's settlements of `dates` (N,) are known; by its rule where it has none, on a roll off its record."""
    known = known_of(one.about, dates).astype("datetime64[s]")
    at = np.searchsorted(one.dates, dates)
    stored = np.flatnonzero(np.isin(dates, one.dates))
    known[stored] = instants_of(one)[at[stored]]
    return known


def _roll_known(roll: Roll, contracts: Mapping[str, History]) -> np.datetime64:
    """When a roll is known: with the old contract's settlement of that date, or a later one where that comes first."""
    day = np.array([roll.date], dtype="datetime64[D]")
    old = contracts.get(roll.old)
    if old is None:
        return np.datetime64(known_of(About(roll.old, "", Kind.PRICE, ""), day)[0], "s")
    later = instants_of(old)[old.dates > roll.date]
    return np.datetime64(np.append(later, _settled(old, day)).min(), "s")


def _upto(history: History, known: np.datetime64 | None) -> History:
    """The rows known by an instant."""
    if known is None:
        return history
    instants = instants_of(history)
    rows = instants <= known
    fields = {name: values[rows] for name, values in history.fields.items()}
    return replace(history, dates=history.dates[rows], fields=fields, known=instants[rows])


def _require_contracts(chain: str, names: Sequence[str], contracts: Mapping[str, History]) -> None:
    missing = [name for name in names if name not in contracts]
    if missing:
        what = f"the chain {chain} needs {', '.join(missing)}, of which the store has no series"
        raise DataError(what, remedy="Add the contracts' settlements: trimtab data add.")
    for name in names:
        if contracts[name].revised:
            what = f"{name} holds several vintages of a date: the chain {chain} is made of final settlements"
            raise DataError(what, remedy="Leave the restatements of settlements out.")


def _shared(word: str, held: Sequence[About]) -> str:
    """The currency or market of all contracts, empty where they differ."""
    found = {str(getattr(about, word)) for about in held}
    return found.pop() if len(found) == 1 else ""


def _require_alike(chain: str, held: Sequence[About]) -> None:
    for word in ("currency", "market"):
        found = {str(getattr(about, word)): about.name for about in reversed(held)}
        if len(found) > 1:
            each = ", ".join(f"{name} {value or 'unsaid'}" for value, name in found.items())
            raise DataError(f"the contracts of {chain} differ in {word}: {each}", remedy="Chain contracts of one market.")
