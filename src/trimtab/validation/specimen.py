"""What an audit works on: a component to be asked, a market that can be changed in known ways, and what was found.

The audit knows neither markets nor policies: the desk hands it the component as a `Subject` and generated markets as
`Specimen`s (see `desk/specimens.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.roles import Fold, View
from trimtab.core.values import Forecast, Regime, Scores

Answer = Callable[[View], Any]  # a view in; Scores, Regime or Forecast out


@dataclass(frozen=True, slots=True)
class Subject:
    """A component under audit. `kind` is what it answers with: Scores, Regime or Forecast.

    `ask` gives its answer before memory; `heard` the answer with memory, where it has one, run along the dates as it is told
    (None: as the desk does it), and `fold` that memory itself. `sentence` gives its words for the last row of a view on an
    asset.
    """

    kind: type[Any]
    ask: Answer
    sentence: Callable[[View, int], str]
    heard: Callable[[View, Callable[[Any, Array], Array] | None], Any] | None = None
    fold: Fold | None = None


class Specimen(Protocol):
    """A market seen from D decisions, numbered 0 to D - 1, and the same market changed in one way."""

    @property
    def name(self) -> str:
        """What sort of data it is, for sentences: `daily data`."""
        ...

    @property
    def dates(self) -> Dates:
        """(D,) the decision dates."""
        ...

    @property
    def count(self) -> int:
        """The number A of its assets."""
        ...

    def at(self, numbers: Sequence[int]) -> View:
        """The view from these decisions, a fresh one at each call."""
        ...

    def poisoned(self, after: int) -> Specimen:
        """Everything that became known after decision `after` is wrong in size, sign and gaps."""
        ...

    def truncated(self, after: int) -> Specimen:
        """Nothing exists that became known after decision `after`."""
        ...

    def forgotten(self) -> Specimen:
        """Everything before the policy's `since` is replaced by other numbers."""
        ...

    def permuted(self, order: Sequence[int]) -> Specimen:
        """The assets in another order."""
        ...

    def unknown(self) -> Specimen:
        """No price and no series has any value."""
        ...

    def constant(self) -> Specimen:
        """No price and no series ever changes."""
        ...

    def fewest(self) -> Specimen:
        """As few assets as the component allows: one, or those that it names."""
        ...

    def another(self) -> Specimen:
        """Other prices and series on the same dates."""
        ...

    def later(self) -> Specimen:
        """The same market 28 years later, where every date falls on the same weekday and day of the year."""
        ...

    def longer(self) -> Specimen:
        """A much longer market of the same sort, seen from its last few decisions."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: its name, whether the component passed, and why in plain words."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on one component."""

    component: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every check was passed."""
        return all(finding.passed for finding in self.findings)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that were not passed."""
        return tuple(finding for finding in self.findings if not finding.passed)

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        if self.passed:
            return f"{self.component} passes all {len(self.findings)} checks"
        return f"{self.component} FAILS {len(self.failures)} of {len(self.findings)} checks"


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """A subject on one specimen; `batch` is its answer for all decisions at once, by name of the array."""

    subject: Subject
    specimen: Specimen
    batch: Mapping[str, Array] = field(repr=False)

    def asked(self, specimen: Specimen, numbers: Sequence[int] | None = None) -> dict[str, Array]:
        """The subject's answer on `specimen` from these decisions; from all where none are given."""
        return asked(self.subject, specimen, numbers)

    @property
    def every(self) -> range:
        """The numbers of all decisions."""
        return range(len(self.specimen.dates))

    @property
    def spoken(self) -> Array:
        """(D,) whether it says anything at a decision."""
        rows = [np.isfinite(values).reshape(len(values), -1).any(axis=1) for values in self.batch.values()]
        return np.asarray(np.logical_or.reduce(rows))


def asked(subject: Subject, specimen: Specimen, numbers: Sequence[int] | None = None) -> dict[str, Array]:
    """The arrays of a subject's answer, before memory. Floating-point warnings of its own code are its own affair."""
    chosen = range(len(specimen.dates)) if numbers is None else numbers
    with np.errstate(all="ignore"):
        return arrays(subject.ask(specimen.at(chosen)))


def arrays(answer: Any) -> dict[str, Array]:
    """The numbers in an answer, by name."""
    if isinstance(answer, Scores):
        return {"score": answer.values}
    if isinstance(answer, Regime):
        return {"probability": answer.probabilities}
    if isinstance(answer, Forecast):
        return {"mean": answer.mean, "covariance": answer.covariance}
    raise TypeError(f"it answers with {type(answer).__name__}, not with Scores, a Regime or a Forecast")
