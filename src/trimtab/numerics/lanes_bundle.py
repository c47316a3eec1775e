"""How a bundle of lanes lies in memory for compiled code: a row for each quantity, all rows the same way apart.

Loops over lanes are innermost: they become vector instructions where the compiler sees that what it writes is not what it
reads. It does where rows lie at distances that it knows, so compiled code shapes its arrays anew, to rows of `STRIDE`. This
module imports numba.
"""

from __future__ import annotations

from trimtab.numerics.compiling import compiler

WIDTH = 128  # lanes in a bundle, at most
STRIDE = WIDTH + 8  # rows a power of two apart would share a few lines of the cache
EIGHT = 8  # lanes in one vector instruction: bundles are filled up to whole ones
FOUR = 4  # sessions, and assets, that are worked on together: assets are filled up with some that nobody holds

# Rows of the state. Wealth at four sessions.
NOW = 0
# Carried along: cash in units of the bank, wealth, the highest so far and before these four sessions, the deepest fall.
CASH, LAST, HIGH, BEFORE, DEEP = 8, 9, 10, 11, 12
# Sums of returns over bills to the fourth power, of returns to the second; of turnover, costs, costs over wealth.
OVER, WHOLE, TURNOVER, COSTS, DRAG = 13, 17, 19, 20, 21
# The trade at hand: wealth before and after, what it costs, slopes of that, the share of purchases that is paid for.
NAV, VALUE, COST, SLOPE, STEEP, PART, NET, GROSS = 22, 23, 24, 25, 26, 27, 28, 29
# What each lane pays, and whether it has bought anything yet.
RATE, FUNDED, ROWS = 30, 31, 32

# A product and a sum may be rounded once; everything else keeps its order and its meaning.
compiled = compiler({"contract", "nsz"})
