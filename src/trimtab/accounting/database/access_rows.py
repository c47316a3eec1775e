"""The tables of who may come in, as frozen rows and the few statements that read and write them.

What could let somebody in (a password's hash, the hash of a secret, the secret against forged requests) is no part of a
row's `repr`. Instants are ISO text in UTC to the second, so that their order is that of the text.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from trimtab.accounting.database.session import Session


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user: `key` is the name as it is compared, `roles` words with commas between; no `password` with single sign-on."""

    key: str
    name: str
    roles: str
    password: str = field(repr=False)
    state: str
    issuer: str
    subject: str
    changed: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Somebody's session: `digest` is the SHA-256 of the secret that the browser keeps."""

    digest: str = field(repr=False)
    user: str
    csrf: str = field(repr=False)
    opened: str
    seen: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of a program: `digest` is the SHA-256 of its secret, `used` empty until it is."""

    id: str
    digest: str = field(repr=False)
    user: str
    name: str
    roles: str
    created: str
    expires: str
    used: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request that is done once: `life` is the process that began it."""

    user: str
    key: str
    sha256: str
    state: str
    life: str
    status: int
    media: str
    body: bytes = field(repr=False)
    at: str


@dataclass(frozen=True, slots=True)
class AcknowledgedRow:
    """An alert that somebody has seen."""

    key: str
    user: str
    at: str


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, as JSON."""

    key: str
    value: str


AnyRow = UserRow | SessionRow | TokenRow | RequestRow | AcknowledgedRow | SettingRow
Kind = TypeVar("Kind", UserRow, SessionRow, TokenRow, RequestRow, AcknowledgedRow, SettingRow)

SCHEMA = (
    "CREATE TABLE version (number INTEGER PRIMARY KEY) STRICT",
    """CREATE TABLE users (key TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')), issuer TEXT NOT NULL, subject TEXT NOT NULL,
       changed TEXT NOT NULL) STRICT""",
    "CREATE UNIQUE INDEX users_outside ON users (issuer, subject) WHERE issuer <> ''",
    """CREATE TABLE sessions (digest TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (key), csrf TEXT NOT NULL,
       opened TEXT NOT NULL, seen TEXT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL) STRICT""",
    "CREATE INDEX sessions_user ON sessions (user)",
    """CREATE TABLE tokens (id TEXT PRIMARY KEY, digest TEXT NOT NULL, user TEXT NOT NULL REFERENCES users (key),
       name TEXT NOT NULL, roles TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL, used TEXT NOT NULL) STRICT""",
    "CREATE INDEX tokens_user ON tokens (user)",
    # A number is never given twice: an attempt takes its own failure back by it.
    "CREATE TABLE failures (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, at TEXT NOT NULL) STRICT",
    "CREATE INDEX failures_key ON failures (key, at)",
    "CREATE INDEX failures_at ON failures (at)",
    """CREATE TABLE requests (user TEXT NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('begun', 'done')), life TEXT NOT NULL, status INTEGER NOT NULL,
       media TEXT NOT NULL, body BLOB NOT NULL, at TEXT NOT NULL, PRIMARY KEY (user, key)) STRICT""",
    "CREATE INDEX requests_at ON requests (at)",
    """CREATE TABLE acknowledged (key TEXT NOT NULL, user TEXT NOT NULL, at TEXT NOT NULL,
       PRIMARY KEY (key, user)) STRICT""",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


class _Shape(NamedTuple):
    table: str
    key: tuple[str, ...]


_SHAPES: dict[type, _Shape] = {
    UserRow: _Shape("users", ("key",)),
    SessionRow: _Shape("sessions", ("digest",)),
    TokenRow: _Shape("tokens", ("id",)),
    RequestRow: _Shape("requests", ("user", "key")),
    AcknowledgedRow: _Shape("acknowledged", ("key", "user")),
    SettingRow: _Shape("settings", ("key",)),
}


def _selection(kind: Any) -> str:
    return f"SELECT {', '.join(one.name for one in fields(kind))} FROM {_SHAPES[kind].table}"


def _replacement(kind: Any) -> str:
    names, (table, key) = [one.name for one in fields(kind)], _SHAPES[kind]
    news = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    written = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return f"{written} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {news}"


_SELECTIONS = {kind: _selection(kind) for kind in _SHAPES}
_REPLACEMENTS = {kind: _replacement(kind) for kind in _SHAPES}


def _where(named: dict[str, Any]) -> str:
    return f" WHERE {' AND '.join(f'{name} = ?' for name in named)}" if named else ""


def read(session: Session, kind: type[Kind], **named: str) -> list[Kind]:
    """Rows whose columns have these values, in the order of their key."""
    order = f" ORDER BY {', '.join(_SHAPES[kind].key)}"
    return [kind(*row) for row in session.execute(_SELECTIONS[kind] + _where(named) + order, tuple(named.values()))]


def put(session: Session, row: AnyRow) -> None:
    """Add a row, or put it in place of the one with its key."""
    session.execute(_REPLACEMENTS[type(row)], astuple(row))


def drop(session: Session, kind: type[Kind], **named: str) -> int:
    """Take away the rows whose columns have these values, at least one being named; how many there were."""
    if not named:
        raise ValueError("name the rows to take away")
    sql = f"DELETE FROM {_SHAPES[kind].table}{_where(named)} RETURNING 1"
    return len(session.execute(sql, tuple(named.values())))


def drop_until(session: Session, kind: type[Kind], column: str, at: str) -> int:
    """Take away the rows whose column holds this instant or an earlier one."""
    return len(session.execute(f"DELETE FROM {_SHAPES[kind].table} WHERE {column} <= ? RETURNING 1", (at,)))
