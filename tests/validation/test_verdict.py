"""The verdict bites: noise is called overfitted, a real effect holds. The soak has it at length, with the power curve."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from tests.validation.noise_worlds import PLANTED, alike, few, markets, sweep, swept
from trimtab.core.errors import DataError, ParameterError
from trimtab.validation.checks import DATA_SNOOPING, OTHER_HALF, OVERFITTING, SIGNIFICANCE, Light, Ruling
from trimtab.validation.verdict import Judgement, asked, judge

FIRST = int(os.environ.get("TRIMTAB_SOAK_SEED", "0")) % 1_000_000


def judged(active: np.ndarray, **terms: object) -> Judgement:
    return judge(active, **{"seed": 3, "per_year": 12.0, "draws": 300, **terms})  # type: ignore[arg-type]


def light(found: Judgement, name: str) -> Light:
    (only,) = (check.light for check in found.checks if check.name == name)
    return only


# --- noise and an effect --------------------------------------------------------------------------------------------


def test_noise_is_called_overfitted_and_an_effect_is_not():
    """Five seeds each: with 2.5 % false alarms two of five have the chance .006, with a power of .99 two misses .001."""
    noise = [judged(sweep(seed)).ruling for seed in range(5)]
    effect = [judged(sweep(seed, sharpe=1.0)).ruling for seed in range(5)]
    assert noise.count(Ruling.OVERFITTED) >= 4
    assert effect.count(Ruling.HOLDS) >= 4


def test_copies_count_as_one_and_share_an_effect():
    """Of 200 that are nearly the same none ranks above the others for a reason: PBO is a coin, and no veto."""
    found = judged(alike(1, 0.9999, sharpe=1.2))
    assert found.effective < 1.1
    assert light(found, OVERFITTING) is Light.WARN
    assert found.ruling is Ruling.HOLDS
    assert judged(alike(1, 0.9999)).ruling is Ruling.OVERFITTED


@pytest.mark.soak
def test_at_length():
    """The issue's bounds on 100 seeds each, and the power curve."""
    seeds = range(FIRST, FIRST + 100)
    noise = [judge(sweep(seed), seed=seed, per_year=12.0).ruling for seed in seeds]
    print(f"\nnoise: {noise.count(Ruling.OVERFITTED)} of 100 overfitted")  # noqa: T201 - the log of a soak shows the figures
    held = {}
    for sharpe in (0.3, 0.6, 0.9, 1.0):
        held[sharpe] = sum(judge(sweep(seed, sharpe=sharpe), seed=seed, per_year=12.0).ruling is Ruling.HOLDS for seed in seeds)
        print(f"true Sharpe ratio {sharpe} a year: {held[sharpe]} of 100 hold")  # noqa: T201 - the log of a soak shows the figures
    assert noise.count(Ruling.OVERFITTED) >= 95
    assert held[1.0] >= 80
    assert held[0.3] < held[0.6] < held[0.9] <= held[1.0]


NOISES = {
    "a sweep on assets that move alike": lambda seed: sweep(seed, correlation=0.9),
    "a sweep on assets that do not": lambda seed: sweep(seed, correlation=0.1),
    "a sweep with fat tails": lambda seed: sweep(seed, tails=3.0),
    "200 strangers": lambda seed: alike(seed, 0.0),
    "200 near copies": lambda seed: alike(seed, 0.99),
    "200 copies": lambda seed: alike(seed, 0.9999),
    "strangers that follow themselves": lambda seed: alike(seed, 0.0, persistence=0.2),
}
EFFECTS = {
    "5 of a sweep": lambda seed: few(seed, 5),
    "20 of a sweep": lambda seed: few(seed, 20),
    "200 near copies": lambda seed: alike(seed, 0.99, sharpe=1.0),
    "200 relatives": lambda seed: alike(seed, 0.9, sharpe=1.0),
}


