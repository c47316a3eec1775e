"""What became of a damaged panel: refused, changed and said, or silent. And which outcomes each kind of damage may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.data.quality.corruption import Kind, Shape, corrupt
from tests.data.quality.panels import NAMES, Panel, rows, text, write
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT
from trimtab.data.history import About, History
from trimtab.data.history import Kind as Nature
from trimtab.data.quality.clearing import cleared
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.sources.folder import read_folder

REFUSE, SAID = "REFUSE", "SAID"  # SAID: sorted, dropped or kept by the reader, with an issue

_Q, _D, _R, _N = (outcome.name for outcome in (Outcome.QUARANTINE, Outcome.DEGRADE, Outcome.REPAIR, Outcome.NOTE))

# What may happen to each kind of damage; one of these must, unless nothing that is used downstream differs.
ALLOWED: Mapping[str, frozenset[str]] = {
    "A1": frozenset({_Q, _R}),
    "A2": frozenset({REFUSE, _D, _N}),  # refused where a price that never falls stands beside dividends
    "A3": frozenset({REFUSE}),
    "A4": frozenset({_Q, _D, _N}),
    "A5": frozenset({REFUSE, SAID}),
    "A6": frozenset({_Q, _R}),
    "A7": frozenset({_Q, _R, _D}),
    "A8": frozenset({REFUSE, _Q, _R, _D}),
    "A9": frozenset({REFUSE}),
    "A10": frozenset({SAID}),
    "A11": frozenset({REFUSE, SAID, _Q, _D}),
    "A12": frozenset({_D, _N}),
    "A13": frozenset({_D, _N}),
    "A14": frozenset({_Q, _D}),
    "A15": frozenset({REFUSE, SAID}),
    "A16": frozenset({REFUSE, SAID, _D, _N}),
    "A17": frozenset({REFUSE, _D, _N}),
}

# What nobody can see in one source alone: a factor on all prices of an asset, and one price that repeats the one before.
UNSEEN = frozenset(
    {("A1", Shape.ASSET), ("A1", Shape.ALL), ("A6", Shape.ASSET), ("A6", Shape.ALL), ("A2", Shape.CELL), ("A2", Shape.DAY)}
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcomes` that the damage had; the assets whose values downstream `changed`, and of those the `silent` ones."""

    outcomes: frozenset[str]
    changed: frozenset[str]
    silent: frozenset[str]
    error: str = ""

    @property
    def detected(self) -> bool:
        return bool(self.outcomes) and not self.silent


@dataclass(frozen=True, slots=True, eq=False)
class Court:
    """A clean panel and what is said about it, beside which its damaged versions are judged."""

    panel: Panel
    sound: Mapping[str, History]
    said: frozenset[tuple[str, str]]
    folder: Path

    @classmethod
    def of(cls, panel: Panel, folder: Path) -> Court:
        sound = read_folder(str(write(folder, text(rows(panel)).encode())))
        findings = inspect([*sound.values()], sessions=panel.sessions, earlier=sound)
        return cls(panel, sound, frozenset((f.series, f.what) for f in findings), folder)

    def judge(self, kind: Kind, seed: int, shape: Shape, *, checked: bool = True) -> Verdict:
        """Damage the panel, read it, inspect it, clear it. `checked` False: take the values as they are read."""
        data = corrupt(self.panel, kind, seed, shape)
        earlier = self.sound if kind.code in ("A13", "A17") else {}  # the others stand alone, as at a first import
        try:
            found = self._read(data, checked)
            findings = inspect([*found.values()], sessions=self.panel.sessions, earlier=earlier) if checked else ()
            done = {name: cleared(history, findings) for name, history in found.items()}
        except DataError as error:
            return Verdict(frozenset({REFUSE}), frozenset(), frozenset(), str(error))
        return self._weigh(done, findings)

    def _read(self, data: bytes, checked: bool) -> dict[str, History]:
        return read_folder(str(write(self.folder, data))) if checked else careless(data)

    def _weigh(self, done: Mapping[str, History], findings: Sequence[Finding]) -> Verdict:
        told: dict[str, set[str]] = {name: set() for name in (*NAMES, *done)}
        for finding in findings:
            if (finding.series, finding.what) not in self.said:
                told[finding.series].add(finding.outcome.name)
        for name, history in done.items():
            before = {issue.what for issue in self.sound[name].issues} if name in self.sound else set()
            own = [issue for issue in history.issues if not issue.what.startswith("A")]
            if any(issue.what not in before for issue in own):
                told[name].add(SAID)
        changed = {name for name in NAMES if name not in done or differs(self.sound[name], done[name])}
        silent = {name for name in changed if not told[name]}
        return Verdict(frozenset().union(*told.values()), frozenset(changed), frozenset(silent))


def differs(sound: History, other: History) -> bool:
    """Whether anything that is used downstream is another: dates, closes, dividends, splits."""
    if not np.array_equal(sound.dates, other.dates):
        return True
    for field in (CLOSE, DIVIDEND, SPLIT):
        one, two = sound.fields.get(field), other.fields.get(field)
        if (one is None) != (two is None):
            return True
        if one is not None and two is not None and not np.allclose(one, two, rtol=1e-9, atol=0.0, equal_nan=True):
            return True
    return False


def careless(data: bytes) -> dict[str, History]:
    """The control: what a loader does that believes everything, as many do. It forgives whatever it can."""
    import io

    import pandas as pd

    try:
        frame = pd.read_csv(io.BytesIO(data), on_bad_lines="skip")
        frame["date"] = pd.to_datetime(frame["date"], errors="coerce", format="mixed", utc=True)
        frame["date"] = frame["date"].dt.tz_localize(None).dt.normalize()
        for column in ("close", "dividend", "split"):
            frame[column] = pd.to_numeric(frame[column], errors="coerce")
        frame = frame.dropna(subset=["date", "close"]).drop_duplicates(["date", "ticker"], keep="last").sort_values("date")
    except (ValueError, KeyError, TypeError, UnicodeError, pd.errors.ParserError) as error:
        raise DataError(f"not readable at all ({error})") from error
    made = {}
    for name in NAMES:
        part = frame[frame["ticker"] == name]
        if len(part) == 0:
            continue
        fields = {f: part[f.name].to_numpy(dtype=float) for f in (CLOSE, DIVIDEND, SPLIT)}
        about = About(name, name, Nature.PRICE_AND_DIVIDENDS, "believed")
        made[name] = History(about, part["date"].to_numpy().astype("datetime64[D]"), fields)
    return made
