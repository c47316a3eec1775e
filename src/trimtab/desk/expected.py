"""What was expected of a policy, written down before launch: a file in the workspace, under the hash of the policy.

`expectations/<hash>.json` holds the fan, where it comes from and which data it was drawn from. It is written once: what was
expected is not changed after the fact. Where a policy runs code of one's own (`trial_code`), a hash of both stands behind
that of the policy: what was expected of a rule is not expected of another under the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError, UsageError
from trimtab.desk.canonical import with_code
from trimtab.desk.resampled import Resampled, fan_of
from trimtab.desk.trial_code import code_of
from trimtab.desk.version import code_version
from trimtab.desk.writing import json_text, write_text
from trimtab.validation.expectations import Expectations

FOLDER = "expectations"
LEAST = 350  # days of data: about a year
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Expected:
    """The fan of a policy: its name and hash, `source` (model, data, last date, code), and the ranges of its figures.

    `source` has `own_code` where the policy runs code of one's own: SHA-256 by module.
    """

    name: str
    policy_sha256: str
    fan: Expectations
    ranges: dict[str, dict[str, float]]
    source: dict[str, Any]

    @property
    def own_code(self) -> dict[str, str]:
        """The code of one's own that it was drawn with, SHA-256 by module; empty where there was none."""
        return dict(self.source.get("own_code") or {})

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold, exactly."""
        head = {"name": self.name, "policy_sha256": self.policy_sha256, "source": self.source, "ranges": self.ranges}
        return head | {"words": self.fan.words, "fan": self.fan.to_dict()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Expected:
        """From what `to_dict` wrote. Raises DataError for anything else."""
        try:
            head = (str(plain["name"]), str(plain["policy_sha256"]))
            return _told(cls(*head, Expectations.from_dict(plain["fan"]), dict(plain["ranges"]), dict(plain["source"])))
        except (KeyError, TypeError, ValueError) as error:
            what = f"the stored expectations are damaged: {type(error).__name__} {error}"
            raise DataError(what, remedy="Restore the file as it was written at launch.") from None


def _told(found: Expected) -> Expected:
    """The same, where nothing is missing that screens and reports say; else KeyError, TypeError or ValueError."""
    _ = [found.source[name] for name in ("model", "first", "last")], int(found.source["years"])
    _ = int(found.fan.origin.history), float(found.fan.origin.block or 1.0)  # type: ignore[arg-type]  # none is refused
    _ = found.own_code
    for one in found.ranges.values():
        _ = [float(one[name]) for name in ("low", "median", "high", "level")]
    return found


def expected_of(found: Resampled) -> Expected:
    """What a policy is expected to do, by its resampled histories.

    Raises UsageError where code of one's own was edited after it had been loaded, DataError for less than a year of data.
    """
    days = int((found.span[1] - found.span[0]).astype("timedelta64[D]").astype(int))
    if days < LEAST:
        what = f"{found.history:,} rows from {found.span[0]} to {found.span[1]} are too few to expect anything of"
        raise DataError(what, remedy="Give at least a year of data, and rather ten.")
    ranges = {
        name: {"low": one.low, "median": one.median, "high": one.high, "level": one.level}
        for name, one in found.ranges().items()
    }
    source: dict[str, Any] = {
        "model": found.futures.model.value,
        "years": found.futures.years,
        "data_sha256": found.data_sha256,
        "first": str(found.span[0]),
        "last": str(found.span[1]),
        "alone": found.alone,
        "code": code_version(),
    }
    own = code_of(found.policy)
    if own:
        source["own_code"] = own
    return Expected(found.policy.name, found.policy.sha256, fan_of(found), ranges, source)


def place_of(folder: Path, sha256: str, own: Mapping[str, str] | None = None) -> Path:
    """Where the expectations of a policy are kept that runs the code `own` of its owner's, SHA-256 by module."""
    code = f"-{with_code(sha256, own)[:_DIGITS]}" if own else ""
    return folder / FOLDER / f"{sha256[:_DIGITS]}{code}.json"


def with_other_code(folder: Path, sha256: str, own: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """The expectations of the same policy that were written down with other code of one's own than `own`."""
    here = place_of(folder, sha256, own)
    return tuple(place for place in sorted(here.parent.glob(f"{sha256[:_DIGITS]}*.json")) if place != here)


def save_expected(folder: Path, expected: Expected) -> Path:
    """Write them down. Raises UsageError where others stand there already."""
    place = place_of(folder, expected.policy_sha256, expected.own_code)
    text = json_text(expected.to_dict(), indent=1) + "\n"
    if place.exists() and place.read_text(encoding="utf-8") != text:
        what = "other expectations of this policy are written down already"
        remedy = "Keep them: they were made before. To replace them all the same, move the file away first."
        raise UsageError(what, where=str(place), remedy=remedy)
    write_text(place, text)
    return place


def load_expected(folder: Path, sha256: str, own: Mapping[str, str] | None = None) -> Expected | None:
    """Those of the policy with this hash, drawn with the code `own` of one's own; None where none are written down.

    Raises DataError where the file is damaged.
    """
    place = place_of(folder, sha256, own)
    if not place.exists():
        return None
    try:
        plain = json.loads(place.read_text(encoding="utf-8"))
    except ValueError:
        raise DataError("the stored expectations are no JSON", where=str(place), remedy="Restore the file.") from None
    found = Expected.from_dict(plain)
    if found.policy_sha256 != sha256 or found.own_code != dict(own or {}):
        other = "another policy" if found.policy_sha256 != sha256 else "other code"
        raise DataError(f"the stored expectations are those of {other}", where=str(place), remedy="Restore the file.")
    return found
