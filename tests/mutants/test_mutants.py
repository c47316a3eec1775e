"""The tests bite (R15): of small slips in gate, ledger, order machine and as-of reader, hardly any lives.

In short, a drawn few of each target must all die. In full, the share of those that die, and the survivors by name. The
control: without one of its tests a suite must score lower.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.making import EXEMPT, Mutant, Source, source_of
from tests.mutants.targets import TARGETS, Target
from tests.mutants.trying import mutants_of, sample, tried

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants live in forks")

SEED, EACH = 20260101, 2
MOVES = "trimtab.accounting.moves"
OF_EXCHANGES = ("> -> >= in entry.paid > 0", "> -> >= in entry.received > 0")


def inside(target: Target) -> list[tuple[int, Mutant]]:
    """Mutants within functions, which a fork can try."""
    return [one for one in mutants_of(target.modules) if one[1].inside]


def read(text: str) -> list[str]:
    return [f"{mutant.function}: {mutant.text}" for mutant in Source("specimen", text).mutants]


def test_every_slip_by_hand() -> None:
    text = '''
"""What it is."""
LEAST: int = 2

class Sum:
    """What it is."""

    def words(self, a):
        return 1 if a < 0 else 2

    def add(self, a, b=True):
        what = "no such thing"
        if not a and b < 1:
            raise ValueError(what, f"{a} is wrong")
        self.a += min(a, b)
        return self.a
'''
    assert read(text) == [
        ": 2 -> 3 in LEAST: int = 2",
        "Sum.add: True -> False",
        "Sum.add: if not a and b < 1 -> if True",
        "Sum.add: if not a and b < 1 -> if False",
        "Sum.add: and -> or in not a and b < 1",
        "Sum.add: not a -> a in not a and b < 1",
        "Sum.add: < -> <= in b < 1",
        "Sum.add: < -> >= in b < 1",
        "Sum.add: 1 -> 2 in b < 1",
        "Sum.add: raise ValueError(what, f'{a} is wrong') -> pass",
        "Sum.add: + -> - in self.a += min(a, b)",
        "Sum.add: self.a += min(a, b) -> pass",
        "Sum.add: min -> max in min(a, b)",
        "Sum.add: return self.a -> return None",
    ]


def test_the_second_of_two_like_slips_has_a_name_of_its_own() -> None:
    assert read("def f(a):\n    return a + a + a") == [
        "f: return a + a + a -> return None",
        "f: + -> - in a + a + a",
        "f: + -> - in a + a",
    ]
    assert read("def f(a):\n    return [a + a, a + a]")[1:] == ["f: + -> - in a + a", "f: + -> - in a + a #2"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_each_mutant_compiles_to_other_code_and_leaves_the_source_as_it_was(target: Target) -> None:
    for module in target.modules:
        source = source_of(module)
        chosen = source.mutants[:: max(1, len(source.mutants) // 10)]
        assert all(source.compiled(mutant) != compile(source.tree, source.path, "exec", dont_inherit=True) for mutant in chosen)


def test_what_is_held_to_be_equivalent_is_there_and_has_a_reason() -> None:
    names = {mutant.name for target in TARGETS for module in target.modules for mutant in source_of(module).mutants}
    assert set(EQUIVALENT) - names == set()
    assert all((*EQUIVALENT.values(), *EXEMPT.values()))
    assert len(EQUIVALENT) <= 0.12 * len(names)  # a table that grows without end is no answer


def test_a_drawn_few_slips_all_die(tmp_path: Path) -> None:
    drawn = [one for target in TARGETS for one in sample(inside(target), EACH, SEED)]
    assert len(drawn) == EACH * len(TARGETS)
    score = tried(
        drawn, {module: tests for target in TARGETS for module, tests in target.tests.items()}, tmp_path, measure=False
    )
    assert score.share == 1.0, str(score)


def test_without_the_test_of_exchanges_their_slips_live(tmp_path: Path) -> None:
    """The control in short: two slips, which one test alone notices."""
    slips = [one for one in mutants_of([MOVES]) if one[1].text in OF_EXCHANGES]
    assert len(slips) == 2
    tests = {MOVES: ["tests/accounting/test_moves.py"]}
    assert tried(slips, tests, tmp_path, measure=False).share == 1.0
    assert tried(slips, tests, tmp_path, options=["-k", "not exchange"], measure=False, twice=False).share == 0.0


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_of_all_slips_hardly_any_lives(target: Target, tmp_path: Path) -> None:
    score = tried(mutants_of(target.modules), target.tests, tmp_path)
    print(f"{target.name}: {score}")  # noqa: T201 - the log of a soak shows the score
    assert score.share >= target.least, str(score)


@pytest.mark.soak
def test_a_suite_with_one_property_removed_scores_lower(tmp_path: Path) -> None:
    """The control: the ledger's mutants, without the tests that what can never be is refused."""
    mutants = mutants_of(["trimtab.accounting.ledger"])
    tests = {"trimtab.accounting.ledger": ["tests/accounting/test_ledger.py"]}
    whole, less = (tried(mutants, tests, tmp_path, options=["-k", words], twice=False) for words in ("test", "not refused"))
    print(f"whole: {whole.share:.1%}, without refusals: {less.share:.1%}")  # noqa: T201
    assert less.share < whole.share - 0.1
