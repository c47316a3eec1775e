"""What somebody said to the checklist: answers in plain words, and what success is; from a file, from flags, or asked for.

The file holds the same words as the flags: `horizon: long`, `benchmark: {US_EQ: 0.60, CORP: 0.40}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trimtab.core.errors import ParameterError, UsageError
from trimtab.desk import gallery
from trimtab.desk.config import Builder
from trimtab.desk.policy_sheet import written
from trimtab.desk.yaml12 import parse, read_text
from trimtab.governance.answers import QUESTIONS, Answers, answer, choices
from trimtab.governance.yardstick import Yardstick

NUMBERS = ("volatility", "tracking_error", "max_drawdown")
KEYS = (*QUESTIONS, "benchmark", *NUMBERS)


@dataclass(frozen=True, slots=True)
class Said:
    """Answers by question, the benchmark (weights, or the name of a policy of the gallery), and the numbers of success."""

    answers: Mapping[str, str] = field(default_factory=dict)
    benchmark: Mapping[str, float] | str = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    def over(self, other: Said) -> Said:
        """What it says, and where it is silent, what the other says."""
        answers, numbers = {**other.answers, **self.answers}, {**other.numbers, **self.numbers}
        return Said(answers, self.benchmark or other.benchmark, numbers)

    @property
    def missing(self) -> tuple[str, ...]:
        """The questions that are not answered. Who writes down what success is has answered the last one."""
        return tuple(name for name in QUESTIONS if name not in self.told)

    @property
    def told(self) -> dict[str, str]:
        """The answers; `success` too where benchmark, risk target and tolerated fall are given."""
        risk = self.numbers.keys() & {"volatility", "tracking_error"}
        said = bool(self.benchmark and risk and "max_drawdown" in self.numbers)
        return {**({"success": "defined"} if said else {}), **self.answers}

    def answered(self) -> Answers:
        """All six. Raises UsageError, naming what is missing or unknown."""
        if missing := self.missing:
            named = " and ".join((", ".join(missing[:-1]), missing[-1])) if missing[1:] else missing[0]
            remedy = f"Give --{missing[0]}, one of {choices(missing[0])}; or ask in a terminal: trimtab advise."
            raise UsageError(f"no answer to {named}", remedy=remedy)
        return Answers.of(self.told)

    def yardstick(self) -> Yardstick:
        """What success is. Raises UsageError for a policy that is not in the gallery, ParameterError for a wrong number."""
        return Yardstick(benchmark_of(self.benchmark), **self.numbers)

    def text(self) -> str:
        """As a file of answers."""
        values: dict[str, Any] = {name: self.told[name] for name in QUESTIONS if name in self.told}
        if self.benchmark:
            values["benchmark"] = self.benchmark if isinstance(self.benchmark, str) else dict(self.benchmark)
        values |= {name: self.numbers[name] for name in NUMBERS if name in self.numbers}
        return "\n".join(line for key, value in values.items() for line in written(key, value)) + "\n"


def benchmark_of(said: Mapping[str, float] | str) -> dict[str, float]:
    """Weights by asset, of a policy of the gallery where it is named."""
    if not isinstance(said, str):
        return dict(said)
    policy = gallery.named(said)
    pairs = zip(policy.universe, policy.benchmark, strict=True)
    return {asset.id: float(weight) for asset, weight in pairs if weight}


def read_said(path: str | Path) -> Said:
    """A file of answers. Raises PolicyError with file:line:col, UsageError where it cannot be read."""
    text = read_text(path, "the answers")
    build = Builder(parse(text, str(path)))
    top = build.mapping(build.document.values, ())
    build.keys(top, KEYS, ())
    answers = {name: _word(build, name, top[name]) for name in QUESTIONS if name in top}
    said = Said(answers, _benchmark(build, top), {name: _number(build, top[name], (name,)) for name in NUMBERS if name in top})
    try:
        said.yardstick()
    except ParameterError as error:
        raise build.fault((error.field,), error.what, error.remedy) from None
    return said


def _word(build: Builder, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise build.fault((name,), f"{name} is {value!r}, not a word", f"Choices: {choices(name)}.")
    try:
        return str(answer(name, value).value)
    except UsageError as error:
        raise build.fault((name,), error.what, error.remedy) from None


def _benchmark(build: Builder, top: Mapping[str, Any]) -> Mapping[str, float] | str:
    value = top.get("benchmark")
    if isinstance(value, str):
        if value not in gallery.names():
            known = f"Write {{US_EQ: 0.60, CORP: 0.40}}, or one of {', '.join(gallery.names())}."
            raise build.fault(("benchmark",), f"no policy {value!r} in the gallery", known)
        return value
    return {name: _number(build, part, ("benchmark", name)) for name, part in build.mapping(value, ("benchmark",)).items()}


def _number(build: Builder, value: Any, path: tuple[str, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise build.fault(path, f"{'.'.join(path)} is {value!r}, not a number", "Give a fraction, such as 0.10.")
    return float(value)


def with_answer(said: Said, question: str, word: str) -> Said:
    """What was said, and one answer more."""
    return replace(said, answers={**said.answers, question: word})
