"""2,040 damaged panels: 17 kinds, 6 shapes, 20 seeds. Nothing that is used differs in silence.

Silence means: a date, close, dividend or split that is used downstream is another than in the sound panel, and no finding
and no issue names that series. Six pairs of kind and shape cannot be seen in one source alone; they are counted, not hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.data.quality.corruption import KINDS, Kind, Shape, corrupt
from tests.data.quality.judgement import ALLOWED, UNSEEN, Court, Verdict
from tests.data.quality.panels import clean

FIRST_SEED = 1000
Results = Mapping[tuple[str, Shape], list[Verdict]]


def judged(folder: Path, seeds: range, *, checked: bool = True) -> Results:
    made: dict[tuple[str, Shape], list[Verdict]] = {}
    for seed in seeds:
        court = Court.of(clean(FIRST_SEED + seed), folder)
        for kind in KINDS:
            for shape in Shape:
                made.setdefault((kind.code, shape), []).append(court.judge(kind, seed, shape, checked=checked))
    return made


def faults(results: Results) -> Iterator[str]:
    """What must not be, with the seed that shows it."""
    for (code, shape), verdicts in results.items():
        for seed, verdict in enumerate(verdicts):
            where = f"{code} {shape.value} seed {seed}: {sorted(verdict.outcomes)} {verdict.error}"
            if (code, shape) in UNSEEN:
                continue
            if verdict.silent:
                yield f"silent for {sorted(verdict.silent)}: {where}"
            if verdict.changed and not verdict.outcomes & ALLOWED[code]:
                yield f"not an allowed outcome: {where}"
            if verdict.outcomes and not verdict.changed and not verdict.outcomes & ALLOWED[code]:
                yield f"another defect was seen: {where}"


def rates(results: Results) -> dict[str, tuple[int, int, int]]:
    """By kind: detected, damaged in a way that matters, silent. A panel that reads the same as before does not count."""
    made: dict[str, Counter[str]] = {}
    for (code, _), verdicts in results.items():
        count = made.setdefault(code, Counter())
        for verdict in verdicts:
            matters = bool(verdict.changed or verdict.outcomes)
            count["matters"] += matters
            count["detected"] += matters and verdict.detected
            count["silent"] += bool(verdict.silent)
    return {code: (c["detected"], c["matters"], c["silent"]) for code, c in made.items()}


def test_every_kind_and_shape_has_an_allowed_outcome_and_none_is_silent(tmp_path: Path) -> None:
    assert [*faults(judged(tmp_path, range(1)))] == []


@pytest.mark.soak
def test_two_thousand_and_forty_panels(tmp_path: Path) -> None:
    results = judged(tmp_path, range(20))
    assert sum(map(len, results.values())) == 2040
    assert [*faults(results)] == []
    for code, (detected, matters, silent) in rates(results).items():
        unseen = sum(len(v) for (c, shape), v in results.items() if c == code and (c, shape) in UNSEEN)
        assert detected >= matters - unseen, code
        assert silent <= unseen


def test_control_without_the_checks_the_same_damage_is_silent(tmp_path: Path) -> None:
    """A loader that believes everything: most of the damage reaches the numbers, and nothing is said."""
    count = rates(judged(tmp_path, range(1), checked=False))
    silent = {code for code, (_, _, quiet) in count.items() if quiet}
    assert {"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A11", "A12", "A13", "A14", "A16"} <= silent
    assert sum(quiet for _, _, quiet in count.values()) > 70  # of 102


def test_the_same_seed_makes_the_same_damage_and_another_seed_another() -> None:
    panel = clean(3)
    for kind in KINDS:
        for shape in (Shape.CELL, Shape.ALL):
            assert corrupt(panel, kind, 5, shape) == corrupt(panel, kind, 5, shape)
    assert corrupt(panel, KINDS[0], 5, Shape.CELL) != corrupt(panel, KINDS[0], 6, Shape.CELL)


def test_there_is_a_table_of_outcomes_for_every_kind() -> None:
    assert [kind.code for kind in KINDS] == [f"A{n}" for n in range(1, 18)]
    assert set(ALLOWED) == {kind.code for kind in KINDS}
    assert all(isinstance(kind, Kind) and kind.what for kind in KINDS)
