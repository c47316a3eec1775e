"""Users in a copy: what goes beside the backup of a book, and comes back with it.

Names, roles, hashes of passwords and the firm's own identities are copied. Tokens and sessions are not: one that was taken
back after the copy was made would open the door again.
"""

from __future__ import annotations

from pathlib import Path

from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import UserRow
from trimtab.accounting.database.addresses import drafted

ENDING = ".users"


def beside(copy: str | Path) -> Path:
    """Where the users are that belong to the copy of a book."""
    return Path(f"{copy}{ENDING}")


def copy_users(source: Path, to: Path) -> int:
    """Copy the users of the store `source` into a new one at `to`, whoever writes meanwhile; how many they are.

    Raises NoBook where something stands at `to`, Damaged where `source` is no such store.
    """
    with AccessStore.open(source) as store:
        users = store.rows(UserRow)
    with drafted(to) as draft:
        draft.unlink(missing_ok=True)
        with AccessStore.open(draft) as made, made.writing():
            for one in users:
                made.put(one)
    return len(users)
