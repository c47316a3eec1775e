"""The verbs of trading: `rebalance`, `what-if`, `orders`, `reconcile`, `kill`, `release`."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book

BROKERS = ("paper", "alpaca", "ibkr")
STATUSES = (
    "planned", "held", "declined", "approved", "intent", "sent", "acked", "partial", "filled", "rejected", "cancelled",
    "expired", "unknown", "never_arrived",
)  # fmt: skip
ORDERS = "a batch (2026-11-02/3), an id or its first letters, an account or a household"


def add_orders(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them all."""
    written = place_of_book(common)
    _rebalance(verbs, written, adding)
    inner = adding.group(verbs, "orders", "orders from proposal to fill: list, edit, approve, send, export, cancel")
    _persons(inner, written, adding)
    _leaving(inner, written, adding)
    _stopping(verbs, written, adding)


def accounts(made: Any) -> None:
    """Which accounts are meant: one, those of a household, or all."""
    made.add_argument("--account", metavar="ACCOUNT", default="", help="one account, or ACCOUNT/SLEEVE")
    made.add_argument("--household", metavar="NAME", default="", help="all accounts of a household")
    made.add_argument("--all", action="store_true", help="all accounts")


def _data(made: Any) -> None:
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _rebalance(verbs: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("what accounts are to trade, and with --commit the proposal", "trimtab rebalance policy.yaml --account A07")
    made = adding.verb(verbs, written, "rebalance", "rebalance:rebalance", words)
    text = "default: the one that each account follows; with --household or --all, accounts that follow another are skipped"
    made.add_argument("policy", metavar="POLICY", nargs="?", default="", help=text)
    accounts(made)
    made.add_argument("--lots", action="store_true", help="show the lots that sales take")
    made.add_argument("--rules", action="store_true", help="show every check, trade by trade, with its source")
    made.add_argument("--commit", action="store_true", help="propose it, for a person to approve (default: only show)")
    made.add_argument(
        "--supersede", metavar="REASON", default="", help="make a run of today give way to another, with a reason"
    )
    _data(made)
    words = (
        "a rebalance under other circumstances, beside the one of today",
        "trimtab what-if policy.yaml --account A07 --cash 500",
    )
    what = adding.verb(verbs, written, "what-if", "what_if:what_if", words)
    what.add_argument("policy", metavar="POLICY", nargs="?", default="", help="default: the one that the account follows")
    what.add_argument("--account", metavar="ACCOUNT", required=True, help="one account, or ACCOUNT/SLEEVE")
    what.add_argument("--cash", metavar="MONEY", default="", help="money that comes in, or goes out (below zero)")
    what.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="another value in the policy: rules.0.limit.at_most=0.35",
    )
    what.add_argument("--price", metavar="ASSET=X", action="append", default=[], help="another price of an asset of the policy")
    _data(what)


