"""Dividing a whole among shares so that the parts sum to it exactly: by largest remainder (Hamilton's method).

Every part is within one quantum of its exact share. Ties go to the earlier share, so that the same division comes out the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact


def allotted(total: Decimal, shares: Sequence[Decimal], quantum: Decimal) -> tuple[Decimal, ...]:
    """`total` divided in proportion to `shares`, each a multiple of `quantum` as far as the total is one.

    What is finer than the quantum goes to the first of the largest remainders. Raises InvariantError where shares are below
    zero or sum to none.
    """
    with exact():
        whole = sum(shares, ZERO)
        if not whole > 0 or any(share < 0 for share in shares) or not quantum > 0:
            raise InvariantError(f"{total} cannot be divided by the shares {list(map(str, shares))}", remedy="Stop.")
        due = [total * share / whole for share in shares]
        parts = [(part / quantum).to_integral_value(ROUND_DOWN) * quantum for part in due]
        left = total - sum(parts, ZERO)
        step = quantum.copy_sign(total)
        order = sorted(range(len(shares)), key=lambda k: (-abs(due[k] - parts[k]), k))
        for k in order:
            if abs(left) < quantum:
                break
            parts[k] += step
            left -= step
        first = next((k for k in order if shares[k]), 0)
        parts[first] += left
        return tuple(parts)
