"""The example of Bacon (2008): 24 months of a portfolio and its benchmark, as PerformanceAnalytics ships them."""

import numpy as np

# Percent. The benchmark's 2.1 of 2001-06 looks like a lost minus; the package's expected values use +2.1.
PORTFOLIO = ".3 2.6 1.1 -1.0 1.5 2.5 1.6 6.7 -1.4 4.0 -.5 8.1 4.0 -3.7 -6.1 1.7 -4.9 -2.2 7.0 5.8 -6.5 2.4 -.5 -.9"
BENCHMARK = ".2 2.5 1.8 -1.1 1.4 1.8 1.4 6.5 -1.5 4.2 -.6 8.3 3.9 -3.8 -6.2 1.5 -4.8 2.1 6.0 5.6 -6.7 1.9 -.3 0."
P, B = (np.array([float(x) for x in text.split()]) / 100.0 for text in (PORTFOLIO, BENCHMARK))
MONTHS = np.arange("2000-01", "2002-01", dtype="datetime64[M]").astype("datetime64[D]")
