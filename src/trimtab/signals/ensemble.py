"""A family of windows as one signal: the mean of what each of them says.

One lookback is one draw: in 2010 dual momentum made 12 % with ten months and lost 9 % with nine, and nobody could have
known which (METHODS 1.3). Picking the best of the past fits its noise; the mean of several costs nothing, turns in steps
instead of at once, and depends least on the choice. It is therefore the advised default wherever a signal has a lookback.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import ASignal, Signal, View
from trimtab.core.saying import sentence_of, words_of
from trimtab.core.terms import Span
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.sums import summed


@dataclass(frozen=True, slots=True)
class Ensemble(Term):
    """Mean of the signal `of` with its `parameter` set to each of `values`. Shape (D, A).

    `parameter` names a span of `of`, such as window or lookback; `values` are at least two different ones. NaN unless all
    members speak (warm-up: the longest of theirs), so that the mean is one of the same windows on every date. Each member
    keeps the memory that it has, on its own.
    """

    of: ASignal
    parameter: str
    values: tuple[Span, ...]

    def __post_init__(self) -> None:
        of: Any = self.of
        names = [f.name for f in fields(of)] if is_dataclass(of) else []
        spans = [name for name in names if isinstance(getattr(of, name), Span)]
        if self.parameter not in spans:
            what = "is no span" if self.parameter in names else "is no parameter"
            near = get_close_matches(self.parameter, spans, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Its spans: {', '.join(spans) or 'none'}."
            raise ParameterError(f"parameter {self.parameter!r} {what} of the signal", field="parameter", remedy=remedy)
        if len(self.values) < 2 or len(set(self.values)) < len(self.values):
            what = f"values holds {', '.join(map(str, self.values)) or 'nothing'}"
            raise ParameterError(what, field="values", remedy="Give at least two different spans, such as [6M, 9M, 12M].")
        try:
            _ = self.members
        except ParameterError as error:
            raise ParameterError(f"values gives {error.what}", field="values", remedy=error.remedy) from None

    @property
    def members(self) -> tuple[Signal, ...]:
        """The K signals, one for each value."""
        of: Any = self.of
        return tuple(replace(of, **{self.parameter: value}) for value in self.values)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that they read."""
        return tuple(getattr(self.of, "needs", ()))

    def gather(self, values: Array) -> Array:
        """(..., A) the mean of the members' answers (K, ..., A); NaN where any is."""
        return summed(values, 0) / len(values)

    def __call__(self, view: View) -> Scores:
        """(D, A) the mean of the members before their memory."""
        return Scores(view.assets, self.gather(np.stack([member(view).values for member in self.members])))

    def measure(self, view: View) -> Measure:
        """(D, A) the mean of the members' measures; of their answers, where they have none."""
        asked = [getattr(member, "measure", None) for member in self.members]
        found = [ask(view) for ask in asked if ask is not None]
        if not found:
            return Measure(f"mean of {len(self.values)} answers", self(view).values, percent=False)
        name = f"mean of {len(found)}, the first: {found[0].name}"
        return Measure(name, self.gather(np.stack([one.values for one in found])), found[0].percent)

    def sentence(self, view: View, asset: int) -> str:
        """What each member says, by its value."""
        pairs = zip(self.values, self.members, strict=True)
        said = {str(value): sentence_of(member, view, asset) for value, member in pairs}
        if len(set(said.values())) == 1:  # an asset that none of them lists
            return next(iter(said.values()))
        return "; ".join(f"{value}: {text}" for value, text in said.items())

    def flip(self, view: View, asset: int) -> str:
        """What turns each member around; empty where the mean is unknown, or no member says so."""
        if len(view.days) == 0 or np.isnan(self(view).values[-1, asset]):
            return ""
        asked = [(value, getattr(member, "flip", None)) for value, member in zip(self.values, self.members, strict=True)]
        said = [f"{value} {text}" for value, flip in asked if flip is not None and (text := flip(view, asset))]
        when = {text.partition(" at ")[2] for text in said}
        if len(said) > 1 and len(when) == 1 and (last := when.pop()):
            return f"{', '.join(text.partition(' at ')[0] for text in said)} at {last}"
        return "; ".join(said)

    @property
    def words(self) -> str:
        """What it looks at."""
        first = words_of(self.members[0])
        return f"{first}, averaged with the same over {self.parameter} {', '.join(map(str, self.values[1:]))}"
