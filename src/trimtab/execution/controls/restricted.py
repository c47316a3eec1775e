"""A restricted list: what must be neither bought nor sold.

What may be sold and not bought is a rule of construction (`restricted` among the limits), so that targets know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from trimtab.core.controls import Circumstances, Line
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class RestrictedList:
    """Nothing that `only` names, assets or classes, is traded. Raises ParameterError for a name that is neither."""

    batch: ClassVar[bool] = False
    most: ClassVar[Decimal] = Decimal(0)
    only: tuple[str, ...]
    universe: tuple[Asset, ...] = ()
    _meant: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.only or not all(name.strip() for name in self.only):
            raise ParameterError("the list is empty, or has an empty name", field="only", remedy="Name assets or classes.")
        known = {word for asset in self.universe for word in (asset.id, asset.asset_class) if word}
        strange = next((name for name in self.only if known and name not in known), "")
        if strange:
            what = f"{strange!r} is no asset or class of the universe"
            raise ParameterError(what, field="only", remedy=f"Known are {', '.join(sorted(known))}.")
        names = set(self.only)
        found = frozenset(a for a, asset in enumerate(self.universe) if names & {asset.id, asset.asset_class})
        object.__setattr__(self, "_meant", found)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """1 for each order in what is restricted, else 0; None before the universe is known."""
        if not self.universe:
            return [None] * len(lines)
        return [Decimal(line.asset in self._meant) for line in lines]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"{', '.join(self.only)} must not be traded"
