"""One part of a sweep as columns: what is written down of each variant, and the worker that makes them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.data.market import Market
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.sweep import sweep
from trimtab.desk.sweep_packages import package
from trimtab.desk.swept import FIGURES, Swept
from trimtab.desk.variants import Variants
from trimtab.numerics.lanes_running import Engine

OWN = ("variant", *FIGURES, "first", "periods", "engine", "failed", "policy", "months")
_WIDEST = 63  # binary digits of a whole number in a column, without its sign


def check_axes(grid: Grid) -> None:
    """Raises UsageError for an axis whose name is that of a column, or whose values are not plain or have no room in one."""
    for axis in grid.axes:
        if axis.name in OWN:
            remedy = f"Vary a key inside it, such as {axis.name}.bps."
            raise UsageError(f"{axis.name} is the name of a column of the results", remedy=remedy)
        if max(_widths(axis.values), default=0) > _WIDEST:
            remedy = f"Whole numbers go up to {2**_WIDEST - 1:.1e} here: write it with a point, such as 1.0e+20."
            raise UsageError(f"a whole number among the values of {axis.name} is too large", remedy=remedy)
        for strange in _strange(axis.values):
            remedy = "Give texts, finite numbers, true or false, as a policy file has them."
            raise UsageError(f"the values of {axis.name} are not plain: one is {strange}", remedy=remedy)


def _strange(value: Any) -> Iterator[str]:
    """What in a value no policy file could hold."""
    if isinstance(value, Mapping):
        yield from _strange([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strange(one)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield str(value)
    elif value is not None and not isinstance(value, str | int):
        yield f"of type {type(value).__name__}"


def _widths(value: Any) -> Iterator[int]:
    """The binary digits of each whole number in a value."""
    if isinstance(value, int):
        yield (value if value >= 0 else ~value).bit_length()
    elif isinstance(value, Mapping):
        yield from _widths(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _widths(one)


@dataclass(frozen=True, slots=True)
class Work:
    """Runs parts of a sweep in a worker: `work(market, numbers)` gives columns. Variants travel as texts."""

    text: str
    grid: str
    folder: str
    engine: Engine
    _variants: Variants | None = field(default=None, compare=False)

    @classmethod
    def of(cls, variants: Variants, engine: Engine) -> Work:
        """The work on these variants; in this process it keeps what they have read."""
        grid = json.dumps([[list(axis.path), list(axis.values)] for axis in variants.grid.axes])
        return cls(variants.text, grid, variants.folder, engine, variants)

    def __getstate__(self) -> tuple[str, str, str, Engine]:
        """What travels."""
        return (self.text, self.grid, self.folder, self.engine)

    def __setstate__(self, state: tuple[str, str, str, Engine]) -> None:
        """Arrived."""
        for name, value in zip(("text", "grid", "folder", "engine", "_variants"), (*state, None), strict=True):
            object.__setattr__(self, name, value)

    def __call__(self, market: Market, numbers: Index) -> dict[str, Any]:
        """The columns of the variants `numbers` (V,)."""
        variants = self._variants or variants_of(self.text, self.grid, self.folder)
        return columns(variants, sweep(variants, market, numbers, engine=self.engine), market)


@lru_cache(maxsize=1)
def variants_of(text: str, grid: str, folder: str) -> Variants:
    """Read once in a process: many parts share their policies."""
    axes = (Axis(tuple(path), tuple(values)) for path, values in json.loads(grid))
    return Variants(text, Grid(tuple(axes)), folder)


def columns(variants: Variants, swept: Swept, market: Market) -> dict[str, Any]:
    """`variant`, a column an axis, `FIGURES`, `first` (date), `periods`, `engine`, `failed`, `policy`, `months`."""
    numbers = swept.numbers.tolist()
    began = np.where(
        swept.first >= 0, market.sessions[np.maximum(swept.first, 0)].astype("datetime64[D]"), np.datetime64("NaT")
    )
    pa, width = package("pyarrow"), swept.months.shape[1]
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * np.int32(width)
    return {
        "variant": np.asarray(swept.numbers, dtype=np.int64),
        **points(variants.grid, numbers),
        **{name: np.asarray(swept.figures[name]) for name in FIGURES},
        "first": began.astype("datetime64[D]"),
        "periods": np.asarray(swept.periods, dtype=np.int64),
        "engine": list(swept.engines),
        "failed": [swept.failed.get(number, "") for number in numbers],
        "policy": [_hash(variants, number) for number in numbers],
        "months": pa.ListArray.from_arrays(pa.array(offsets), pa.array(swept.months.ravel())),
    }


def points(grid: Grid, numbers: Sequence[int]) -> dict[str, Any]:
    """The values of each axis: numbers where all are, else texts as a policy file has them."""
    at = np.unravel_index(np.asarray(numbers, dtype=np.intp), grid.shape) if grid.axes else ()
    return {axis.name: _values(axis, index.tolist()) for axis, index in zip(grid.axes, at, strict=True)}


def _values(axis: Axis, index: Sequence[int]) -> Any:
    kinds = {type(value) for value in axis.values}
    for kinds_of, form in (({bool}, np.bool_), ({int}, np.int64), ({int, float}, np.float64)):
        if kinds <= kinds_of:
            return np.array([axis.values[k] for k in index], dtype=form)
    return [text_of(axis.values[k]) for k in index]


def text_of(value: Any) -> str:
    """A value as it is read."""
    return value if isinstance(value, str) else json.dumps(value)


def _hash(variants: Variants, number: int) -> str:
    """The hash of a variant; of one that is no policy, that of what was asked for: it was tried too."""
    try:
        return variants.sha256(number)
    except TrimtabError:
        asked: Mapping[str, Any] = variants.grid.point(number)
        return hashlib.sha256(f"{variants.text}|{json.dumps(asked)}".encode()).hexdigest()
