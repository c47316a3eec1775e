"""The table of the API: which right each operation needs. It is written out by hand: a new route needs a row here."""

from __future__ import annotations

READ = """
status, book list, book show, book lots, book gains, book flows, drift, signals, why, rebalance, what-if, orders list,
overrides, shadow, adherence, policy check, policy show, policy diff, policy schema, policy status, policy changes,
policy verify, gallery, samples list, doctor, plugins list, data status, data check, data show, data vintages, compare,
trials list, journal show, tax report, tax harvest, tax rates, mandate check, mandate rules, mandate show, practice,
verify
"""
TRADE = """
decide, rebalance, month, orders add, orders edit, orders hold, orders slice, orders block, orders send, orders export,
orders cancel, reconcile, practice, policy change, book instrument, book import, policy commit, committee pack, data update
"""
APPROVE = """
orders approve, orders reject, orders arm, release, override, mandate sign, policy promote, policy sign, review,
committee minutes, book follow, book cancel
"""
RESEARCH = """
mandate init, init, advise, trials accept-loss, backtest, sweep, validate, expect, economics, capacity, report, check-signal
"""
ADMINISTER = "book account, book sleeve, data init, backup"


def _ids(kind: str, words: str) -> list[str]:
    return [f"{kind}-{one.strip().replace(' ', '-')}" for one in words.replace("\n", " ").split(",")]


RIGHTS: dict[str, str] = {
    **dict.fromkeys(_ids("read", READ), "read"),
    "read-data-sql": "research",
    **dict.fromkeys(_ids("do", TRADE), "trade"),
    **dict.fromkeys(_ids("do", APPROVE), "approve"),
    **dict.fromkeys(_ids("do", RESEARCH), "research"),
    **dict.fromkeys(_ids("do", ADMINISTER), "administer"),
    "do-kill": "stop",
    "do-attribute": "read",
    "do-metrics": "read",
    "read-jobs": "read",
    "read-job": "read",
    "read-outcome": "read",
    "end-job": "read",  # and its own, or an administrator's
    "read-me": "read",
    "read-tokens": "read",
    "do-token": "read",  # one's own, from a session alone
    "end-token": "read",
    "read-files": "read",
    "read-file": "read",  # copies of the book: an administrator's
    "do-file": "trade",
    "read-policies": "read",
    "read-policy": "read",
    "keep-policy": "research",
    "read-users": "administer",
    "do-user": "administer",
    "change-user": "administer",
}
