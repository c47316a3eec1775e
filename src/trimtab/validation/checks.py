"""A traffic light for each question that a backtest must answer, and the rule that turns all of them into one ruling.

Selection is judged apart from the rest. Where a check of the choice itself fails, what shows is overfitted: luck and the
number of variants explain it. Where only something else fails, or a check of the choice has no answer, the effect is not
shown. Else it holds, which is not a promise: it is what a false effect would have come through in about 2 of 100 cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Light(Enum):
    """What a check found. UNKNOWN is no pass: it had no answer."""

    PASS = "PASS"  # noqa: S105 - a light, no secret
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class Ruling(Enum):
    """What all checks say together."""

    HOLDS = "holds"
    NOT_SHOWN = "not shown"
    OVERFITTED = "overfitted"


SIGNIFICANCE = "significance"
DATA_SNOOPING = "data snooping"
DEFLATED_SHARPE = "deflated Sharpe"
OVERFITTING = "probability of overfitting"
OTHER_HALF = "other half"
SELECTION = (DATA_SNOOPING, DEFLATED_SHARPE, OVERFITTING, OTHER_HALF)  # does the choice among variants explain it all?
LUCK = (SIGNIFICANCE, DATA_SNOOPING)  # the first where one variant was tried, the second for more: one of them must answer


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was asked, the figure, what it was to be held against, the light, and what it means in plain words.

    `value` is NaN where there is no answer; then the light is UNKNOWN and the words say why. `threshold` is NaN where there
    is none to pass.
    """

    name: str
    value: float
    threshold: float
    light: Light
    words: str


def lit(value: float, *, passes: bool, fails: bool) -> Light:
    """PASS, FAIL, or WARN between them; UNKNOWN where the value is NaN."""
    if math.isnan(value):
        return Light.UNKNOWN
    return Light.FAIL if fails else Light.PASS if passes else Light.WARN


def overall(checks: Sequence[Check]) -> Ruling:
    """The ruling on checks of any kind and in any order. WARN never changes it; no check at all shows nothing.

    A check of SELECTION that fails makes it OVERFITTED. Any other that fails, a check of SELECTION without an answer, and the
    lack of an answer to whether it is luck make it NOT_SHOWN.
    """
    chosen = [check for check in checks if check.name in SELECTION]
    if any(check.light is Light.FAIL for check in chosen):
        return Ruling.OVERFITTED
    failed = any(check.light is Light.FAIL for check in checks)
    unknown = any(check.light is Light.UNKNOWN for check in chosen)
    answered = any(check.name in LUCK and check.light is not Light.UNKNOWN for check in checks)
    return Ruling.NOT_SHOWN if failed or unknown or not answered else Ruling.HOLDS
