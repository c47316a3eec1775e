"""Six questions that choose an approach to dynamic allocation, and the answers to them.

Horizon, tolerance of volatility, operational capacity, taxes, view of the market, measure of success. The words in which
they are asked stand beside the answers, so that a terminal, a page and a file ask the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from trimtab.core.errors import UsageError


class Answer(Enum):
    """A choice: its value is what a file or a flag says, its `words` are what a person reads."""

    words: str

    def __new__(cls, value: str, words: str) -> Answer:
        """Keep the words beside the value."""
        made = object.__new__(cls)
        made._value_ = value
        made.words = words
        return made


class Horizon(Answer):
    """When is the money needed?"""

    SHORT = "short", "in less than 3 years"
    MEDIUM = "medium", "in 3 to 10 years"
    LONG = "long", "in 10 years or later"


class Tolerance(Answer):
    """How much volatility can be lived with?"""

    LOW = "low", "little: large swings would end the plan"
    MEDIUM = "medium", "that of a balanced portfolio"
    HIGH = "high", "much: deep losses can be sat out"


class Capacity(Answer):
    """How much can be run from day to day?"""

    SMALL = "small", "an evening a month, with funds"
    LARGE = "large", "people, systems and data for it"


class TaxStatus(Answer):
    """How are gains taxed?"""

    TAXABLE = "taxable", "every gain that is realised"
    ADVANTAGED = "advantaged", "not before money is taken out, or never"
    MIXED = "mixed", "some accounts are taxed, some are not"


class MarketView(Answer):
    """Who decides what markets will do?"""

    CONVICTION = "conviction", "people with views of their own"
    SYSTEMATIC = "systematic", "rules, without views"


class Success(Answer):
    """Is it written down what success is?"""

    DEFINED = "defined", "yes: a benchmark and a risk target"
    UNDEFINED = "undefined", "not yet"


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer to each question, in the order in which they are asked."""

    horizon: Horizon
    tolerance: Tolerance
    capacity: Capacity
    tax: TaxStatus
    view: MarketView
    success: Success

    @classmethod
    def of(cls, said: dict[str, str]) -> Answers:
        """From plain words, such as `{"horizon": "long", ...}`. Raises UsageError, naming what is missing or unknown."""
        if unknown := sorted(said.keys() - QUESTIONS.keys()):
            raise UsageError(f"{unknown[0]!r} is no question", remedy=f"The questions are {', '.join(QUESTIONS)}.")
        if missing := [name for name in QUESTIONS if name not in said]:
            named = " and ".join((", ".join(missing[:-1]), missing[-1])) if missing[1:] else missing[0]
            raise UsageError(f"no answer to {named}", remedy=f"Choices of {missing[0]}: {choices(missing[0])}.")
        return cls(*(answer(name, said[name]) for name in QUESTIONS))

    def plain(self) -> dict[str, str]:
        """As `of` reads them."""
        return {name: getattr(self, name).value for name in QUESTIONS}


QUESTIONS: dict[str, type[Answer]] = {
    "horizon": Horizon,
    "tolerance": Tolerance,
    "capacity": Capacity,
    "tax": TaxStatus,
    "view": MarketView,
    "success": Success,
}


def answer(question: str, word: str) -> Any:
    """The answer that a word, or its unmistakable beginning, gives to a question. Raises UsageError for another word."""
    kind = QUESTIONS[question]
    found = [one for one in kind if word and one.value.startswith(word.strip().lower())]
    if len(found) != 1:
        raise UsageError(f"{word!r} is no answer to {question}", remedy=f"Choices: {choices(question)}.")
    return found[0]


def choices(question: str) -> str:
    """What can be answered, in a row."""
    return ", ".join(one.value for one in QUESTIONS[question])