@pytest.mark.soak
@pytest.mark.parametrize("kind", NOISES)
def test_noise_of_other_kinds(kind):
    found = [judge(NOISES[kind](seed), seed=seed, per_year=12.0).ruling for seed in range(FIRST, FIRST + 100)]
    print(f"\n{kind}: {found.count(Ruling.OVERFITTED)} of 100 overfitted")  # noqa: T201 - the log of a soak shows the figures
    assert found.count(Ruling.OVERFITTED) >= 90  # 5 % and three standard errors: each is one draw of many


@pytest.mark.soak
@pytest.mark.parametrize("kind", EFFECTS)
def test_effects_of_other_kinds(kind):
    found = [judge(EFFECTS[kind](seed), seed=seed, per_year=12.0).ruling for seed in range(FIRST, FIRST + 100)]
    print(f"\n{kind}: {found.count(Ruling.HOLDS)} of 100 hold")  # noqa: T201 - the log of a soak shows the figures
    assert found.count(Ruling.HOLDS) >= 80


@pytest.mark.soak
def test_what_was_planted_is_there():
    """On 50,000 months a Sharpe ratio a year has the standard error .015; the best of 200 lies above the best truth."""
    for sharpe, drift in PLANTED.items():
        active = swept(markets(np.random.default_rng(6), drift=drift, months=50_000))
        assert (active.mean(axis=0) / active.std(axis=0)).max() * np.sqrt(12.0) == pytest.approx(sharpe, abs=0.06)


# --- laws -----------------------------------------------------------------------------------------------------------


def test_the_size_of_returns_and_the_order_of_variants_do_not_matter():
    active = sweep(2, sharpe=0.6)[:, ::8]
    order = np.random.default_rng(0).permutation(active.shape[1])
    one, other = judged(active), judged(3.0 * active[:, order])
    assert order[other.chosen] == one.chosen
    assert [check.value for check in other.checks] == pytest.approx([check.value for check in one.checks])
    assert replace(other, chosen=0, checks=()) == replace(one, chosen=0, checks=(), effective=other.effective,
        sharpe=other.sharpe, persistence=other.persistence, detectable=other.detectable)  # fmt: skip


def test_more_trials_and_a_worse_choice_never_help():
    active = sweep(4, sharpe=1.0)[:, ::4]
    p = [judged(active, trials=trials).checks[0].value for trials in (50, 100, 1000, 100_000)]
    assert p == sorted(p)
    assert judged(active, trials=500, draws=5000).detectable > judged(active, draws=5000).detectable
    assert np.isnan(judged(active, trials=100_000).detectable)  # 300 draws cannot tell so small a chance
    by_rank = np.argsort(-active.mean(axis=0) / active.std(axis=0))
    p = [judged(active, chosen=int(by_rank[k])).checks[0].value for k in (0, 10, 25, 49)]
    assert p == sorted(p)
    assert p[0] < 0.05
    assert p[3] > 0.95
    assert judged(active, chosen=int(by_rank[49])).ruling is Ruling.OVERFITTED


def test_the_p_of_a_choice_is_the_share_of_histories_in_which_any_does_as_well():
    """Against the obvious loop: rows drawn one by one, all variants centred, the largest of each draw (none lags far)."""
    rng = np.random.default_rng(7)
    active = 0.02 * rng.standard_normal((120, 6))
    active -= active.mean(axis=0)
    active = active - active.mean(axis=0) + active.std(axis=0) * np.array([0.05, 0.1, 0.2, 0.0, 0.02, 0.15])
    found = judged(active, chosen=5, draws=4000)
    centred = (active - active.mean(axis=0)) / active.std(axis=0)
    best = np.array([centred[rng.integers(0, 120, 120)].mean(axis=0).max() for _ in range(4000)])
    wanted = 0.15 / np.sqrt(found.persistence)
    assert found.checks[0].value == pytest.approx((best >= wanted).mean(), abs=4.0 * np.sqrt(0.25 / 2000.0))


def test_a_sweep_is_worth_fewer_trials_than_it_has():
    assert 10.0 < judged(sweep(0)).effective < 60.0
    assert judged(alike(0, 0.0)).effective > 150.0
    assert judged(sweep(0)[:, ::4], trials=500).effective == pytest.approx(10.0 * judged(sweep(0)[:, ::4]).effective)


