"""Mutants that no test can tell from the program, each with its reason; they are left out of the count.

By module, function and what the mutant reads like, so that lines may move. A reason says why every outcome is the same; that
nobody tests it is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_FASTER = "a way round for speed: the long way comes to the same"
_LOOKED_AT_AGAIN = "`_refuse` works it out afresh; being asked more often costs time alone"
_ROOM = "how much room is made ahead: seen by nobody"
_ORDER_ALONE = "arrivals are compared with each other alone"
_SHIFTED = "keys are compared with each other alone, and every key moves alike"
_NEVER_SHORT = "nothing but a future is ever below zero before a fill"
_SORTED_AGAIN = "a stable sort leaves what is in order as it is"
_NO_END = "without any end the last period alone is asked for, and the row itself takes its place"
_SIGN = "the sign of a product is that of the quotient, and no order is of nought units"

_TABLE: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("accounting.ledger", "Ledger.__init__"): {"0 -> 1": _ROOM},  # of `capacity`
    ("accounting.ledger", "Ledger.fill"): {
        "if not (held.is_finite() and price.is_finite()) or (held.is_signed() and held < 0 and (bought < 0)) -> if True": (
            _LOOKED_AT_AGAIN
        ),
        "and -> or in held.is_signed() and held < 0 and (bought < 0)": _LOOKED_AT_AGAIN,
        "< -> <= in held < 0": _LOOKED_AT_AGAIN,
        "0 -> 1 in held < 0": _LOOKED_AT_AGAIN,
        "< -> <= in bought < 0": _LOOKED_AT_AGAIN,
        "0 -> 1 in bought < 0": _LOOKED_AT_AGAIN,
        "if not cash.is_finite() -> if True": _LOOKED_AT_AGAIN,
    },
    ("accounting.ledger", "Ledger._refuse"): {
        "< -> <= in fill.units < 0": _NEVER_SHORT,
        "0 -> 1 in fill.units < 0": _NEVER_SHORT,
    },
    ("accounting.ledger", "Ledger.post"): {
        "if adds is not None and (not entry.currency or entry.currency == self.currency) -> if False": _FASTER,
        "or -> and in not entry.currency or entry.currency == self.currency": _FASTER,
        "if not amount.is_finite() -> if True": "`require_amounts` raises where an amount is not finite, and only there",
    },
    ("accounting.ledger", "Ledger.counts"): {"if self._counts is None -> if True": _FASTER},
    ("accounting.ledger", "Ledger.record_turnover"): {
        "if self._taken == len(self._dates) -> if True": _ROOM,
        "8 -> 9 in max(8, self._taken)": _ROOM,
    },
    ("accounting.ledger", "Ledger.book"): {"if nav != nav -> if True": _FASTER},
    ("accounting.lots", "Lots.__init__"): {"0 -> 1 in self._arrivals = 0": _ORDER_ALONE},
    ("accounting.lots", "Lots.bring"): {"1 -> 2 in self._arrivals += 1": _ORDER_ALONE},
    ("accounting.lots", "Lots.sell"): {"if len(taken) == 1 -> if False": "one share is the whole, as `apportion` says too"},
    ("accounting.lots", "Lots._pile"): {
        "if self.method in _BY_COST -> if True": "what is dearest is kept up, and not asked for",
        "if not pile.lots -> if True": "the lots of an asset are of one currency: `same` refuses sales where they are not",
    },
    ("data.store.observations", ""): {
        "1 -> 2 in 1 << 31": _SHIFTED,
        "31 -> 32 in 1 << 31": _SHIFTED,
        "<< -> >> in 1 << 31": _SHIFTED,
    },
    ("data.store.observations", "Observations.keys"): {
        "1 -> 2 in max(1, len(self.ids.known))": "one id: twice the number of its field still rises with it",
        "+ -> - in (series << 32) + self.effective.astype(np.int64) + _EPOCH": _SHIFTED,
        "32 -> 33 in series << 32": "a date has 32 bits at most: more room between series",
    },
    ("data.store.observations", "Observations.twins"): {"if not same.any() -> if False": _FASTER},
    ("data.store.observations", "put_together"): {"if len(parts) == 1 -> if False": _FASTER},
    ("data.store.observations", "in_order"): {
        "if bool((keys[1:] < keys[:-1]).any()) -> if True": _SORTED_AGAIN,
        "< -> <= in keys[1:] < keys[:-1]": _SORTED_AGAIN,
        "if len(twins) == 0 -> if False": _FASTER,
        "> -> >= in known[twins] > known[twins + 1]": _SORTED_AGAIN,
        "& -> | in (known[twins] == known[twins + 1]) & (recorded[twins] > recorded[twins + 1])": _SORTED_AGAIN,
        "> -> >= in recorded[twins] > recorded[twins + 1]": _SORTED_AGAIN,
        "if not bool(wrong.any()) -> if False": _FASTER,
    },
    ("data.store.observations", "versions"): {"if replaced.any() -> if True": _FASTER},
    ("data.store.snapshot", "Snapshot.load"): {"if asked -> if True": _FASTER},
    ("data.store.snapshot", "Snapshot.observations"): {
        "if self.recorded is not None or len(parts) > 1 -> if True": _FASTER,
        "> -> >= in len(parts) > 1": _FASTER,
    },
    ("data.windows", "gathered"): {
        "-1 -> 1 in ends[np.maximum(periods, 0)] if len(ends) else -1": _NO_END,
        "1 -> 2 in -1 #3": _NO_END,
    },
    ("data.windows", "strided"): {"1 -> 2 in int(steps[0]) if len(steps) else 1": "from one date there is no step to a next"},
    ("data.windows", "known_windows"): {"if in_sequence(first) -> if False": _FASTER},
    ("data.windows", "in_units_of_today"): {"if begin < end -> if True": _FASTER, "< -> <= in begin < end": _FASTER},
    ("data.windows", "show_earlier"): {"if begin < end -> if True": _FASTER, "< -> <= in begin < end": _FASTER},
    ("data.view", "MarketView._windows"): {"if every is DAY -> if False": _FASTER, "if mended -> if True": _FASTER},
}


def _named() -> Iterator[tuple[str, str]]:
    for (module, function), texts in _TABLE.items():
        for text, reason in texts.items():
            yield f"trimtab.{module}:{function}: {text}", reason


EQUIVALENT: Mapping[str, str] = dict(_named())
