"""Every variant of a sweep in the registry of trials: a line for each finished part before its results are kept, and once.

How many independent trials the parts so far are worth together stands in each line (`validation.effective_trials`): the
same draws of luck serve all variants, so that variants alike in different parts are not counted as independent, and the
last line says the same however the sweep was cut and whichever part was finished first.
Returns are those of months, over all months; a month that a variant does not have is one without luck.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.parts_store import PartsStore
from trimtab.desk.sweep_packages import package
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_code import VariantCode
from trimtab.desk.trial_loss import parts_named
from trimtab.desk.trials import Registry
from trimtab.desk.variants import Variants
from trimtab.validation.effective_trials import DRAWS, expected_best, unit_columns

SEED = 1  # the same sweep is always worth the same
_AT_ONCE = 2000  # variants whose luck is drawn at a time
_HALVINGS = 60


@dataclass(slots=True)
class Luck:
    """The best and the worst luck (DRAWS,) that any variant so far had in each draw, and how many of them vary."""

    months: int
    high: Array = field(default_factory=lambda: np.full(DRAWS, -np.inf))
    low: Array = field(default_factory=lambda: np.full(DRAWS, np.inf))
    varying: int = 0

    def add(self, wealth: Array) -> None:
        """Variants with their wealth (V, M) at the ends of months."""
        if self.months < 2 or not len(wealth):
            return
        noise = np.random.default_rng(SEED).normal(size=(DRAWS, self.months - 1))
        for some in np.array_split(wealth, -(-len(wealth) // _AT_ONCE)):
            units = unit_columns(_luck(some).T)
            if units.shape[1]:
                luck = noise @ units
                self.high, self.low = np.maximum(self.high, luck.max(axis=1)), np.minimum(self.low, luck.min(axis=1))
                self.varying += units.shape[1]

    @property
    def worth(self) -> float:
        """How many independent trials look as good by luck; 0 for none."""
        if not self.varying:
            return 0.0
        best = 0.5 * float((self.high - self.low).mean())
        least, most = 0.0, math.log(self.varying)
        for _ in range(_HALVINGS):
            middle = 0.5 * (least + most)
            least, most = (middle, most) if expected_best(math.exp(middle)) < best else (least, middle)
        return math.exp(most)


def _luck(wealth: Array) -> Array:
    """(V, M - 1) returns less their means; 0 where a variant has none."""
    returns = wealth[:, 1:] / wealth[:, :-1] - 1.0
    known = np.isfinite(returns)
    mean = np.where(known, returns, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known, returns - mean[:, np.newaxis], 0.0)


@dataclass
class CountedParts(PartsStore):
    """The parts of a sweep, each of which is in the registry before it is kept."""

    registry: Registry = field(kw_only=True)
    name: str = field(kw_only=True)
    data: str = field(kw_only=True)
    months: int = field(kw_only=True)
    per_year: int = field(kw_only=True)
    variants: Variants | None = field(kw_only=True, default=None)  # to know which code of one's own each of them runs
    _luck: Luck = field(init=False, repr=False)
    _counted: set[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Count what was found finished and has no line: a registry that went missing does not make it unseen."""
        self._luck = Luck(self.months)
        self._counted = parts_named(self.job.digest, self.registry.entries())
        for index in sorted(self.finished):
            table = self.part(index)
            found = {
                name: table.column(name).to_numpy(zero_copy_only=False) for name in ("variant", "sharpe", "periods", "policy")
            }
            wealth = package("pyarrow.compute").list_flatten(table.column("months")).to_numpy()
            self._count(index, found, wealth)

    def keep(self, index: int, columns: Mapping[str, Any]) -> None:
        """Count the part, then keep it. Raises as `PartsStore.keep` and `Registry.sweep`."""
        self._count(index, columns, columns["months"].flatten().to_numpy())
        PartsStore.keep(self, index, columns)

    def _count(self, index: int, columns: Mapping[str, Any], wealth: Array) -> None:
        self._luck.add(np.asarray(wealth, dtype=float).reshape(-1, self.months))
        if index in self._counted:
            return
        policies = self._trials(columns)
        part = SweptPart(
            sweep=self.job.digest,
            part=index,
            data=self.data,
            sharpes=np.asarray(columns["sharpe"], dtype=float) / math.sqrt(self.per_year),
            policies=policies,
            periods=int(np.max(columns["periods"])),
            periods_per_year=self.per_year,
            name=self.name,
            worth=max(1.0, self._luck.worth),
        )
        self.registry.sweep(part)
        self._counted.add(index)

    def _trials(self, columns: Mapping[str, Any]) -> tuple[str, ...]:
        """What counts as a trial of each variant: its hash, and with code of one's own that of the code too."""
        hashes = tuple(map(str, columns["policy"]))
        if self.variants is None or not self.job.what.get("own_code"):
            return hashes
        code, point = VariantCode(self.variants.text, self.variants.folder), self.variants.grid.point
        pairs = zip(hashes, columns["variant"], strict=True)
        return tuple(code.trial(name, point(int(number))) for name, number in pairs)
