"""Which verbs are served, to whom, and which of their options: the one table that the API, the pages and the tools read.

An option that names a place of the machine, another book or a secret is not served at all. `READS` answer from what is there;
`WRITES` change it; `LONG` work runs as a job. A verb that is not served stands in `UNSERVED` with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

from trimtab.surfaces.access.roles import Right


class Kind(Enum):
    """What asking does: it reads, it writes, or it works for long."""

    READ = "read"
    WRITE = "write"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb as it is served: `options` that may be given, `fixed` ones that are always so, `rows` the list that is paged.

    What it reads is `wide` where it depends on runs, trials and sweeps besides the book, policies and prices.
    """

    verb: str
    kind: Kind
    right: Right
    options: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    rows: str = ""

    @property
    def wide(self) -> bool:
        """Whether what it says depends on research."""
        return self.verb in _WIDE

    @property
    def path(self) -> str:
        """Its path below /api/v1: the words of the command line."""
        return "/" + self.verb.replace(" ", "/")

    @property
    def method(self) -> str:
        """GET where it only reads."""
        return "GET" if self.kind is Kind.READ else "POST"

    @property
    def id(self) -> str:
        """One name for it: `read orders list`, `orders approve`."""
        return ("read-" if self.kind is Kind.READ else "do-") + self.verb.replace(" ", "-")


_WIDE = frozenset({"why", "compare", "trials list", "policy status", "policy verify"})
_WHOSE = ("account", "household", "all")
_LAW = ("regime", "set")


def _read(verb: str, *options: str, rows: str = "", right: Right = Right.READ, as_of: bool = True, **fixed: Any) -> Operation:
    dated = (*options, "as_of") if as_of else options
    return Operation(verb, Kind.READ, right, dated, MappingProxyType(fixed), rows)


def _write(verb: str, right: Right, *options: str, **fixed: Any) -> Operation:
    return Operation(verb, Kind.WRITE, right, options, MappingProxyType(fixed))


def _long(verb: str, *options: str, right: Right = Right.RESEARCH, **fixed: Any) -> Operation:
    return Operation(verb, Kind.LONG, right, options, MappingProxyType(fixed))


