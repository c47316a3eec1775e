"""The great falls of American shares since 1929: when they began and ended. Data, so that no search picks the dates.

From the highest to the lowest close of the S&P 500, before 1957 of Standard & Poor's composite of 90 shares. The dates are
those that S&P and Ned Davis Research state for falls of 20 % and more; 1929 to 1932 and 2000 to 2002 run from the first high
to the last low, across the rallies between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time by name: from the close of `first` to the close of `last`."""

    name: str
    first: np.datetime64
    last: np.datetime64


def _fall(name: str, first: str, last: str) -> Window:
    return Window(name, np.datetime64(first, "D"), np.datetime64(last, "D"))


CRISES = (
    _fall("1929, Great Depression", "1929-09-07", "1932-06-01"),  # 31.92 to 4.40
    _fall("1973, oil embargo", "1973-01-11", "1974-10-03"),  # 120.24 to 62.28
    _fall("1987, Black Monday", "1987-08-25", "1987-12-04"),  # 336.77 to 223.92
    _fall("2000, technology shares", "2000-03-24", "2002-10-09"),  # 1527.46 to 776.76
    _fall("2008, financial crisis", "2007-10-09", "2009-03-09"),  # 1565.15 to 676.53
    _fall("2020, pandemic", "2020-02-19", "2020-03-23"),  # 3386.15 to 2237.40
    _fall("2022, inflation and rates", "2022-01-03", "2022-10-12"),  # 4796.56 to 3577.03
)

# Falls of less than 20 %, from high to low alike, that portfolios of our time are asked about.
CORRECTIONS = (
    _fall("2011, euro debt and US downgrade", "2011-04-29", "2011-10-03"),
    _fall("2018, fourth quarter", "2018-09-20", "2018-12-24"),
)
