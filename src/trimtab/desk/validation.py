"""What a validation found: every check with its light, the ruling, and the pictures' numbers, as a value and as plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.desk.writing import json_text, write_text
from trimtab.validation.checks import Check, Light, Ruling
from trimtab.validation.sensitivity import Surface

FILE = "validation.json"
FORM, VERSION = "trimtab validation", 1


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
        """From what `to_dict` gave. Raises DataError for anything else."""
        if plain.get("form") != FORM or plain.get("version") != VERSION:
            what = f"form {plain.get('form')!r}, version {plain.get('version')!r} of a validation is not known"
            raise DataError(what, remedy="Validate again: trimtab validate POLICY.")
        try:
            surface = plain["surface"]
            chosen = None if plain["chosen"] is None else tuple(plain["chosen"])
            made = None if surface is None else Surface(**{**surface, **_read_surface(surface)})
            ground = Ground(made, chosen, plain["variants"], tuple(plain["left_out"]), plain["around"])
            checks = tuple(_read_check(one) for one in plain["checks"])
            rest = {name: plain[name] for name in _PLAIN}
            paths, starts = np.array(plain["paths"], dtype=float), dict(plain["starts"])
            return cls(**rest, ruling=Ruling(plain["ruling"]), checks=checks, ground=ground, paths=paths, starts=starts)
        except (KeyError, TypeError, ValueError) as error:
            what = f"the stored validation is damaged: {type(error).__name__} {error}"
            raise DataError(what, remedy="Validate again: trimtab validate POLICY.") from None


_PLAIN = ("policy", "sha256", "data", "first", "last", "seed", "trials", "effective", "words")


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


def _read_check(plain: Mapping[str, Any]) -> Check:
    value, threshold = (math.nan if plain[key] is None else float(plain[key]) for key in ("value", "threshold"))
    return Check(plain["name"], value, threshold, Light(plain["light"]), plain["words"])


def _surface(surface: Surface) -> dict[str, Any]:
    flat = [None if math.isnan(one) else one for one in surface.metric.ravel().tolist()]
    return {"names": list(surface.names), "axes": [list(axis) for axis in surface.axes], "metric": flat}


def _read_surface(plain: Mapping[str, Any]) -> dict[str, Any]:
    axes = tuple(tuple(axis) for axis in plain["axes"])
    flat = np.array([math.nan if one is None else one for one in plain["metric"]], dtype=float)
    return {"names": tuple(plain["names"]), "axes": axes, "metric": flat.reshape([len(axis) for axis in axes])}
