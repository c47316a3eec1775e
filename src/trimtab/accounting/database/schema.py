"""The tables of a book. The journal is what counts; all others can be made from it again, and `verify` does."""

from __future__ import annotations

from dataclasses import replace

from trimtab.accounting.database.columns import Column, Kind, Table
from trimtab.accounting.database.session import Dialect

_WORD, _NUMBER, _MONEY = Kind.WORD, Kind.NUMBER, Kind.MONEY
_RECORD = Column("record", _NUMBER, refers="journal (number)")  # the record that brought a row

JOURNAL = Table(
    "journal",
    (
        Column("number", _NUMBER),  # 0, 1, ...
        Column("kind", _WORD),
        Column("place", _WORD),  # account, or account/sleeve; empty where it concerns none
        Column("key", _WORD),  # what must not be booked twice; empty: nothing
        Column("recorded", _WORD),  # UTC, microseconds
        Column("author", _WORD),
        Column("body", _WORD),  # canonical JSON
        Column("hash", _WORD),  # over the hash before and all the columns above
    ),
    key=("number",),
)
ACCOUNTS = Table(
    "accounts",
    (
        Column("id", _WORD),
        Column("household", _WORD),
        Column("wrapper", _WORD),
        Column("currency", _WORD),
        Column("lots", _WORD),
        Column("name", _WORD),
        _RECORD,
    ),
    key=("id",),
)
INSTRUMENTS = Table(
    "instruments",
    (
        Column("number", _NUMBER),  # 0, 1, ...: the `asset` of entries
        Column("id", _WORD),
        Column("contract", _WORD),
        Column("currency", _WORD),
        Column("multiplier", _MONEY),
        Column("isin", _WORD),
        Column("name", _WORD),
        Column("alike", _WORD),
        _RECORD,
    ),
    key=("number",),
    unique=("id",),
)
_ACCOUNT = Column("account", _WORD, refers="accounts (id)")
_ASSET = "instruments (number)"
ENTRIES = Table(
    "entries",
    (
        Column("place", _WORD),
        Column("number", _NUMBER),  # 0, 1, ... within the place
        _ACCOUNT,
        _RECORD,
        Column("kind", _WORD),
        Column("effective", _WORD),
        Column("asset", _NUMBER, null=True, refers=_ASSET),
        Column("currency", _WORD, null=True),
        Column("units", _MONEY, null=True),
        Column("price", _MONEY, null=True),
        Column("amount", _MONEY, null=True),
        Column("cost", _MONEY, null=True),
        Column("rest", _WORD),  # canonical JSON of what has no column
        Column("cancelled", _NUMBER, null=True),  # the entry of this place that cancels it
    ),
    key=("place", "number"),
)
HOLDINGS = Table(
    "holdings",
    (Column("place", _WORD), Column("asset", _NUMBER, refers=_ASSET), Column("units", _MONEY)),
    key=("place", "asset"),
)
PURSES = Table(
    "purses", (Column("place", _WORD), Column("currency", _WORD), Column("amount", _MONEY)), key=("place", "currency")
)
MIGRATIONS = Table("migrations", (Column("version", _NUMBER), Column("digest", _WORD)), key=("version",))
SLEEVES = Table("sleeves", (Column("place", _WORD), _ACCOUNT, _RECORD), key=("place",))
RUNS = Table(
    "runs",
    (
        Column("account", _WORD),  # or account/sleeve
        Column("as_of", _WORD),
        Column("policy", _WORD),  # SHA-256
        Column("generation", _NUMBER),  # 0, 1, ...
        _RECORD,
        Column("claimant", _WORD),
        Column("superseded", _NUMBER, null=True, refers="journal (number)"),
        Column("reason", _WORD),
    ),
    key=("account", "as_of", "policy", "generation"),
)
ORDERS = Table(
    "orders",
    (
        Column("id", _WORD),  # the client order id
        Column("account", _WORD),  # empty: a block, of several accounts
        Column("place", _WORD),
        Column("batch", _WORD),
        Column("as_of", _WORD),
        Column("policy", _WORD),  # SHA-256
        Column("run", _NUMBER, null=True, refers="journal (number)"),  # claim of the run; none: it was added by itself
        Column("instrument", _NUMBER, refers=_ASSET),
        Column("units", _MONEY),
        Column("reference", _MONEY),
        Column("status", _WORD),
        Column("filled", _MONEY),
        Column("spent", _MONEY),
        Column("cost", _MONEY),
        Column("claimed", _MONEY),
        Column("venue", _WORD),
        Column("venue_id", _WORD),
        Column("arrival", _MONEY),
        Column("sent_at", _WORD),  # UTC, seconds; empty: nothing of it has left
        Column("parent", _WORD),
        Column("block", _WORD),
        Column("edition", _NUMBER),
        Column("planned", _NUMBER, refers="journal (number)"),  # its record says its place in the order of planning
        _RECORD,  # the last that changed it
        Column("rest", _WORD),  # canonical JSON of what has no column
    ),
    key=("id",),
)
EXECUTIONS = Table(
    "executions",
    (
        Column("venue", _WORD),
        Column("id", _WORD),  # the venue's own
        Column("order_id", _WORD, refers="orders (id)"),
        Column("units", _MONEY),
        Column("price", _MONEY),
        Column("cost", _MONEY),
        Column("day", _WORD),
        Column("at", _WORD),
        _RECORD,
    ),
    key=("venue", "id"),
)
TRADING = Table(
    "trading",
    (
        _ACCOUNT,
        Column("cause", _WORD),  # an account may be halted for several causes, each lifted in its own way
        Column("state", _WORD),
        Column("why", _WORD),
        _RECORD,
    ),
    key=("account", "cause"),
)
ARMED = Table(
    "armed",
    (_ACCOUNT, Column("venue", _WORD), Column("until", _WORD), _RECORD),  # UTC, seconds
    key=("account", "venue"),
)
BATCHES = Table(
    "batches",
    (Column("as_of", _WORD), Column("number", _NUMBER), Column("label", _WORD), _RECORD),  # numbers 1, 2, ... of a day
    key=("as_of", "number"),
    unique=("label",),
)
ORDER_INDEXES = (
    "CREATE INDEX orders_account ON orders (account, planned)",
    "CREATE INDEX orders_sent ON orders (account, sent_at) WHERE sent_at <> ''",
    "CREATE INDEX orders_run ON orders (run) WHERE run IS NOT NULL",
    "CREATE INDEX orders_status ON orders (status, account)",
    "CREATE INDEX orders_parent ON orders (parent) WHERE parent <> ''",
    "CREATE INDEX executions_order ON executions (order_id)",
)
RUNS_BEFORE = replace(RUNS, columns=(_ACCOUNT, *RUNS.columns[1:]))  # until version 3 runs were of accounts alone
READ_MODELS = (  # in an order that references allow
    ACCOUNTS, INSTRUMENTS, SLEEVES, ENTRIES, HOLDINGS, PURSES, RUNS, ORDERS, EXECUTIONS, TRADING, ARMED, BATCHES
)  # fmt: skip

