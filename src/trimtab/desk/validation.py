"""What a validation found: every check with its light, the ruling, and the pictures' numbers, as a value and as plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.desk.writing import json_text, write_text
from trimtab.validation.checks import Check, Light, Ruling
from trimtab.validation.sensitivity import Surface

FILE = "validation.json"
FORM, VERSION = "trimtab validation", 1
FEW = 3  # variants that are named with the reason why they are not looked at


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The parameter surface: Sharpe ratio over the benchmark a YEAR, the policy's own cell, and how many variants were run.

    `chosen` is None where the policy's own values are not on the grid, `surface` None where nothing could be varied.
    `around` says which variants these are, `left_out` which could not be looked at, and why.
    """

    surface: Surface | None
    chosen: tuple[int, ...] | None
    tried: int
    left_out: tuple[str, ...] = ()
    around: str = "its neighbours"

    @property
    def left_words(self) -> str:
        """What could not be looked at, and why: the first few, and how many more there are; empty for none."""
        more = f"; and {len(self.left_out) - FEW:,} more" if len(self.left_out) > FEW else ""
        return f"not looked at: {'; '.join(self.left_out[:FEW])}{more}" if self.left_out else ""

    @property
    def cell(self) -> tuple[int, ...]:
        """The policy's own cell, the first one where it has none."""
        return self.chosen or (0,) * (len(self.surface.names) if self.surface is not None else 0)

    @property
    def plane(self) -> Array:
        """(L1, L2) of the surface over its first two parameters, at the policy's own values of all others; L2 is 1 for one."""
        if self.surface is None:
            return np.empty((0, 0))
        metric = self.surface.metric
        for place in reversed(self.cell[2:]):
            metric = metric[..., place]
        return metric if metric.ndim > 1 else metric[:, np.newaxis]


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """`checks` in the order in which they are read; `words` is the ruling in sentences.

    `paths` (P,) are Sharpe ratios over the benchmark of histories that nothing was learnt from, `starts` growth a YEAR by
    ISO date of the first day. `trials` different ones were run in the workspace, worth `effective` independent ones.
    """

    policy: str  # its name
    sha256: str
    data: str  # digest
    first: str
    last: str
    seed: int
    trials: int
    effective: float
    ruling: Ruling
    words: str
    checks: tuple[Check, ...]
    ground: Ground
    paths: Array
    starts: Mapping[str, float]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that fail."""
        return tuple(check for check in self.checks if check.light is Light.FAIL)

    def check(self, name: str) -> Check:
        """One check by its name. Raises KeyError where there is none."""
        return {check.name: check for check in self.checks}[name]

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; NaN as null."""
        surface = self.ground.surface
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {
            "form": FORM,
            "version": VERSION,
            "ruling": self.ruling.value,
            "checks": [_check(check) for check in self.checks],
            "surface": None if surface is None else _surface(surface),
            "chosen": None if self.ground.chosen is None else list(self.ground.chosen),
            "variants": self.ground.tried,
            "left_out": list(self.ground.left_out),
            "around": self.ground.around,
            "paths": self.paths.tolist(),
            "starts": dict(self.starts),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Validation:
        """From what `to_dict` gave. Raises DataError for anything else, so that nobody meets half a validation later."""
        if plain.get("form") != FORM or plain.get("version") != VERSION:
            what = f"form {plain.get('form')!r}, version {plain.get('version')!r} of a validation is not known"
            raise DataError(what, remedy="Validate again: trimtab validate POLICY.")
        try:
            rest: dict[str, Any] = {name: _text(plain[name]) for name in _TEXTS}
            rest |= {name: _whole(plain[name]) for name in _COUNTS}
            rest |= {"effective": _real(plain["effective"]), "ruling": Ruling(plain["ruling"])}
            paths = np.array([_real(one) for one in plain["paths"]], dtype=float)
            starts = {_day(day): _real(growth) for day, growth in plain["starts"].items()}
            return cls(**rest, checks=_read_checks(plain["checks"]), ground=_read_ground(plain), paths=paths, starts=starts)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, ParameterError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else str(getattr(error, "what", error))
            what = f"the stored validation is damaged: {said}"
            raise DataError(what, remedy="Validate again: trimtab validate POLICY.") from None


_TEXTS, _COUNTS = ("policy", "sha256", "data", "first", "last", "words"), ("seed", "trials")
_PLAIN = (*_TEXTS, *_COUNTS, "effective")


def keep(found: Validation, run: Path) -> Path:
    """Write it beside the run in its folder; the path."""
    path = run / FILE
    write_text(path, json_text(found.to_dict(), indent=2) + "\n")
    return path


def kept(run: Path) -> Validation | None:
    """The validation of a run, None where there is none. Raises DataError where it cannot be read."""
    path = run / FILE
    if not path.exists():
        return None
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        plain = None
    if not isinstance(plain, Mapping):
        raise DataError("the stored validation is damaged", where=str(path), remedy="Validate again: trimtab validate RUN.")
    return Validation.from_dict(plain)


def _check(check: Check) -> dict[str, Any]:
    value, threshold = (None if math.isnan(one) else one for one in (check.value, check.threshold))
    return {"name": check.name, "value": value, "threshold": threshold, "light": check.light.value, "words": check.words}


def _read_checks(listed: Sequence[Mapping[str, Any]]) -> tuple[Check, ...]:
    if not listed:
        raise ValueError("it has no checks")
    return tuple(_read_check(one) for one in listed)


def _read_check(plain: Mapping[str, Any]) -> Check:
    value, threshold = (math.nan if plain[key] is None else _real(plain[key]) for key in ("value", "threshold"))
    return Check(_text(plain["name"]), value, threshold, Light(plain["light"]), _text(plain["words"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _real(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _read_ground(plain: Mapping[str, Any]) -> Ground:
    """The surface, and the policy's own cell, which must lie on it."""
    surface = None if plain["surface"] is None else Surface(**_read_surface(plain["surface"]))
    chosen = None if plain["chosen"] is None else tuple(_whole(one) for one in plain["chosen"])
    shape = () if surface is None else surface.metric.shape
    if chosen is not None and (len(chosen) != len(shape) or any(i >= n for i, n in zip(chosen, shape, strict=True))):
        raise ValueError(f"the cell {list(chosen)} is not on a surface of {list(shape)}")
    left_out = tuple(_text(one) for one in plain["left_out"])
    return Ground(surface, chosen, _whole(plain["variants"]), left_out, _text(plain["around"]))


def _surface(surface: Surface) -> dict[str, Any]:
    flat = [None if math.isnan(one) else one for one in surface.metric.ravel().tolist()]
    return {"names": list(surface.names), "axes": [list(axis) for axis in surface.axes], "metric": flat}


def _read_surface(plain: Mapping[str, Any]) -> dict[str, Any]:
    axes = tuple(tuple(label if isinstance(label, str) else _real(label) for label in axis) for axis in plain["axes"])
    flat = np.array([math.nan if one is None else _real(one) for one in plain["metric"]], dtype=float)
    names = tuple(_text(name) for name in plain["names"])
    return {"names": names, "axes": axes, "metric": flat.reshape([len(axis) for axis in axes])}