def _persons(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("orders and where they stand", "trimtab orders list")
    shown = adding.verb(inner, written, "list", "orders:list_orders", words)
    shown.add_argument("orders", metavar="ORDERS", nargs="*", help=ORDERS)
    shown.add_argument("--account", metavar="ACCOUNT", default="", help="only of this account")
    shown.add_argument("--batch", metavar="BATCH", default="", help="only of this batch")
    shown.add_argument("--status", metavar="STATUS", choices=STATUSES, action="append", default=[], help="only of this status")
    shown.add_argument("--all", action="store_true", help="those that are done with, too")
    shown.add_argument("--lots", action="store_true", help="show the lots that sales take")
    _adding(inner, written, adding)
    words = ("change an order that waits, with a reason", 'trimtab orders edit A07 SPY --qty 20 --reason "client gift"')
    edit = adding.verb(inner, written, "edit", "orders:edit", words)
    edit.description += " The gate is asked at once: what it would stop is refused, exit 3; fewer units are always taken."
    edit.add_argument("order", metavar="ORDER", help="an id or its first letters; or an account, with INSTRUMENT")
    edit.add_argument("instrument", metavar="INSTRUMENT", nargs="?", default="", help="which order of the account")
    edit.add_argument("--qty", metavar="UNITS", default="", help="other units; whole ones where the policy trades whole units")
    edit.add_argument("--limit", metavar="PRICE", default="", help="another limit")
    _data(edit)
    words = ("approve what is planned, all or none", "trimtab orders approve A07")
    approve = adding.verb(inner, written, "approve", "orders:approve", words)
    words = ("decline what is planned, with a reason", 'trimtab orders reject A07 --reason "not before the meeting"')
    reject = adding.verb(inner, written, "reject", "orders:reject", words)
    words = ("put orders aside, or take them up again", "trimtab orders hold A07")
    hold = adding.verb(inner, written, "hold", "orders:hold", words)
    hold.add_argument("--release", action="store_true", help="take them up again")
    _slicing(inner, written, adding)
    for made in (edit, approve, reject, hold):
        made.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")
    for made in (approve, reject, hold, _block(inner, written, adding)):
        made.add_argument("orders", metavar="ORDERS", nargs="+", help=ORDERS)


def _block(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> Any:
    words = ("gather planned orders of several accounts into blocks", "trimtab orders block Mueller")
    block = adding.verb(inner, written, "block", "orders:block", words)
    block.add_argument(
        "--cross", choices=("none", "account", "household"), default="account", help="what is crossed inside (default: account)"
    )
    block.add_argument("--minimum", metavar="MONEY", default="", help="leave out what comes to less")
    return block


def _slicing(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("cut a large order into slices, which are sent in its place", "trimtab orders slice A07 SPY --into 5")
    cut = adding.verb(inner, written, "slice", "slicing:slice_order", words)
    cut.add_argument("order", metavar="ORDER", help="an id or its first letters; or an account, with INSTRUMENT")
    cut.add_argument("instrument", metavar="INSTRUMENT", nargs="?", default="", help="which order of the account")
    cut.add_argument("--into", metavar="N", type=int, help="so many slices, alike (with an impact: default 5)")
    cut.add_argument("--volumes", metavar="LIST", default="", help="one a slice, in proportion to the volume: 3,2,1")
    for name, metavar, text in (
        ("--risk-aversion", "L", "Almgren-Chriss: cost against risk, per unit of money; the greater, the more at first"),
        ("--volatility", "S", "of the price, money a unit and root of a day"),
        ("--temporary", "E", "impact for the moment, money a unit per unit traded a day"),
        ("--permanent", "G", "impact for good, money a unit per unit traded (default: 0)"),
        ("--spread", "X", "half the spread and fees, money a unit (default: 0)"),
        ("--days", "T", "within how many days (default: 1)"),
    ):
        cut.add_argument(name, metavar=metavar, default="", help=text)


def _adding(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("an order by hand, under the rules of the account's policy", 'trimtab orders add A07 TLT -5 --reason "raise cash"')
    add = adding.verb(inner, written, "add", "orders:add", words)
    add.description += " What the gate would stop is refused, exit 3."
    add.add_argument("account", metavar="ACCOUNT", help="account, or ACCOUNT/SLEEVE")
    add.add_argument("instrument", metavar="INSTRUMENT", help="what is traded")
    add.add_argument("units", metavar="UNITS", help="above zero buys, below zero sells")
    add.add_argument("--policy", metavar="POLICY", default="", help="whose rules hold (default: the one that it follows)")
    add.add_argument("--kind", choices=("market", "on_open", "on_close"), default="", help="how it is filled (default: market)")
    add.add_argument("--limit", metavar="PRICE", default="", help="a limit order at this price")
    add.add_argument("--tif", choices=("day", "gtc", "ioc"), default="day", help="how long it stands (default: day)")
    add.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")
    _data(add)


def _broker(made: Any, *, default: str = "paper") -> None:
    made.add_argument("--broker", choices=BROKERS, default=default, help="default: paper" if default else "which broker")
    made.add_argument("--live", action="store_true", help="with real money: its own credentials; to send, armed for today")


def _leaving(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("send approved orders to a broker, through the gate", "trimtab orders send A07 --broker paper")
    send = adding.verb(inner, written, "send", "sending:send", words)
    words = ("write approved orders into one file, once", "trimtab orders export A07 --format ibkr-basket --out orders")
    export = adding.verb(inner, written, "export", "sending:export_orders", words)
    text = "blotter, ibkr-basket, fix, charles_river, bloomberg_emsx or csv:FILE.yaml, a column map (default: blotter)"
    export.add_argument("--format", metavar="FORM", default="blotter", help=text)
    export.add_argument("--out", metavar="DIR", default="orders", help="folder of the file (default: orders)")
    export.add_argument(
        "--again", metavar="REASON", default="", help="once more, with a reason: what is read twice trades twice"
    )
    export.add_argument("--sender", metavar="ID", default="TRIMTAB", help="of FIX messages, tag 49 (default: TRIMTAB)")
    export.add_argument("--target", metavar="ID", default="BROKER", help="of FIX messages, tag 56 (default: BROKER)")
    export.add_argument("--block-account", metavar="NAME", default="BLOCK", help="where blocks are placed (default: BLOCK)")
    words = ("cancel what waits here, and what works at a broker", "trimtab orders cancel A07")
    cancel = adding.verb(inner, written, "cancel", "sending:cancel", words)
    cancel.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")
    for made in (send, export, cancel):
        made.add_argument("orders", metavar="ORDERS", nargs="+", help=ORDERS)
        _data(made)
    for made in (send, cancel):
        _broker(made)
    words = ("let an account send real orders until the day is over", "trimtab orders arm A07 --broker alpaca --confirm A07")
    arm = adding.verb(inner, written, "arm", "sending:arm_account", words)
    arm.add_argument("account", metavar="ACCOUNT", help="the account")
    arm.add_argument("--broker", choices=BROKERS[1:], required=True, help="the broker")
    arm.add_argument("--confirm", metavar="ACCOUNT", default="", help="its name once more: it is meant")


def _stopping(verbs: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("fills against orders: book them, what they cost, what does not agree", "trimtab reconcile --broker paper")
    made = adding.verb(verbs, written, "reconcile", "reconcile:reconcile", words)
    text = "a file of fills: table, FIX, Flex, or a blotter filled in; one without fills is exit 4 while orders are under way"
    made.add_argument("file", metavar="FILLS", nargs="?", default="", help=text)
    made.add_argument("--account", metavar="ACCOUNT", default="", help="only of this account (default: all)")
    made.add_argument("--map", metavar="FIELD=COLUMN", action="append", default=[], help="which column holds it: units=Shares")
    made.add_argument("--dayfirst", action="store_true", help="01/02/2026 is the first of February")
    made.add_argument("--comma", action="store_true", help="1,5 is one and a half")
    made.add_argument("--zone", metavar="OFFSET", default="", help="of times without one, written --zone=-05:00")
    made.add_argument("--price", metavar="INSTRUMENT=X", action="append", default=[], help="at which crosses are booked")
    _broker(made, default="")
    _data(made)
    words = ("halt accounts, or all: nothing new is sent", "trimtab kill")
    kill = adding.verb(verbs, written, "kill", "stopping:kill", words)
    kill.add_argument("name", metavar="NAME", nargs="?", default="", help="an account or a household (default: all)")
    kill.add_argument("--reduce", action="store_true", help="let sales go on: risk may only go down")
    words = ("let a halted account trade again", 'trimtab release A07 --reason "looked into"')
    release = adding.verb(verbs, written, "release", "stopping:release", words)
    release.add_argument("account", metavar="ACCOUNT", help="its name in full")
    for one in (kill, release):
        one.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")
