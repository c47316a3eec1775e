"""The ledger conserves to the cent (RELIABILITY R3): random lives of accounts, tried on every law in every currency."""

from __future__ import annotations

import os

import pytest

from tests.accounting.trials import SPACINGS, Trial
from trimtab.accounting import history

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))


def run(monkeypatch: pytest.MonkeyPatch, seed: int, wanted: int) -> None:
    """Books of 200 entries posted one by one and at once, and now and then one of 1,500; copies of lots near and far apart."""
    booked = number = 0
    while booked < wanted:
        monkeypatch.setattr(history, "_SPACING", SPACINGS[number % len(SPACINGS)])
        try:
            booked += Trial(seed, number, 1500 if number % 40 == 39 else 200).run()
        except Exception as error:
            error.add_note(f"Trial(seed={seed}, number={number})")
            raise
        number += 1


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_random_entries_are_booked_to_the_cent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, seed, 10_000)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + 5))
def test_a_million_random_entries_are_booked_to_the_cent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, seed, 1_000_000)
