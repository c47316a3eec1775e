"""One tree of errors. Each message says what happened, where, and what to do; each kind has its exit code.

Codes 2 to 6 are those of the command line: 2 usage or policy, 3 policy breach, 4 data, 5 approval, 6 halted.
"""

from __future__ import annotations

import re

from trimtab.core.visible import visible


class TrimtabError(Exception):
    """Root of every error that Trimtab raises on purpose.

    `what` says what happened, `where` the place (file:line:col where there is one), `remedy` what to do about it.
    """

    exit_code = 1
    code = "TT-ERR-001"

    def __init__(self, what: str, *, where: str = "", remedy: str = "", code: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        self.code = code or type(self).code
        super().__init__(what)

    def __str__(self) -> str:
        """One line: place, what, remedy. What a terminal would obey instead of showing it is spelled out."""
        place = self.where if not self.where or re.search(r":\d+$", self.where) else f"{self.where}:"
        parts = [place, self.what.rstrip(".") + ".", self.remedy]
        line = " ".join(" ".join(part.split()) for part in parts if part)
        return visible(line)


class UsageError(TrimtabError):
    """The command, an argument or a file name cannot be used as it is."""

    exit_code = 2
    code = "TT-USE-001"


class PolicyError(TrimtabError):
    """A policy file does not parse or does not validate."""

    exit_code = 2
    code = "TT-POL-001"


class BreachError(TrimtabError):
    """A blocking rule of the policy would be broken."""

    exit_code = 3
    code = "TT-RUL-001"


class DataError(TrimtabError):
    """Data are malformed, missing, stale or contradict themselves."""

    exit_code = 4
    code = "TT-DAT-001"


class ApprovalRequired(TrimtabError):
    """A person must approve before anything goes on."""

    exit_code = 5
    code = "TT-APP-001"


class Halted(TrimtabError):
    """Nothing may be sent until a person or a clean reconciliation releases the account."""

    exit_code = 6
    code = "TT-HLT-001"


class InvariantError(TrimtabError):
    """Something that can never be true is true. Stop: do not trade on it."""

    code = "TT-INV-001"


class ParameterError(PolicyError, ValueError):
    """A parameter of a component is out of its range. `field` names it, so that a policy file can be pointed into."""

    def __init__(self, what: str, *, field: str = "", remedy: str = "") -> None:
        self.field = field
        super().__init__(what, remedy=remedy)
