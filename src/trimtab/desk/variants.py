"""The variants of a policy over a grid: what of each is shared, so that nothing is read or worked out twice.

What a key changes decides who shares what: knowledge (signals to goals), dates (when it is decided and traded), or the book
(how it is reached and what it costs). Rules change the first and the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.errors import PolicyError, TrimtabError, UsageError
from trimtab.desk.canonical import commitment
from trimtab.desk.grid import Axis, Grid, changed
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.yaml12 import Document, parse


class Aspect(Enum):
    """What a variant is made of."""

    KNOWLEDGE = "knowledge"
    DATES = "dates"
    BOOK = "book"


_KNOWLEDGE, _DATES, _BOOK = Aspect.KNOWLEDGE, Aspect.DATES, Aspect.BOOK
_ASPECTS: Mapping[str, tuple[Aspect, ...]] = {
    **dict.fromkeys(("signals", "combine", "regime", "forecast", "allocator", "averages", "liquidity"), (_KNOWLEDGE,)),
    **dict.fromkeys(("schedule", "start"), (_DATES,)),
    **dict.fromkeys(("reacher", "costs", "execution", "holding", "fees", "tax", "controls", "capital"), (_BOOK,)),
    **dict.fromkeys(("rules", "cash"), (_KNOWLEDGE, _BOOK)),
    "benchmark": (_KNOWLEDGE, _BOOK),
}


@dataclass(frozen=True, slots=True)
class Variants:
    """All variants of a policy file over a grid, by number. Raises UsageError for a key that cannot be varied."""

    text: str  # the policy as it is written
    grid: Grid
    folder: str = ""
    _document: Document = field(init=False, repr=False)
    _read: dict[int, Policy] = field(default_factory=dict, repr=False, compare=False)
    _canonical: dict[tuple[Aspect, int], Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for axis in self.grid.axes:
            _aspects(axis)
        object.__setattr__(self, "_document", parse(self.text, "policy"))
        for axis in self.grid.axes:
            self._require_signal(axis)
        changed(self._document, self.grid.axes, [axis.values[0] for axis in self.grid.axes])  # every path leads somewhere

    @classmethod
    def of(cls, policy: Policy, grid: Grid) -> Variants:
        """Variants of a policy that was read from a file or from plain values."""
        return cls(policy.identity.source, grid, policy.identity.folder)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.grid)

    def __getstate__(self) -> tuple[str, Grid, str]:
        """What a worker needs: the rest is read again there."""
        return (self.text, self.grid, self.folder)

    def __setstate__(self, state: tuple[str, Grid, str]) -> None:
        """Read again."""
        for name, value in zip(("text", "grid", "folder"), state, strict=True):
            object.__setattr__(self, name, value)
        for name in ("_read", "_canonical"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_document", parse(self.text, "policy"))

    def _require_signal(self, axis: Axis) -> None:
        """Stop at a signal that the policy does not have: it goes by its own name there, not by that of its component."""
        values = self._document.values
        signals = values.get("signals") if isinstance(values, Mapping) else None
        if axis.path[0] == "signals" and isinstance(signals, Mapping) and axis.path[1:2] and axis.path[1] not in signals:
            raise UsageError(f"{axis.name}: there is no signal {axis.path[1]!r}", remedy=f"Signals: {', '.join(signals)}.")

    def policy(self, number: int) -> Policy:
        """One variant in full. Raises PolicyError, naming the values that it was given."""
        if number not in self._read:
            point = self.grid.point(number)
            document = changed(self._document, self.grid.axes, point.values())
            try:
                self._read[number] = read_policy(document, source=self.text, folder=Path(self.folder))
            except TrimtabError as error:
                given = ", ".join(f"{name}={value}" for name, value in point.items())
                raise PolicyError(f"{error.what} (with {given})" if given else error.what, remedy=error.remedy) from None
        return self._read[number]

    def group(self, aspect: Aspect, numbers: Index) -> tuple[Index, Index]:
        """Which of `numbers` (V,) share an aspect: the first variant of each group (G,), and the group of each (V,)."""
        _, first, group = np.unique(self.keys(aspect, numbers), return_index=True, return_inverse=True)
        return numbers[first], group

    def keys(self, aspect: Aspect, numbers: Index) -> Index:
        """(V,) a number that two variants share where they agree in all keys of the aspect."""
        at = np.unravel_index(numbers, self.grid.shape) if self.grid.axes else ()
        key = np.zeros(len(numbers), dtype=np.intp)
        for axis, index in zip(self.grid.axes, at, strict=True):
            if aspect in _aspects(axis):
                key = key * len(axis.values) + index
        return key

    def representative(self, aspect: Aspect, number: int) -> int:
        """The first variant of the grid that shares an aspect with variant `number`: the same for all parts of a sweep."""
        if not self.grid.axes:
            return number
        at = np.unravel_index(number, self.grid.shape)
        first = [int(index) if aspect in _aspects(axis) else 0 for axis, index in zip(self.grid.axes, at, strict=True)]
        return int(np.ravel_multi_index(first, self.grid.shape))

    def order(self) -> Index:
        """All variants with those that share knowledge together: parts cut from it work out little twice."""
        numbers = np.arange(len(self))
        return numbers[np.lexsort((self.keys(_BOOK, numbers), self.keys(_DATES, numbers), self.keys(_KNOWLEDGE, numbers)))]

    def sha256(self, number: int) -> str:
        """The commitment of one variant: the hash that its backtest has, put together without reading it in full."""
        here = np.array([number])
        form = dict(self._form(None, number=number))
        for aspect in (_KNOWLEDGE, _DATES, _BOOK):
            varied = {axis.path[0] for axis in self.grid.axes if aspect in _aspects(axis)}
            own = self._form(aspect, number=number, key=int(self.keys(aspect, here)[0]))
            for name in varied:
                form.pop(str(name), None)
                if name in own:
                    form[str(name)] = own[str(name)]
        return commitment(form)

    def _form(self, aspect: Aspect | None, *, number: int, key: int = 0) -> Mapping[str, Any]:
        place = (_BOOK, -1) if aspect is None else (aspect, key)
        if place not in self._canonical:
            self._canonical[place] = self.policy(number).identity.canonical
        return self._canonical[place]


def _aspects(axis: Axis) -> tuple[Aspect, ...]:
    found = _ASPECTS.get(str(axis.path[0]))
    if found is None:
        remedy = f"Vary one of {', '.join(sorted(_ASPECTS))}."
        raise UsageError(f"{axis.path[0]} cannot be varied in a sweep", remedy=remedy)
    return found
