"""The seven countries of He and Litterman (1999), tables 1 to 4: volatilities, correlations, weights and view 1."""

from __future__ import annotations

import numpy as np

COUNTRIES = ("AUL", "CAN", "FRA", "GER", "JAP", "UK", "USA")
WEIGHTS = np.array([1.6, 2.2, 5.2, 5.5, 11.6, 12.4, 61.5]) / 100.0
VOLATILITY = np.array([16.0, 20.3, 24.8, 27.1, 21.0, 20.0, 18.7]) / 100.0
RIGHT = (  # correlations of each country with those to its right
    (0.488, 0.478, 0.515, 0.439, 0.512, 0.491),
    (0.664, 0.655, 0.310, 0.608, 0.779),
    (0.861, 0.355, 0.783, 0.668),
    (0.354, 0.777, 0.653),
    (0.405, 0.306),
    (0.652,),
)
VIEW = {"FRA": -0.295, "GER": 1.0, "UK": -0.705}  # Germany against the rest of Europe, by market value
GAIN = 0.05


def _correlation() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    found = np.eye(7)
    for row, values in enumerate(RIGHT):
        for step, value in enumerate(values, 1):
            found[row, row + step] = found[row + step, row] = value
    return found


SIGMA = _correlation() * np.outer(VOLATILITY, VOLATILITY)
