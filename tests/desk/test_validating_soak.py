"""At length: how often noise is let through and an effect is found by the whole list of checks; every policy of the gallery."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.desk.real_gallery import market_of
from tests.desk.validation_worlds import monthly, trend
from trimtab.desk import gallery, knowing_checks
from trimtab.desk.backtest import backtest
from trimtab.desk.grid import Grid
from trimtab.desk.prepare import load_market
from trimtab.desk.sweep import sweep
from trimtab.desk.validating import validate
from trimtab.desk.variants import Variants
from trimtab.validation.checks import Light, Ruling

pytestmark = pytest.mark.soak
MANY = Grid.parse(["signals.trend.window=2M..24M:2", "combine.hysteresis=0,0.5"])
SECONDS, MONTHS = 20.0, 240  # on one core, for twenty years of months to decide on; longer histories have more


def test_the_best_of_many_on_noise_is_hardly_ever_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    rulings = []
    for seed in range(40):
        market = monthly(trend(), 1000 + seed)
        variants = Variants.of(trend(), MANY)
        best = int(np.argmax(sweep(variants, market).figures["sharpe"]))
        rulings.append(validate(backtest(variants.policy(best), market), around=MANY).ruling)
    assert rulings.count(Ruling.HOLDS) <= 3
    assert rulings.count(Ruling.OVERFITTED) >= 36


def test_a_strong_effect_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    found = [validate(backtest(trend(), monthly(trend(), seed, persistent=0.015))) for seed in range(20)]
    assert sum(one.ruling is Ruling.HOLDS for one in found) >= 16


@pytest.mark.parametrize("name", gallery.names())
def test_every_policy_of_the_gallery_is_validated_in_time_and_none_looks_ahead(name: str) -> None:
    policy = gallery.named(name)
    result = backtest(policy, load_market(policy) if gallery.entry(name).sample else market_of(policy))
    begun = time.process_time()
    found = validate(result)
    assert time.process_time() - begun < SECONDS * max(1.0, len(result.decisions) / MONTHS)
    assert found.check("look-ahead").light is Light.PASS
    assert all(check.words for check in found.checks)
