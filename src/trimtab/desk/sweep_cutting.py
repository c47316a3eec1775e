"""A sweep cut into parts: variants that share dates stand together, and a part never holds more than some tens of megabytes.

Lanes share knowledge too, which each part works out once: there a part is a block of some knowledges by some dates, so that
neither is worked out in many parts. The cut depends on the variants and the data alone, never on who does the work, so that
a job which was ended can go on with other workers. What a part holds at most are the goals of its distinct knowledge on its
decision dates, the units of its lanes, and the wealth at the ends of months.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.errors import TrimtabError
from trimtab.core.terms import MONTH
from trimtab.data.market import Market
from trimtab.desk.dates import decision_rows
from trimtab.desk.plain_lanes import plain
from trimtab.desk.policy import Policy
from trimtab.desk.variants import Aspect, Variants

ROOM = 64 << 20  # bytes that goals, lanes and marks of a part may take together
FEW, LEAST = 8, 32  # parts that a sweep is cut into at least, and variants that a part then holds at least
_WIDE = {"lanes": 2048, "twin": 64, "ledger": 8}  # variants of a part at most: about a second of work, or a few
_LANES = 1024  # that step together at most
_COPIES = 5  # of the wealth of lanes that share their dates, while it is summed up
_NUMBER = 8  # bytes
_BASE = 150 << 20  # bytes of a process that has loaded what it needs


def cut(variants: Variants, policy: Policy, market: Market) -> tuple[list[Index], int]:
    """The numbers of the variants of each part, and the bytes that a worker needs for the largest of them."""
    numbers = np.arange(len(variants))
    decisions, way = _decisions(variants, market, numbers), _way(policy, market)
    size = min(_WIDE[way], max(LEAST, -(-len(numbers) // FEW)))
    while True:
        parts = _parts(variants, numbers, -(-len(numbers) // size), blocks=way == "lanes")
        need = max(_bytes(variants, part, market, decisions) for part in parts)
        if need <= ROOM or size == 1:
            return parts, _BASE + 2 * need + 2 * _size(market)
        size = -(-size // 2)


def _parts(variants: Variants, numbers: Index, count: int, *, blocks: bool) -> list[Index]:
    """All numbers in `count` parts of about one size, which with `blocks` are some knowledges by some dates."""
    aspects = (Aspect.KNOWLEDGE, Aspect.BOOK, Aspect.DATES)
    knowledge, book, dates = (np.unique(variants.keys(aspect, numbers), return_inverse=True)[1] for aspect in aspects)
    block = np.zeros(len(numbers), dtype=np.intp)
    if blocks and len(numbers):
        known, dated = int(knowledge.max()) + 1, int(dates.max()) + 1
        across = [number for number in range(1, count + 1) if count % number == 0]
        wide = min(reversed(across), key=lambda number: abs(np.log(number * number * dated / (count * known))))
        high = count // wide
        block = (knowledge * wide // known) * high + dates * high // dated
    order = numbers[np.lexsort((knowledge, book, dates, block))]
    return [np.asarray(part, dtype=np.intp) for part in np.array_split(order, count)]


def _way(policy: Policy, market: Market) -> str:
    """How the variants run, as far as the policy itself says."""
    if plain(policy, market):
        return "lanes"
    return "ledger" if policy.tax is not None and policy.tax.bites else "twin"


def _decisions(variants: Variants, market: Market, numbers: Index) -> int:
    """The decisions of the busiest schedule."""
    first, _ = variants.group(Aspect.DATES, numbers)
    counts = [0]
    for number in first.tolist():
        try:
            counts.append(len(decision_rows(variants.policy(number), market)))
        except TrimtabError:  # it is told with the results
            continue
    return max(counts)


def _bytes(variants: Variants, part: Index, market: Market, decisions: int) -> int:
    knowledge, dates = (len(np.unique(variants.keys(aspect, part))) for aspect in (Aspect.KNOWLEDGE, Aspect.DATES))
    sessions, assets = len(market.sessions), len(market.assets)
    goals = knowledge * min(dates * decisions, sessions) * assets
    _, sharing = np.unique(variants.keys(Aspect.DATES, part), return_counts=True)
    lanes = min(len(part), _LANES) * decisions * assets + min(int(sharing.max()), _LANES) * _COPIES * sessions
    return _NUMBER * (goals + lanes + len(part) * len(market.ends(MONTH)))


def _size(market: Market) -> int:
    """Bytes of the data themselves, about."""
    held = sum(values.nbytes for values in market.fields.values())
    return held + sum(values.nbytes for history in market.series.values() for values in history.fields.values())
