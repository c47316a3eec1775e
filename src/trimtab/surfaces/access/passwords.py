"""Passwords as argon2id hashes (Biryukov, Dinu and Khovratovich 2016; RFC 9106), with the memory that OWASP advises.

All in here is pure and slow on purpose: call it in a thread of its own, few at a time (each takes `memory`). A name that
nobody has costs the same work as one that somebody has.
"""

from __future__ import annotations

import base64
import os
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.access.names import key_of

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LARGEST = 12, 1024  # characters; bytes
_SILLY = frozenset(
    {"administrator", "changemeplease", "correcthorsebatterystaple", "iloveyouiloveyou", "letmeinletmein", "passphrase123"}
    | {"passwordpassword", "password1234", "password12345", "password123456", "qwertyqwerty", "qwertyuiop123", "qwertzuiop123"}
    | {"trimtabtrimtab", "welcome12345", "welcomewelcome", "1q2w3e4r5t6y", "1qaz2wsx3edc", "adminadminadmin"}
)
_RUNS = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")


@dataclass(frozen=True, slots=True)
class Cost:
    """The work of one hash: rounds, KiB of memory, lanes. The default took 80 ms and 46 MiB on the desk it was chosen on."""

    rounds: int = 2
    memory: int = 47_104
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Hashed:
    """A new password that met the rules, as its hash."""

    hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right; `renewed` is its hash at today's cost, where the stored one was made at a lower one."""

    right: bool
    renewed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Hashes and checks passwords at a cost."""

    cost: Cost = Cost()

    def hashed(self, name: str, password: str) -> Hashed:
        """The hash of a new password. Raises UsageError where it is too short, too long, or would be guessed first."""
        _require_sound(name, password)
        return Hashed(_hasher(self.cost).hash(_plain(password)))

    def checked(self, stored: str, password: str) -> Checked:
        """Whether it is the password of this hash; with no hash (nobody, or single sign-on) the same work, and no."""
        usable = len(password) <= LARGEST and len(_bytes(password)) <= LARGEST
        known, hasher = stored or _nobody(self.cost), _hasher(self.cost)
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            hasher.verify(known, _plain(password) if usable else b"")
        except VerifyMismatchError:
            return Checked(right=False)
        except (InvalidHashError, VerificationError):  # the hash does not read, or there is no memory for the work
            what = "a password cannot be checked: its hash is damaged, or memory ran out"
            raise DataError(what, remedy="Try again; if it stays so, set the password of the user anew.") from None
        if not (stored and usable):
            return Checked(right=False)
        return Checked(right=True, renewed=hasher.hash(_plain(password)) if _cheaper(stored, self.cost) else "")


def _hasher(cost: Cost) -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ImportError:
        remedy = "Install it: pip install 'trimtab[web]'."
        raise UsageError("argon2-cffi is not installed, so no password can be checked", remedy=remedy) from None
    return PasswordHasher(time_cost=cost.rounds, memory_cost=cost.memory, parallelism=cost.lanes)


def _cheaper(stored: str, cost: Cost) -> bool:
    """The stored hash took less work than one takes today; a dearer one is left as it is."""
    from argon2 import Type, extract_parameters

    found = extract_parameters(stored)
    return found.type is not Type.ID or found.time_cost < cost.rounds or found.memory_cost < cost.memory


def _nobody(cost: Cost) -> str:
    """A hash of no password: to check one against it takes the usual work."""
    salt, tag = (base64.b64encode(os.urandom(count)).rstrip(b"=").decode() for count in (16, 32))
    return f"$argon2id$v=19$m={cost.memory},t={cost.rounds},p={cost.lanes}${salt}${tag}"


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # an error of encoding would carry the password along


def _plain(password: str) -> bytes:
    """One spelling for the same letters, whichever keyboard wrote them (NIST SP 800-63B)."""
    return _bytes(unicodedata.normalize("NFKC", password))


def _require_sound(name: str, password: str) -> None:
    what = remedy = ""
    folded, own = key_of(password), key_of(name)
    rest = folded.replace(own, "") if own else folded
    if len(password) > LARGEST or len(_bytes(password)) > LARGEST:
        what, remedy = f"the password has more than {LARGEST} bytes", "Use a shorter one."
    elif len(password) < SHORTEST:
        what, remedy = f"the password has fewer than {SHORTEST} characters", "Use a longer one: four or five words are easy."
    elif own and own in folded and len(rest) < SHORTEST // 2:
        what, remedy = "the password is little more than the name", "Use another one: four or five words are easy."
    elif folded in _SILLY or len(set(folded)) < 4 or any(folded in run for run in _RUNS):
        what, remedy = "the password is among the first that would be guessed", "Use another one: four or five words are easy."
    if what:
        raise UsageError(what, remedy=remedy)
