"""What an operation refused, on its way to whoever asked."""

from __future__ import annotations

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving.verbs import Refusal, Said


class Refused(TrimtabError):
    """A refusal of a worker process, raised here: its words, its code and its exit code."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.what, where=refusal.where, remedy=refusal.remedy, code=refusal.code)
        self.exit_code = refusal.exit_code


def require_said(found: Said | Refusal) -> Said:
    """What was said. Raises Refused where it was refused."""
    if isinstance(found, Refusal):
        raise Refused(found)
    return found
