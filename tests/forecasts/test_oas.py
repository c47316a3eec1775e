"""Oracle approximating shrinkage: by hand, beside Ledoit-Wolf, in words (scikit-learn: test_ledoit_wolf.py)."""

from __future__ import annotations

import numpy as np

from tests.forecasts.covariance_laws import asked
from tests.signals.array_view import panel, random_panel
from trimtab.core.terms import sessions
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas


def test_by_hand() -> None:
    # Returns (10 %, 0), (-10 %, 0), (0, 20 %), (0, -20 %): S = diag(0.005, 0.02), ddof 0, mean variance 0.0125.
    # Mean square of S 0.000425 / 4 = 0.00010625; over mean 0.00015625: (0.0002625) / (5 (0.00010625 - 0.000078125)) > 1.
    # So the intensity is 1, and both variances are the mean one. Times 252.
    view = panel([[1.0, 1.0], [1.1, 1.0], [0.99, 1.0], [0.99, 1.2], [0.99, 0.96]], daily=True).at(4)
    found = asked(Oas(sessions(4)), view).covariance[0]
    np.testing.assert_allclose(found, np.diag([3.15, 3.15]), atol=1e-12)


def test_both_keep_the_mean_variance() -> None:
    view = random_panel(2, 40, 6, daily=True).at(39)
    kinds = (Oas(sessions(30)), LedoitWolf(sessions(30), target=Target.IDENTITY))
    one, other = (np.trace(asked(kind, view).covariance[0]) for kind in kinds)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_words() -> None:
    assert Oas().words == "covariance shrunk towards the identity (oracle approximating) over a 252-day window"
