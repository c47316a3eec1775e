"""What an account or a run made: its record beside its benchmark over a period, and where the difference came from.

An account's record is its own entries from session to session, time-weighted. Where it follows a policy that has a saved
run, the days of that run before the account's first stand before it as the backtest.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk.account_entries import owned
from trimtab.desk.attribution_review import GROUPS, OF_ACCOUNTS
from trimtab.desk.books import account_of, all_places, book_address, entries_of
from trimtab.desk.following import followed, followings
from trimtab.desk.own_record import OwnRecord, own_record
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.serving.verbs import Refusal, Served, tried
from trimtab.surfaces.web.reads.records import PERIODS, fall_rows, period_rows, points, vitals, window, year_rows
from trimtab.surfaces.web.reads.runs import HERE, beside_benchmark, run_table, wealth_of

READER = "reader"
BY = ("signal", "class", "sleeve")
_KIND = {part.value: name for name, parts in (GROUPS | OF_ACCOUNTS).items() for part in parts}


def subjects(served: Served) -> dict[str, Any]:
    """Whose performance can be shown: accounts (and sleeves) of the book that follow a policy, and runs."""
    runs = [{key: row.get(key) for key in ("run", "name", "first", "last", "policy_sha256")} for row in run_table()]
    try:
        with own_book(HERE, book_address(served.book or "", HERE, os.environ)) as book:
            known, places = followings(book), all_places(book)
            accounts = [
                {"account": name, "policy": known[name].name, "sha256": known[name].sha256} for name in places if name in known
            ]
    except TrimtabError as error:
        return {"accounts": [], "runs": runs, "refused": str(error)}
    return {"accounts": accounts, "runs": runs}


def account_performance(served: Served, account: str, period: str) -> dict[str, Any]:
    """An account over a period. Raises UsageError where it is none or follows nothing, DataError where prices are missing."""
    with own_book(HERE, book_address(served.book or "", HERE, os.environ)) as book:
        scope = account_of(book, account)
        known = followings(book)
        if scope.name not in known:
            raise UsageError(f"{scope.name} follows no policy: it has no benchmark", remedy="Say which: book follow.")
        policy = followed(known[scope.name]).with_horizon(end=None)
        mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
    record = own_record(policy, loader_of(HERE, served.data)(policy), mine)
    told = {"subject": scope.name, "kind": "account", "policy": policy.name, "title": policy.title, "sha256": policy.sha256}
    told["currency"] = policy.currency.code
    return told | _told(record, period) | _backtest(record, policy.sha256, whole=period == "full")


def run_performance(name: str, period: str) -> dict[str, Any]:
    """A run over a period, beside its strategic weights as the data are now."""
    record, why = beside_benchmark(name)
    row = next(one for one in run_table() if one["run"] == name)
    told = {"subject": name, "kind": "run", "policy": row["name"], "title": row["title"], "sha256": row.get("policy_sha256")}
    return told | _told(record, period) | {"backtest": None, "before": None, "why": why, "currency": _currency(name)}


def _currency(run: str) -> str:
    try:
        return Workspace(HERE).policy(run).currency.code
    except TrimtabError:
        return ""


def _told(record: OwnRecord, period: str) -> dict[str, Any]:
    """What holds of any record: its periods, and years, falls and lines over the one that is asked for."""
    shown = window(record, period)
    value = None if record.value != record.value else record.value
    rows = period_rows(record)
    reached = next(row["reached"] for row in rows if row["period"] == period)
    return {
        "periods": rows,
        "short": "" if reached else f"The record begins on {record.dates[0]}: all of it is shown.",
        "vitals": vitals(shown),
        "years": year_rows(shown),
        "falls": fall_rows(shown),
        "points": points(shown),
        "value": value,
        "why": "",
    }


def _backtest(record: OwnRecord, sha256: str, *, whole: bool) -> dict[str, Any]:
    """The days of the latest run of a policy before an account's first, ending at what the account sets out from."""
    for row in run_table():
        if row.get("policy_sha256") != sha256:
            continue
        tested = wealth_of(row["run"])
        last = int(np.searchsorted(tested.dates, record.dates[0], side="right"))
        if last < 2:
            continue
        path = tested.wealth[:last] / tested.wealth[last - 1]
        before = OwnRecord(tested.dates[:last], path, np.full(last, np.nan))
        drawn = points(before, 10_000.0 * float(path[0])) if whole else None
        return {"backtest": {"run": row["run"], "trials": row.get("trials"), **vitals(before)}, "before": drawn}
    return {"backtest": None, "before": None}


def attribution(served: Served, target: str, by: str, span: tuple[str, str]) -> dict[str, Any]:
    """What `attribute` says of an account or run between two days, with the kind of each cause; a refusal is a line."""
    first, until = span
    found = tried(served, "attribute", {"target": target, "by": by, "first": first, "until": until}, READER)
    if isinstance(found, Refusal):
        return {"refused": found.line, "code": found.code}
    document = found.document
    causes = [{**one, "kind": _KIND.get(one["part"], one["part"])} for one in document.get("causes", [])]
    return document | {"causes": causes, "messages": list(found.messages)}


def period_or_refuse(period: str) -> str:
    """The period by its short name. Raises UsageError with those there are."""
    known = {name.lower(): name for name in PERIODS}
    if period.lower() not in known:
        raise UsageError(f"{period[:20]!r} is no period", remedy=f"Take one of: {', '.join(PERIODS)}.")
    return known[period.lower()]
