"""The same book posted in another order: what was cancelled left out, numbers and names of lots put right."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from tests.accounting.bookkeeper import alive
from tests.accounting.lives import key_of
from trimtab.core.entries import Adjustment, Delisting, Entry, Fill, Merger, Opening, ReturnOfCapital, SpinOff, Split

MOVING = (Fill, Opening, ReturnOfCapital, Split, Merger, SpinOff, Delisting, Adjustment)
Posted = tuple[list[Entry], dict[int, int]]  # entries, and the number that each old number became


def in_order(entries: Sequence[Entry]) -> Posted:
    """Posted in the order of effect."""
    return renumbered(alive(entries))


def interleaved(entries: Sequence[Entry], dice: random.Random) -> Posted:
    """Posted in a random order in which only entries that touch the same assets keep theirs: every prefix is legal."""
    kept = alive(entries)
    roots = families(entry for _, entry in kept)
    queues: dict[object, list[tuple[int, Entry]]] = {}
    for number, entry in kept:
        queues.setdefault(roots[entry.asset] if isinstance(entry, MOVING) else ("alone", number), []).append((number, entry))
    return drawn(queues, dice)


def shuffled(entries: Sequence[Entry], dice: random.Random) -> Posted:
    """Posted in any order at all, to be posted at once; only entries of one date and rank keep theirs."""
    queues: dict[object, list[tuple[int, Entry]]] = {}
    for number, entry in alive(entries):
        queues.setdefault(key_of(entry, 0), []).append((number, entry))
    return drawn(queues, dice)


def drawn(queues: Mapping[object, Sequence[tuple[int, Entry]]], dice: random.Random) -> Posted:
    """Entries of queues in a random order that keeps each queue's."""
    turns = [name for name, queue in queues.items() for _ in queue]
    dice.shuffle(turns)
    heads = {name: iter(queue) for name, queue in queues.items()}
    return renumbered([next(heads[name]) for name in turns])


def families(entries: Iterable[Entry]) -> dict[int, int]:
    """Assets that exchanges and spin-offs tie together have one root."""
    listed = [entry for entry in entries if isinstance(entry, MOVING)]
    roots = {entry.asset: entry.asset for entry in listed}
    for entry in listed:
        if isinstance(entry, Merger | SpinOff):
            old, new = roots[entry.asset], roots.setdefault(entry.into, entry.into)
            roots = {asset: old if root == new else root for asset, root in roots.items()}
    return roots


def renumbered(listed: Sequence[tuple[int, Entry]]) -> Posted:
    """Entries in this order of posting, with the numbers that they name put right."""
    numbers = {old: new for new, (old, _) in enumerate(listed)}
    return [pointed(entry, numbers) for _, entry in listed], numbers


def pointed(entry: Entry, numbers: Mapping[int, int]) -> Entry:
    """An entry whose lots go by their new names."""
    if isinstance(entry, Fill) and entry.lots:
        return entry._replace(lots=tuple((renamed(lot, numbers), units) for lot, units in entry.lots))
    return entry._replace(lot=renamed(entry.lot, numbers)) if isinstance(entry, Adjustment) else entry


def renamed(lot: str, numbers: Mapping[int, int]) -> str:
    """The name of a lot under new numbers."""
    return ".".join(str(numbers[int(one)]) for one in lot.split(".")) if lot else ""
