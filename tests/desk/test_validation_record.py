"""A validation as plain data: what is written is what is read, and nothing else is accepted."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.desk.ground_checks import ground_check
from trimtab.desk.validation import FILE, Ground, Validation, keep, kept
from trimtab.validation.checks import Check, Light, Ruling
from trimtab.validation.sensitivity import Surface

numbers = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6, allow_nan=False))


ONE = Check("crises", 0.5, 0.5, Light.PASS, "2020: level.")


def made(checks: tuple[Check, ...] = (ONE,), metric: Any = ((0.1, 0.2, 0.1), (0.1, 0.3, math.nan))) -> Validation:
    surface = Surface(("a.window", "b.band"), (("5M", "8M"), (0.01, 0.02, 0.03)), np.array(metric))
    ground = Ground(surface, (1, 1), 7, ("c=1: refused",))
    ratios, starts = np.array([-0.1, 0.2]), {"2001-01-31": 0.05, "2001-02-28": 0.06}
    about = {"policy": "p", "sha256": "a" * 64, "data": "b" * 64, "first": "2001-01-31", "last": "2020-12-31", "seed": 1}
    rest: dict[str, Any] = {"trials": 12, "effective": 3.5, "ruling": Ruling.NOT_SHOWN, "words": "An effect is not shown."}
    return Validation(**about, **rest, checks=checks, ground=ground, paths=ratios, starts=starts)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(), numbers, numbers, st.sampled_from(Light), st.text()), min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(rows: list[tuple[str, float, float, Light, str]]) -> None:
    found = made(tuple(Check(*row) for row in rows))
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    again = Validation.from_dict(plain)
    assert again.to_dict() == found.to_dict()
    assert again.ground.surface is not None
    np.testing.assert_array_equal(again.ground.surface.metric, np.array([[0.1, 0.2, 0.1], [0.1, 0.3, math.nan]]))
    assert again.ruling is Ruling.NOT_SHOWN
    assert again.starts == {"2001-01-31": 0.05, "2001-02-28": 0.06}


def test_it_is_kept_beside_the_run_and_found_there(tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    keep(made(), tmp_path)
    found = kept(tmp_path)
    assert found is not None
    assert found.to_dict() == made().to_dict()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": "trimtab validation", "version": 2}', "{"])
def test_anything_else_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        kept(tmp_path)
    assert "trimtab validate" in str(caught.value)


def test_a_missing_or_wrong_part_is_damage() -> None:
    for key in made().to_dict():
        plain = {name: value for name, value in made().to_dict().items() if name != key}
        with pytest.raises(DataError):
            Validation.from_dict(plain)
    with pytest.raises(DataError, match="damaged"):
        Validation.from_dict(made().to_dict() | {"ruling": "fine"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": 5}, {"policy": None}, {"first": 1991}, {"seed": "1"}, {"trials": -1}, {"trials": True}, {"effective": "3"},
        {"checks": []}, {"checks": {}}, {"checks": [[]]}, {"checks": None},
        {"checks": [{"name": "a", "value": "1", "threshold": 0.0, "light": "PASS", "words": ""}]},
        {"checks": [{"name": "a", "value": 1.0, "threshold": 0.0, "light": "PASS", "words": None}]},
        {"chosen": [77]}, {"chosen": [0, 77]}, {"chosen": [0, -1]}, {"chosen": [0.0, 1.0]}, {"chosen": 1}, {"surface": None},
        {"surface": []}, {"surface": {"names": ["a"], "axes": [[2.0, 1.0]], "metric": [0.1, 0.2]}, "chosen": [0]},
        {"surface": {"names": [1], "axes": [[1.0, 2.0]], "metric": [0.1, 0.2]}, "chosen": [0]},
        {"variants": "7"}, {"left_out": [3]}, {"around": None}, {"paths": ["0.1"]}, {"paths": 3}, {"paths": [[0.1]]},
        {"starts": []}, {"starts": {"soon": 0.1}}, {"starts": {"2001-01-31": "much"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_part_of_another_kind_is_damage(wrong: dict[str, Any], tmp_path: Path) -> None:
    """Regression: a sentence that was a number ended in a traceback later; no checks, or a cell off the surface, were read."""
    (tmp_path / FILE).write_text(json.dumps(made().to_dict() | wrong), encoding="utf-8")
    with pytest.raises(DataError, match="the stored validation is damaged") as caught:
        kept(tmp_path)
    assert caught.value.remedy.startswith("Validate again")


# The light of the surface.


def light(metric: Any, cell: tuple[int, ...] = (0, 2), *, chosen_grid: bool = False) -> Check:
    metric = np.array(metric, dtype=float)
    axes = tuple(tuple(float(k) for k in range(n)) for n in metric.shape)
    surface = Surface(tuple(f"p{k}" for k in range(metric.ndim)), axes, metric)
    return ground_check(Ground(surface, cell, metric.size), chosen_grid=chosen_grid)


def test_a_spike_a_plateau_and_a_cliff() -> None:
    flat = np.full((5, 5), 0.01) + np.random.default_rng(0).normal(0.0, 0.002, (5, 5))
    spike = flat.copy()
    spike[2, 2] = 0.9
    assert light(spike, (2, 2)).light is Light.FAIL
    plateau = flat + 0.4
    assert light(plateau, (2, 2)).light is Light.PASS
    cliff = flat.copy()
    cliff[:, :3] += 0.5
    cliff[:, 2] += 0.1  # 0.61 between 0.51 and 0.01, which have 0.26 together: less than half of it, but one side has more
    assert light(cliff, (2, 2)).light is Light.WARN
    assert "cliff" in light(cliff, (2, 2)).words


def test_a_small_lead_on_high_ground_is_no_spike() -> None:
    high = np.full((5, 5), 0.40)
    high[2, 2] = 0.45
    found = light(high, (2, 2))
    assert found.light is Light.PASS
    assert "Its neighbours still have 0.40." in found.words


def test_the_least_bad_of_all_that_lag_is_no_spike() -> None:
    lagging = np.full((5, 5), -0.4)
    lagging[2, 2] = -0.1
    assert light(lagging, (2, 2)).light is Light.WARN


def test_most_variants_behind_the_benchmark_and_the_edge_of_a_grid_warn() -> None:
    behind = np.full((5, 5), -0.1)
    behind[1:4, 1:4] = 0.2
    assert light(behind, (2, 2)).light is Light.WARN
    level = np.linspace(0.3, 0.4, 5)[None, :].repeat(5, 0)
    assert light(level, (2, 4)).light is Light.PASS
    assert light(level, (2, 4), chosen_grid=True).light is Light.WARN


def test_without_a_surface_or_a_cell_there_is_no_answer() -> None:
    assert ground_check(Ground(None, None, 1)).light is Light.UNKNOWN
    surface = Surface(("p",), ((1.0, 2.0),), np.array([0.1, 0.2]))
    assert "not on the grid" in ground_check(Ground(surface, None, 3)).words