_LOOKING = (
    _read("status", "account", "household", rows="items", as_of=False),
    _read("book list", rows="accounts"),
    _read("book show", "name", "margin", "series", *_LAW),
    _read("book lots", "account", "instrument", "series", *_LAW, rows="lots"),
    _read("book gains", "account", "year", *_LAW, rows="gains"),
    _read("book flows", "account", rows="flows"),
    _read("drift", "policy", "account"),
    _read("signals", "policy"),
    _read("why", "asset", "account", "of", "since"),
    _read("rebalance", "policy", *_WHOSE, "lots", "rules"),
    _read("what-if", "policy", "account", "cash", "set", "price"),
    _read("orders list", "orders", "account", "batch", "status", "all", "lots", rows="orders"),
    _read("overrides", "account", "all", rows="overrides"),
    _read("shadow", "account", "first", "old"),
    _read("adherence", *_WHOSE, "first", "until"),
    _read("policy check", "policy"),
    _read("policy show", "policy"),
    _read("policy diff", "policies"),
    _read("policy schema", as_of=False),
    _read("policy status", "policy"),
    _read("policy changes", as_of=False),
    _read("policy verify", "file"),
    _read("gallery", "name", as_of=False),
    _read("samples list", as_of=False),
    _read("doctor", as_of=False),
    _read("plugins list", as_of=False),
    _read("data status", rows="series"),
    _read("data check"),
    _read("data show", "series", "members", "rows", "recorded", rows="rows"),
    _read("data vintages", "series", "period", rows="vintages"),
    _read("data sql", "query", "rows", right=Right.RESEARCH),
    _read("compare", "runs", as_of=False),
    _read("trials list", "limit", rows="entries", as_of=False),
    _read("journal show", "last", rows="records"),
    _read("tax report", "household", "year", "series", *_LAW),
    _read("tax harvest", "household", "replace", "least", "cost", "series", *_LAW, rows="losses"),
    _read("tax rates", "name", as_of=False),
    _read("mandate check", "mandate", "policy", as_of=False),
    _read("mandate rules", "mandate", as_of=False),
    _read("mandate show", "mandate", as_of=False),
    _read("practice", as_of=False),
    _read("verify", "head", as_of=False),
)
_TRADING = (
    _write("decide", Right.TRADE, "policy", *_WHOSE, "if_due"),
    _write("rebalance", Right.TRADE, "policy", *_WHOSE, "supersede", commit=True),
    _write("month", Right.TRADE, "policy", *_WHOSE, "export"),
    _write("orders add", Right.TRADE, "account", "instrument", "units", "policy", "kind", "limit", "tif", "reason"),
    _write("orders edit", Right.TRADE, "order", "instrument", "qty", "limit", "reason"),
    _write("orders hold", Right.TRADE, "orders", "release", "reason"),
    _write("orders slice", Right.TRADE, "order", "instrument", "into", "volumes"),
    _write("orders block", Right.TRADE, "orders", "cross", "minimum"),
    _write("orders send", Right.TRADE, "orders", "broker", "live"),
    _write("orders export", Right.TRADE, "orders", "format", "again", "sender", "target", "block_account"),
    _write("orders cancel", Right.TRADE, "orders", "reason", "broker", "live"),
    _write("reconcile", Right.TRADE, "file", "account", "map", "dayfirst", "comma", "zone", "price", "broker", "live"),
    _write("practice", Right.TRADE, "next", "to"),
    _write("orders approve", Right.APPROVE, "orders", "reason"),
    _write("orders reject", Right.APPROVE, "orders", "reason"),
    _write("orders arm", Right.APPROVE, "account", "broker", "confirm"),
    _write("kill", Right.STOP, "name", "reduce", "reason"),
    _write("release", Right.APPROVE, "account", "reason"),
)
_GOVERNING = (
    _write("override", Right.APPROVE, "account", "shift", "hold", "begins", "until", "policy", "end", "reason"),
    _write("mandate init", Right.RESEARCH, "out"),
    _write("mandate sign", Right.APPROVE, "mandate"),
    _write("policy promote", Right.APPROVE, "policy", "to", "accept", "waive", "reason"),
    _write("policy change", Right.TRADE, "old", "new", "cause", "reason"),
    _write("policy sign", Right.APPROVE, "request"),
    _write("review", Right.APPROVE, *_WHOSE, "quarter", "cycle", "hold", "attended", "said"),
    _write("committee minutes", Right.APPROVE, "proposal", "vote", "why", "revisit", "pack", "attended"),
    _write("init", Right.RESEARCH, "origin", "out"),
    _write(
        "advise",
        Right.RESEARCH,
        *("horizon", "tolerance", "capacity", "tax", "view", "success", "benchmark", "volatility", "tracking_error"),
        *("max_drawdown", "wanted", "marginal", "aum", "data_cost", "software", "management", "policy", "law"),
    ),
)
_KEEPING = (
    _write("book account", Right.ADMINISTER, "id", "household", "wrapper", "lots", "currency", "name"),
    _write("book sleeve", Right.ADMINISTER, "account", "name"),
    _write("book follow", Right.APPROVE, "account", "policy"),
    _write("book instrument", Right.TRADE, "id", "contract", "currency", "multiplier", "isin", "name", "alike"),
    _write("book cancel", Right.APPROVE, "account", "number", "reason"),
    _write(
        "book import",
        Right.TRADE,
        *("file", "account", "format", "map", "dayfirst", "comma", "on", "currency", "only", "commit", "again", "skip_broken"),
    ),
    _write("trials accept-loss", Right.RESEARCH, "reason"),
    _write("data init", Right.ADMINISTER),
)
_WORKING = (
    _long("backtest", "policy", "vs", "as_of"),
    _long("sweep", "policy", "grid", "workers", "memory", "patience", "top", "as_of"),
    _long("validate", "target", "grid", "seed", "as_of"),
    _long("expect", "target", "paths", "years", "seed", "block", "model", "save", "live"),
    _long("economics", "policy", "aum", "data_cost", "software", "management", "hurdle", "net_of", "account", "seed", "as_of"),
    _long("capacity", "policy", "share", "days", "sizes", "basket", "as_of"),
    _long("attribute", "target", "by", "first", "until", "linking", "as_of", right=Right.READ),
    _long("metrics", "subject", "rf", "convention", "explain", "rolling", "by", "intervals", right=Right.READ),
    _long("report", "subject", "client", "live_start", "title"),
    _long("check-signal", "component", "set", "role"),
    _long("policy commit", "policy", "hypothesis", "paths", "years", "seed", right=Right.TRADE),
    _long("committee pack", "quarter", *_WHOSE, "again", right=Right.TRADE),
    _long("data update", "feeds", "full", right=Right.TRADE),
    _long("backup", right=Right.ADMINISTER),
)
OPERATIONS = (*_LOOKING, *_TRADING, *_GOVERNING, *_KEEPING, *_WORKING)

_MACHINE = "it is for whoever keeps the machine, at its command line"
UNSERVED: Mapping[str, str] = MappingProxyType(
    {
        "demo": "it writes a report of samples beside the desk",
        "new signal": "it writes code, which is never taken from a browser",
        "policy pack": "a bundle is made where its files are",
        "tax locate": "it reads a file of one's own: the command line",
        "book init": _MACHINE,
        "book export": "what is held is served as documents and tables",
        "journal export": _MACHINE,
        "restore": _MACHINE,
        "serve": _MACHINE,
        "mcp": "it is started by the program of an assistant, on its own machine",
        "upgrade": _MACHINE,
        "data add": "where data come from is written down at the command line, beside its keys",
    }
)


@cache
def operation(method: str, verb: str) -> Operation:
    """The operation of a verb. Raises KeyError where it is not served so."""
    return {(one.method, one.verb): one for one in OPERATIONS}[method, verb]