_APPEND_ONLY = "the journal is append-only"
_OUT_OF_ORDER = "a record of the journal has the wrong number or a key that stands there already"
KEY_INDEX = "CREATE UNIQUE INDEX journal_key ON journal (key) WHERE key <> ''"


def journal_triggers(dialect: Dialect) -> list[str]:
    """What keeps the journal append-only, and its records in order, whoever writes."""
    return list(_SQLITE_TRIGGERS) if dialect.name == "sqlite" else list(_POSTGRES_TRIGGERS)


_SQLITE_TRIGGERS = (
    f"CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
    f"CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
    (
        "CREATE TRIGGER journal_ordered BEFORE INSERT ON journal WHEN "
        "NEW.number <> (SELECT COALESCE(MAX(number), -1) + 1 FROM journal) "
        "OR (NEW.key <> '' AND EXISTS (SELECT 1 FROM journal WHERE key <> '' AND key = NEW.key)) "
        f"BEGIN SELECT RAISE(ABORT, '{_OUT_OF_ORDER}'); END"
    ),
)
# A trigger's code is looked up when it runs, under whatever search path: it names the table that it stands on.
_POSTGRES_TRIGGERS = (
    (
        "CREATE FUNCTION journal_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_APPEND_ONLY}' USING ERRCODE = 'TT001'; END $$"
    ),
    (
        "CREATE FUNCTION journal_ordered() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE last BIGINT; BEGIN "
        "EXECUTE format('SELECT max(number) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO last; "
        "IF NEW.number <> COALESCE(last, -1) + 1 THEN "
        f"RAISE EXCEPTION '{_OUT_OF_ORDER}' USING ERRCODE = 'TT001'; END IF; RETURN NEW; END $$"
    ),
    "CREATE TRIGGER journal_kept BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_kept()",
    "CREATE TRIGGER journal_full BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_kept()",
    "CREATE TRIGGER journal_ordered BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_ordered()",
)
