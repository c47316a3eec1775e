"""The six questions in a terminal: a number or a word answers, `?` explains, Enter alone answers nothing."""

from __future__ import annotations

import sys
from dataclasses import replace

from trimtab.core.errors import ParameterError, UsageError
from trimtab.desk.advice_answers import Said, with_answer
from trimtab.governance.answers import QUESTIONS, answer
from trimtab.governance.decision_table import TABLE
from trimtab.governance.yardstick import Yardstick
from trimtab.surfaces.cli.wrapping import tell, wrapped

NUMBERS = {
    "volatility": "Which volatility a year is aimed at? A fraction, such as 0.10",
    "max_drawdown": "Which fall from a peak is tolerated? A fraction, such as 0.25",
}


def ask(said: Said) -> Said:
    """What is missing is asked for, one question after the other. Raises UsageError where the answers end."""
    for place, name in enumerate(QUESTIONS, 1):
        if name in said.missing:
            _tell("")
            _tell(f"{place} of {len(QUESTIONS)}  {QUESTIONS[name].__doc__}")
            for number, one in enumerate(QUESTIONS[name], 1):
                _tell(f"  {number}  {one.value:<12} {one.words}")
            said = with_answer(said, name, _chosen(name))
    if said.told["success"] == "defined":
        return _with_numbers(said)
    _tell("")
    _tell("Nothing may start before it is written down. It can be now; the benchmark is that of the policy, or --benchmark.")
    told = _with_numbers(said)
    return with_answer(told, "success", "defined") if not told.yardstick().missing else told


def _chosen(name: str) -> str:
    """The answer to a question, asked for until there is one."""
    while True:
        typed = _typed(f"{name} (1 to {len(QUESTIONS[name])}, ? explains): ")
        if typed == "?":
            _explain(name)
            continue
        every = list(QUESTIONS[name])
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(every):
            return str(every[int(typed) - 1].value)
        try:
            return str(answer(name, typed).value)
        except UsageError:
            _tell(f"Give a number from 1 to {len(every)}, or a word: {', '.join(one.value for one in every)}.")


def _explain(name: str) -> None:
    """What each choice comes to."""
    for one in QUESTIONS[name]:
        row = TABLE[one]
        ours = " (our choice: the article says nothing)" if row.ours else ""
        _tell(f"{one.value}: {row.setting}{ours}.")


def _with_numbers(said: Said) -> Said:
    """The numbers of success that nobody gave; Enter leaves one out."""
    numbers = dict(said.numbers)
    risk = {"volatility", "tracking_error"} & numbers.keys()
    for name, text in NUMBERS.items():
        if name not in numbers and not (risk and name == "volatility"):
            found = _number(name, f"{text} (Enter leaves it out): ")
            numbers |= {} if found is None else {name: found}
    return replace(said, numbers=numbers)


def _number(name: str, prompt: str) -> float | None:
    while True:
        typed = _typed(prompt)
        if not typed:
            return None
        try:
            value = float(typed)
            _ = Yardstick(**{name: value})  # type: ignore[arg-type]  # one of its numbers, by name
        except (ValueError, ParameterError):
            _tell("Give a fraction between 0 and 1, such as 0.10.")
        else:
            return value


def _typed(prompt: str) -> str:
    """A line from the terminal; the end of it is the end of the dialogue."""
    tell(f" {prompt}", end="")
    line = sys.stdin.readline()
    if not line:
        _tell("")
        raise UsageError(
            "the answers ended before the questions did", remedy="Nothing was written. Begin again: trimtab advise."
        )
    return line.strip()


def _tell(text: str) -> None:
    for line in wrapped(text) if text else ("",):
        tell(line)
