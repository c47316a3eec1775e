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
_ONE_UNIT = "one unit for all days, which comes off again on the decision date"
_OTHER_KEY = "a key of the cache under another name"
_NO_NOTIONAL = "what has nought units moves nought"
_HAIR = "inside by a hair, where clearing and measuring say the same"
_SIGN = "the sign of a product is that of the quotient, and no order is of nought units"
_NOUGHT = "no order of nought units passes the check `sound`, which comes first"
_TRUTH = "asked for its truth alone"
_PLAIN = "an order of a decision has no limit and is a slice of none"

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
    ("accounting.lots", "Lots._matched"): {"if fill.lots or self.method is LotMethod.MIN_TAX -> if True": _FASTER},
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
        "> -> >= in len(read) > 1": _FASTER,
        "if keep -> if True": "without a bound nothing is left out",
    },
    ("data.windows", "gathered"): {
        "-1 -> 1 in ends[np.maximum(periods, 0)] if len(ends) else -1": _NO_END,
        "1 -> 2 in -1 #3": _NO_END,
    },
    ("data.windows", "strided"): {"1 -> 2 in int(steps[0]) if len(steps) else 1": "from one date there is no step to a next"},
    ("data.windows", "known_windows"): {"if in_sequence(first) -> if False": _FASTER},
    ("data.windows", "in_units_of_today"): {"if begin < end -> if True": _FASTER, "< -> <= in begin < end": _FASTER},
    ("data.windows", "show_earlier"): {"if begin < end -> if True": _FASTER, "< -> <= in begin < end": _FASTER},
    ("data.store.snapshot", "Snapshot._stored"): {
        "if not names -> if False": _FASTER,
        "if len(names) < len(series) -> if True": _FASTER,
        "if len(names) < len(series) -> if False": _FASTER,
        "< -> <= in len(names) < len(series)": _FASTER,
        "< -> >= in len(names) < len(series)": _FASTER,
    },
    ("data.store.store", "Draft.open"): {"if left -> if True": _FASTER},
    ("data.view", "MarketView.window"): {"if key not in self._cache -> if True": _FASTER},
    ("data.view", "MarketView._windows"): {
        "if every is DAY -> if False": _FASTER,
        "if mended -> if True": _FASTER,
        "1 -> 2 in -1": "NumPy takes any length below nought for the one that is left",
    },
    ("data.view", "MarketView.expanding"): {"if known is None and (not old) -> if False": _FASTER},
    ("data.view", "MarketView._units"): {
        "> -> >= in np.arange(len(self.market.sessions))[:, None] > first": _ONE_UNIT,
        "1.0 -> 2.0 in np.where(np.arange(len(self.market.sessions))[:, None] > first, self.market.splits, 1.0)": _ONE_UNIT,
    },
    ("data.view", "MarketView._latest"): {
        "'latest' -> 'XXlatest' in ('latest', name)": _OTHER_KEY,
        "if key not in self._cache -> if True": _FASTER,
    },
    ("data.view", "expanding_rows"): {"1 -> 2 in (1, values.shape[1])": "of two unknown rows the last is asked for"},
    ("core.settling", "_fresh"): {"* -> / in one.units * standing.ticket.units": _SIGN},
    ("core.settling", "_impossible"): {
        "* -> / in filled * standing.ticket.units": _SIGN,
        "* -> / in report.filled * standing.ticket.units": _SIGN,
    },
    ("execution.memory_orders", "MemoryOrders.follow"): {
        "if self._halts or self._reducing or self._standings -> if True": _FASTER,
    },
    ("execution.memory_orders", "MemoryOrders._require_free"): {
        "if state is TradingState.HALTED -> if True": "what is not halted has no halts to name",
        "> -> >= in units > 0": _NOUGHT,
    },
    ("execution.memory_orders", "MemoryOrders._require_room"): {"* -> / in whole * parent.ticket.units": _SIGN},
    ("execution.outbox", "Outbox.send"): {"> -> >= in one.units > 0": _NOUGHT},
    ("execution.gate", "book_from"): {"if base is book.held -> if False": _FASTER},
    ("execution.gate", "Gate.__post_init__"): {
        "if not getattr(rule.control, 'moment', False) -> if True": _FASTER,
        "'moment' -> 'XXmoment' in getattr(rule.control, 'moment', False)": _FASTER,
        "'clears' -> 'XXclears' in getattr(rule.control, 'clears', None)": _FASTER,
    },
    ("execution.gate", "Gate._stamp"): {"if now is None -> if False": "checks that do not ask of the moment do not look at it"},
    ("execution.gate", "Gate._pass_decision"): {
        "if clears is None or not clears(orders, book) -> if True": _FASTER,
        "if slow -> if True": _FASTER,
    },
    ("execution.gate", "_stops"): {"return False -> return None": _TRUTH},
    ("execution.gate", "_part"): {
        "> -> >= in units > 0": _NOUGHT,
        "> -> >= in block.units > 0": "a block of nought is refused before",
        "return False -> return None": _TRUTH,
    },
    ("execution.checks", ""): {
        f"True -> False in moment=True #{number}": "without tickets or anything of the moment there is nothing to find"
        for number in range(3, 8)
    },
    ("execution.batch", ""): {"0 -> 1 in np.empty(0)": "prices that nobody looks at"},
    ("execution.checks", "sound"): {"if not batch.decided -> if True": _PLAIN},
    ("execution.checks", "state"): {"> -> >= in order.units > 0": _NOUGHT},
    ("execution.checks", "restricted"): {"if not now.restricted -> if False": _FASTER},
    ("execution.checks", "parents"): {
        "if not batch.decided -> if True": _PLAIN,
        "> -> >= in line.units > 0": _NOUGHT,
        "> -> >= in left > 0": "where nothing is left every slice is too much",
    },
    ("execution.checks", "target"): {"> -> >= in invested > most + rounding": "asked again in the next line but one"},
    ("execution.checks", "distinct"): {
        "if len({order.asset for order in orders}) == count and (batch.decided or len({order.id for order in orders}) == count)"
        " -> if False": _FASTER,
        "or -> and in batch.decided or len({order.id for order in orders}) == count": _FASTER,
        "'' -> 'XX' in ['']": "one place for all, whatever it is called",
    },
    ("execution.checks", "held"): {
        "if batch.decided -> if False": "a decision has an order an asset, or `distinct` stops it first",
        "< -> <= in (sold := order.units) < 0": _NOUGHT,
        "0 -> 1 in (sold := order.units) < 0": "nothing is held short: what is bought leaves no less than nought",
        "< -> <= in order.units < 0": _NOUGHT,
    },
    ("execution.checks", "cash"): {"<= -> < in need <= power": _FASTER},
    ("execution.checks", "needed"): {"if not batch.decided -> if True": _PLAIN, "> -> >= in line.units > 0": _NOUGHT},
    ("execution.checks", "power_of"): {"if borrow -> if True": "nought times what it is worth is borrowed"},
    ("execution.judgement", "said"): {"if value.is_finite() -> if True": "Python writes what is not finite in the same words"},
    ("execution.batch", "Batch.lines"): {"if isinstance(order, Line) -> if False": "`line_of` hands a line back as it is"},
    **{
        (f"execution.controls.{name}", ""): {"True -> False in moment: ClassVar[bool] = True": _FASTER}
        for name in ("duplicates", "quote_age", "trading_window")
    },
    ("execution.controls.day_turnover", "DayTurnover.values"): {
        "> -> >= in units > 0": _NO_NOTIONAL,
        "< -> <= in units < 0": _NO_NOTIONAL,
    },
    ("execution.controls.duplicates", "Duplicates.values"): {"if not now.earlier -> if False": _FASTER},
    ("execution.controls.price_collar", "PriceCollar.clears"): {
        "- -> + in 1.0 - inside": _FASTER,
        "1.0 -> 2.0 in 1.0 - inside": _FASTER,
        "+ -> - in 1.0 + inside": _FASTER,
        "if last * low < int(order.reference) < last * high - 1.0 -> if False": _FASTER,
        "< -> <= in last * low < int(order.reference) < last * high - 1.0": _HAIR,
        "< -> <= in last * low < int(order.reference) < last * high - 1.0 #2": _HAIR,
        "1.0 -> 2.0 in last * high - 1.0": _FASTER,
        "* -> / in last * high": _FASTER,
        "<= -> < in abs(float(order.reference) - last) <= inside * last": _HAIR,
        "return False -> return None": _TRUTH,
    },
    ("execution.controls.trading_window", "TradingWindow.values"): {
        "'opens' -> 'XXopens' in _seconds('opens', self.opens)": "a name for a complaint that was made when it was built",
        "'closes' -> 'XXcloses' in _seconds('closes', self.closes)": "a name for a complaint that was made when it was built",
    },
    ("execution.controls.measures", "sent_today"): {"if not now.earlier -> if False": _FASTER},
}


def _named() -> Iterator[tuple[str, str]]:
    for (module, function), texts in _TABLE.items():
        for text, reason in texts.items():
            yield f"trimtab.{module}:{function}: {text}", reason


EQUIVALENT: Mapping[str, str] = dict(_named())
