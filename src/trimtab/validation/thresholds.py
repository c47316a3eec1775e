"""From where on a choice among variants is believed, and why there.

Found on sweeps of 200 timing rules on 12 random walks of 240 months, and on walks with a predictable drift. At 2 % the check
of data snooping let through 2.7 of 100 sweeps of noise (300 seeds), so that more than 5 of 100 false alarms are rare, and 99
of 100 in which the best rule had a true annual Sharpe ratio of 1. At 1.5 % it would let through half as much noise, and miss
three more of 100 effects that only one of 200 variants carries, of which it finds 84.
"""

from __future__ import annotations

CHANCE = 0.02  # p-value of data snooping up to which it passes: 5 of 100 false alarms must stay the exception, not the mean
SURE = 0.95  # deflated Sharpe: the level in the literature; below it a warning, as for unlike trials it lets through 3 in 1000
EVEN = 0.5  # deflated Sharpe below which luck alone explains the ratio; losing the other half as often as not; PBO of a coin
FEW = 0.2  # splits: a choice that loses, or ranks low, less often than one in five is as good as noise-free
SEEN = 0.8  # chance to pass of an effect that is called detectable