def test_trials_that_are_not_here_are_taken_to_be_as_many_again():
    """Sidak: with p among 50, 1 - (1 - p)^2 among 100."""
    active = sweep(0, sharpe=0.3)[:, ::4]
    p, twice = (judged(active, trials=trials).checks[0].value for trials in (50, 100))
    assert twice == pytest.approx(1.0 - (1.0 - p) ** 2)


def test_one_variant_alone_is_shown_or_not_but_never_overfitted():
    rng = np.random.default_rng(5)
    noise = 0.02 * rng.standard_normal((240, 1))
    noise -= noise.mean()
    found = judged(noise)
    assert [check.name for check in found.checks] == [SIGNIFICANCE]
    assert found.ruling is Ruling.NOT_SHOWN
    assert judged(noise + 0.006).ruling is Ruling.HOLDS  # 0.3 a month, 1.04 a year: t = 4.6
    assert judged(noise + 0.006, trials=10**7).ruling is Ruling.OVERFITTED


@pytest.mark.parametrize("likeness", [0.0, 0.9])
@pytest.mark.parametrize("chosen", [0, 2])
def test_what_reaches_the_bar_passes_and_what_does_not_fails(likeness, chosen):
    """A regression: the bar of the deflated ratio was shown, which is not the one that the ruling holds a choice to."""
    active = alike(3, likeness)[:, :5]
    active -= active.mean(axis=0)
    bar = asked(judged(active, chosen=chosen).by_luck)
    per_month = active[:, chosen].std(ddof=1) / np.sqrt(12.0)
    for ratio, says in ((bar - 1e-6, Light.FAIL), (bar + 1e-6, Light.PASS)):
        moved = active + per_month * ratio * (np.arange(5) == chosen)
        assert judged(moved, chosen=chosen).sharpe == pytest.approx(ratio)
        assert light(judged(moved, chosen=chosen), DATA_SNOOPING) is says


def test_the_bar_among_more_trials_is_the_bar_of_the_ruling():
    active = alike(3, 0.0)[:, :5]
    active -= active.mean(axis=0)
    per_month = active[:, 0].std(ddof=1) / np.sqrt(12.0)
    bar = asked(judged(active, chosen=0, draws=2000).by_luck, 4.0)
    for ratio, says in ((bar - 1e-6, Light.FAIL), (bar + 1e-6, Light.PASS)):
        found = judged(active + per_month * ratio * (np.arange(5) == 0), chosen=0, trials=20, draws=2000)
        assert light(found, DATA_SNOOPING) is says
    assert np.isnan(asked(found.by_luck, 1000.0))  # two thousand draws cannot tell one in fifty thousand
    assert np.isnan(asked(np.empty(0)))


def test_a_choice_that_lags_lowers_no_bar():
    active = alike(3, 0.0)[:, :5]
    active -= active.mean(axis=0)
    lag = active - 0.5 * active[:, 0].std() * (np.arange(5) == 0)
    assert asked(judged(lag, chosen=0).by_luck) == pytest.approx(asked(judged(active, chosen=0).by_luck))
    assert judged(lag, chosen=0).checks[0].value > 0.99


def test_the_best_of_independent_trials_by_luck_is_that_of_normal_ones():
    """50 trials, 240 months: z(.98^(1 / 50)) = 3.35 standard errors, and 5 % more or less for the persistence of a sample."""
    found = judged(alike(1, 0.0)[:, :50], draws=4000)
    by_luck = found.by_luck / np.sqrt(found.persistence * 12.0 / 240.0)
    assert asked(by_luck) == pytest.approx(3.35, rel=0.05)
    assert by_luck.mean() == pytest.approx(2.249, rel=0.05)  # the expected maximum of 50


