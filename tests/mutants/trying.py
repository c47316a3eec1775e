"""Which mutants the tests kill: nests are started, and their answers put together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.making import Mutant, source_of

ROOT = Path(__file__).parents[2]
_OF_OTHERS = ("PYTEST", "COV_", "COVERAGE", "PYTHONPROFILE")  # what a test run around us hands to its children


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the test that killed it; empty: it survived."""

    mutant: Mutant
    verdict: str

    @property
    def killed(self) -> bool:
        return bool(self.verdict)

    @property
    def line(self) -> str:
        mutant = self.mutant
        return f"{mutant.module}:{mutant.line} {mutant.function or '(module)'}: {mutant.text}"


@dataclass(frozen=True)
class Score:
    """The outcomes of one target."""

    outcomes: tuple[Outcome, ...]

    @property
    def share(self) -> float:
        """Of the mutants that are not equivalent, the fraction that died."""
        return sum(one.killed for one in self.outcomes) / len(self.outcomes) if self.outcomes else 1.0

    @property
    def survivors(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if not one.killed)

    @property
    def hung(self) -> int:
        """Those that count as killed because time was up, or the process ended."""
        return sum(one.verdict.startswith(("late", "died")) for one in self.outcomes)

    def __str__(self) -> str:
        count = len(self.outcomes)
        lines = [f"{count - len(self.survivors)} of {count} mutants killed ({self.share:.1%}), {self.hung} of them hung"]
        return "\n  survived ".join([*lines, *(one.line for one in self.survivors)])


def mutants_of(modules: Sequence[str]) -> list[tuple[int, Mutant]]:
    """All mutants that are not equivalent, each with its number in its module."""
    found = [(number, mutant) for module in modules for number, mutant in enumerate(source_of(module).mutants)]
    return [(number, mutant) for number, mutant in found if mutant.name not in EQUIVALENT]


def sample(mutants: Sequence[tuple[int, Mutant]], count: int, seed: int) -> list[tuple[int, Mutant]]:
    """`count` of them, the same for the same seed, whatever was added elsewhere."""
    return sorted(mutants, key=lambda one: one[1].draw(seed))[:count]


def tried(
    mutants: Sequence[tuple[int, Mutant]],
    tests: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    options: Sequence[str] = (),
    seconds: float = 30.0,
    measure: bool = True,
    twice: bool = True,
) -> Score:
    """Each mutant against the tests of its module: in forks of one process, and what survives there in a process of its own.

    Tests are files by module, `options` are pytest's. `measure` runs every test once first, so that those that call a
    mutant's function come first, the quick ones before the others; without it they come as they are listed. `seconds` is
    how long a mutant may take beyond what its tests take. Not `twice`: what survives in a fork is taken at its word. Raises
    AssertionError where a test fails without any mutant.
    """
    order = {
        "modules": sorted({mutant.module for _, mutant in mutants}),
        "mutants": [[mutant.module, number] for number, mutant in mutants],
        "tests": {module: list(tests[module]) for module in sorted({mutant.module for _, mutant in mutants})},
        "options": list(options),
        "measure": measure,
        "seconds": seconds,
        "anew": False,
    }
    by_key = {(mutant.module, number): mutant for number, mutant in mutants}
    verdicts = {}
    for answer in _run(order, folder, limit=None):
        assert not answer.get("baseline"), f"fails without a mutant: {answer['baseline']}"
        if "module" in answer:
            verdicts[answer["module"], answer["number"]] = answer["verdict"]
    for key in by_key:
        if verdicts.get(key, "anew") in (("", "anew") if twice else ("anew",)):
            one = {**order, "mutants": [list(key)], "anew": True}
            answers = _run(one, folder, limit=4 * seconds)
            verdicts[key] = answers[0]["verdict"] if answers else "late or died"
    return Score(tuple(Outcome(mutant, verdicts[key]) for key, mutant in by_key.items()))


def _run(order: dict[str, Any], folder: Path, *, limit: float | None) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        answers = place / "answers.json"
        options = [f"--basetemp={place / 'tests'}", *order["options"]]
        (place / "order.json").write_text(json.dumps({**order, "answers": str(answers), "options": options}), encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_OF_OTHERS)}
        clean = {
            **kept,
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(place / "hypothesis"),
        }
        command = [sys.executable, "-m", "tests.mutants.nest", str(place / "order.json")]
        run = subprocess.Popen(
            command, cwd=ROOT, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        try:
            said, _ = run.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, 9)
            run.communicate()
            return []
        if not answers.exists():
            if run.returncode < 0:  # by a signal
                return []
            raise AssertionError(f"the nest said nothing:\n{said[-3000:]}")
        return [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
