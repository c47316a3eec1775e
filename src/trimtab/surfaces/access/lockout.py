"""Locks after failed attempts: ten within a quarter of an hour, counted per account and per address (RELIABILITY F11).

An attempt is charged before its password is looked at and taken back when it was right, so that a hundred attempts at once
are not a hundred guesses. Names that nobody has are counted as others are. What was typed as a name may be a password that
slipped into the wrong field: only a short digest of it is kept.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

import numpy as np

from trimtab.accounting.database.access import AccessStore
from trimtab.surfaces.access.names import key_of
from trimtab.surfaces.access.refusals import LockedOut


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures lock, within which time, and how many are remembered at most.

    Two are kept of each attempt. To push others out with new ones, somebody would have to pay for `rows / 2` checks of a
    password within the window: at 80 ms each that takes longer than the window lasts.
    """

    failures: int = 10
    window: np.timedelta64 = np.timedelta64(15 * 60, "s")
    rows: int = 100_000


@dataclass(frozen=True, slots=True)
class Charge:
    """An attempt that is counted as a failure until it is taken back. `fills`: it is the last that its lock allows."""

    account: str
    row: int
    fills: bool


class Lockout:
    """The failures of a store, held against limits."""

    __slots__ = ("_limits", "_store")

    def __init__(self, store: AccessStore, limits: Limits) -> None:
        self._store, self._limits = store, limits

    def charge(self, name: str, address: str, now: np.datetime64) -> Charge:
        """Count an attempt. Raises LockedOut where the account or the address is locked; that is counted no further."""
        account, place = _digest("account", key_of(name)), _digest("address", place_of(address))
        limits = self._limits
        with self._store.writing():
            before = [self._failed(key, now) for key in (account, place)]
            if wait := max(self._wait(one, now) for one in before):
                raise LockedOut(wait)
            self._store.trim_failures(now - limits.window, limits.rows - 2)
            self._store.fail(account, now)
            row = self._store.fail(place, now)
        return Charge(account, row, any(len(one) + 1 == limits.failures for one in before))

    def take_back(self, charge: Charge) -> None:
        """The attempt was right: the account begins anew, the address has one failure less. Inside a transaction."""
        self._store.forgive(charge.account)
        self._store.take_back(charge.row)

    def _failed(self, key: str, now: np.datetime64) -> list[np.datetime64]:
        """Failures within the window. One noted under a clock that ran far ahead does not count: it would lock for long."""
        return self._store.failed(key, now - self._limits.window, now + self._limits.window)

    def _wait(self, failed: list[np.datetime64], now: np.datetime64) -> int:
        """Seconds until fewer than the limit lie within the window; 0 where that is so now."""
        limits = self._limits
        if len(failed) < limits.failures:
            return 0
        free = failed[limits.failures - 1] + limits.window
        return max(int((free - now) / np.timedelta64(1, "s")), 1)


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()[:16]


def place_of(address: str) -> str:
    """The address as it is counted: of IPv6 the first 64 bits, which one customer has to choose among, and no zone."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address.encode("utf-8", "replace").decode()[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
    return str(found)