def test_an_effect_that_is_called_detectable_holds_in_eight_of_ten_histories():
    """Simulated rulings: four years, five rules 0.9 alike. 150 of them have a standard error of 3 points."""
    rng = np.random.default_rng(0)

    def world(sharpe: float) -> np.ndarray:
        noise = np.sqrt(0.9) * rng.standard_normal((48, 1)) + np.sqrt(0.1) * rng.standard_normal((48, 5))
        return noise + sharpe / np.sqrt(12.0)

    least = np.mean([judged(world(0.0), chosen=0).detectable for _ in range(25)])
    held = [judged(world(float(least)), chosen=0).ruling is Ruling.HOLDS for _ in range(150)]
    assert np.mean(held) == pytest.approx(0.8, abs=0.1)


def test_the_ratio_is_the_one_that_all_lines_show():
    """A regression: it had ddof 0, and the haircut began from another ratio than the one on the screen."""
    active = sweep(2, sharpe=0.6)[:30, :4]
    wanted = active[:, 1].mean() / active[:, 1].std(ddof=1) * np.sqrt(12.0)
    assert judged(active, chosen=1).sharpe == pytest.approx(wanted, rel=1e-12)


# --- edges ----------------------------------------------------------------------------------------------------------


def test_a_choice_that_never_varies_has_no_answer():
    active = sweep(0)[:, :20].copy()
    active[:, 3] = 0.01
    found = judged(active, chosen=3)
    assert light(found, DATA_SNOOPING) is Light.UNKNOWN
    assert found.ruling is not Ruling.HOLDS
    assert np.isnan(found.sharpe)
    assert judged(active).chosen != 3
    nothing = judged(np.zeros((30, 4)))
    assert nothing.ruling is Ruling.NOT_SHOWN
    assert all(check.light is Light.UNKNOWN for check in nothing.checks)
    assert all("no answer" in check.words for check in nothing.checks)


@pytest.mark.parametrize("count", [3, 7, 9, 17])
def test_a_short_history_is_not_believed(count):
    found = judged(0.01 * np.random.default_rng(count).standard_normal((count, 5)))
    assert found.ruling is not Ruling.HOLDS
    assert light(found, OTHER_HALF) is (Light.UNKNOWN if count < 8 else light(found, OTHER_HALF))
    assert not found.detectable <= 2.0  # NaN where no effect of any size would be seen


@pytest.mark.parametrize(
    ("active", "says"),
    [
        (np.empty((0, 2)), "0 periods"),
        (np.ones((2, 2)), "2 periods"),
        (np.ones((5, 0)), "0 variants"),
        (np.full((5, 2), np.nan), "row 0 of variant 0 is nan"),
        (np.ones(5), "1 axes"),
    ],
)
def test_what_is_no_sweep_is_refused(active, says):
    with pytest.raises(DataError, match=says):
        judged(active)


@pytest.mark.parametrize("terms", [{"trials": 3}, {"chosen": 4}, {"chosen": -1}, {"per_year": 0.0}, {"draws": 0}])
def test_parameters_are_checked(terms):
    with pytest.raises(ParameterError):
        judged(np.random.default_rng(0).standard_normal((30, 4)), **terms)


def test_words_say_what_was_found():
    held, not_held = judged(sweep(1, sharpe=1.0)), judged(sweep(1))
    assert "holds" in held.words
    assert "overfitted" in not_held.words
    assert "a year over the benchmark would be seen 8 times in 10" in held.words
    assert "the best of 200 variants without merit does as well in" in not_held.checks[0].words


def test_no_history_is_rarer_than_one_in_as_many_as_were_drawn() -> None:
    """However strong an effect, and however many other trials there were, chance is not said to be nothing."""
    rows = np.random.default_rng(3).normal(0.02, 0.01, (120, 2))
    alone = judge(rows, seed=1, per_year=12)
    assert alone.checks[0].value == pytest.approx(1.0 / 1001.0)
    many = judge(rows, seed=1, per_year=12, trials=2000)
    assert many.checks[0].value == pytest.approx(1.0 - (1.0 - 1.0 / 50_001.0) ** 1000)
    few = judge(rows, seed=1, per_year=12, trials=2000, draws=1000)
    assert few.checks[0].value > 0.5  # a thousand draws cannot tell among a thousand times as many
