"""Signals that look ahead, forget too little or have a favourite, planted on purpose: each law must see them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.signals.array_view import random_panel
from tests.signals.laws import batch_faults, future_faults, memory_faults, order_faults
from trimtab.core.terms import TOTAL_RETURN, sessions


def trend_of(view: Any) -> np.ndarray:
    index = view.window(TOTAL_RETURN, 5)
    return index[:, -1] / index.mean(1)


def full_sample_z(view: Any) -> np.ndarray:
    raw = trend_of(view)
    whole = np.nan_to_num(raw)
    return (raw - whole.mean(0)) / (whole.std(0) + 1e-9)


def shifted_back(view: Any) -> np.ndarray:
    raw = trend_of(view)
    return np.concatenate([raw[1:], raw[-1:]])


def centred(view: Any) -> np.ndarray:
    raw = trend_of(view)
    padded = np.concatenate([raw[:1], raw, raw[-1:]])
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0


def back_filled(view: Any) -> np.ndarray:
    raw = trend_of(view).copy()
    for d in range(len(raw) - 2, -1, -1):
        raw[d] = np.where(np.isnan(raw[d]), raw[d + 1], raw[d])
    return raw


def normalised_by_running_sum(view: Any) -> np.ndarray:
    return np.cumsum(np.nan_to_num(trend_of(view)), axis=0)


@pytest.mark.parametrize("fault", [full_sample_z, shifted_back, centred, back_filled, normalised_by_running_sum])
def test_reading_along_dates_is_caught(fault: Any) -> None:
    assert not batch_faults(trend_of, random_panel(6, 30, 2))
    assert batch_faults(fault, random_panel(6, 30, 2))


def past_the_window(view: Any) -> np.ndarray:
    """Reads tomorrow through the memory that the window lies on; the window itself is honest."""
    index = view.window(TOTAL_RETURN, 5)
    day, row, column = index.strides
    shape = (index.shape[0], 6, index.shape[2])
    return np.lib.stride_tricks.as_strided(index, shape, (day, row, column))[:, -1].copy()


def test_reading_past_the_window_is_caught_by_the_other_law_alone() -> None:
    view = dataclasses.replace(random_panel(7, 30, 2).at(*range(5, 25)), layout="strided")
    assert not batch_faults(past_the_window, view)
    assert future_faults(past_the_window, view)
    assert not future_faults(trend_of, view)


def test_reading_before_the_window_is_caught() -> None:
    view = random_panel(8, 30, 2)
    assert memory_faults(lambda v: v.window(TOTAL_RETURN, 6)[:, 0], view, sessions(5))
    assert not memory_faults(lambda v: v.window(TOTAL_RETURN, 5)[:, 0], view, sessions(5))


def test_a_favourite_asset_is_caught() -> None:
    view = random_panel(9, 30, 3)
    assert order_faults(lambda v: trend_of(v) + np.array([1.0, 0.0, 0.0]), view, [2, 0, 1])
