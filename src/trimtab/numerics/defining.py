"""How a figure is defined in words, and the reasons why one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why a figure is NaN."""

    EMPTY = "there are no returns"
    UNKNOWN = "every return is unknown"
    GAPS = "some returns are unknown"
    RUIN = "a return lies below -100 %"
    SHORT = "one return is too few"
    FLAT = "the returns do not vary"
    SAME = "the difference to the benchmark does not vary"
    FLAT_BENCHMARK = "the benchmark does not vary"
    NO_FALL = "wealth never fell"
    NO_LOSS = "no return fell short"
    NEVER_UP = "the benchmark never rose"
    NEVER_DOWN = "the benchmark never fell"
    NO_YEAR = "there is no complete calendar year"
    UNDER_A_YEAR = "less than a year is not annualised"
    NO_TRADES = "there were no trades"
    NO_BILLS = "no bill rate is known"
    TOO_LARGE = "the number is too large to state"
    UNKNOWN_FLOW = "a value or a flow is unknown"
    NO_CAPITAL = "nothing was invested that could earn the gain"
    ONE_SIGN = "money went one way only"
    NO_RATE = "no rate a year brings the flows to zero"
    NO_GAIN = "there was no gain, or no loss"
    NO_BETA = "returns do not go with the benchmark at all"
    EXPLAINED = "the benchmark explains everything"
    UNCOUNTED = "it belongs to no workspace, so that nobody counts the trials"
    FEW = "there are no more returns than in a year"
    EXTREME = "the rate lies outside -99.99 % to 100,000,000 % a year"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: `name` heads its row, `sentence` states the convention, `formula` says it exactly.

    `missing` is the reason for NaN where the returns themselves are sound.
    """

    key: str
    name: str
    sentence: str
    formula: str
    missing: Reason = Reason.SHORT
    relative: bool = False  # compares with a benchmark


def defined(*definitions: Definition) -> dict[str, Definition]:
    """Definitions by key."""
    return {definition.key: definition for definition in definitions}
