"""What can go wrong with a book on disk, one kind of error for each thing that a caller can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from trimtab.core.errors import DataError, Halted, InvariantError, TrimtabError, UsageError

RESTORE = "Nothing was changed. Bring back a backup: trimtab restore."


class NoBook(UsageError):
    """There is no book at the address, something stands where a new one should come, or its program is not installed."""

    code = "TT-BOK-001"


class Damaged(DataError):
    """The database is corrupt, empty, cut off, somebody else's, or its journal does not hold."""

    code = "TT-BOK-002"


class Outdated(UsageError):
    """The book has the schema of an earlier version."""

    code = "TT-BOK-003"


class TooNew(UsageError):
    """The book has the schema of a later version."""

    code = "TT-BOK-004"


class Unsafe(UsageError):
    """The database does not keep what it acknowledges: a setting is not what it must be."""

    code = "TT-BOK-005"


class Busy(TrimtabError):
    """Somebody else has been writing for longer than we wait. Nothing was written."""

    code = "TT-BOK-006"


class NotWritten(TrimtabError):
    """The disk or the connection failed, or writing is not allowed. Rolled back: nothing was written."""

    code = "TT-BOK-007"


class DiskFull(Halted):
    """No room is left. Rolled back: nothing was written. Reading goes on."""

    code = "TT-BOK-008"


class OutcomeUnknown(Halted):
    """The answer to a commit was lost, and the book cannot be asked whether it holds. Look before repeating anything."""

    code = "TT-BOK-009"


class Sealed(InvariantError):
    """The journal is append-only: somebody tried to change, remove or squeeze in a record."""

    code = "TT-BOK-010"


class Duplicate(DataError):
    """What was to be booked stands in the journal already: `records` says for each key in which record."""

    code = "TT-BOK-011"

    def __init__(self, records: Mapping[str, int], *, where: str) -> None:
        self.records = dict(records)
        key, number = next(iter(self.records.items()))
        more = f", and {len(self.records) - 1} more" if len(self.records) > 1 else ""
        what = f"{key!r} is booked already, in record {number}{more}"
        super().__init__(what, where=where, remedy="Nothing was written. Leave out what is booked.")


class Superseded(TrimtabError):
    """A run cannot be superseded, because it was already or was never claimed."""

    code = "TT-BOK-012"


class Contended(TrimtabError):
    """Two writers met and the database chose the other: rolled back, to be tried again. Callers of a store never see it."""

    code = "TT-BOK-013"


class Unanswered(TrimtabError):
    """A commit ended with an error, `fault`: whether it holds is to be looked up. Callers of a store never see it."""

    code = "TT-BOK-014"

    def __init__(self, fault: TrimtabError) -> None:
        self.fault = fault
        super().__init__(fault.what, where=fault.where, remedy=fault.remedy)


class Broken(InvariantError):
    """A statement failed for a reason that is none of the above: a constraint, or a mistake of ours."""

    code = "TT-BOK-015"
