"""The mandate for Python: a statement read from a file, checked against a policy, shown as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.desk import gallery
from trimtab.desk.load import load_policy, policy_from
from trimtab.desk.mandate_reading import load_mandate, mandate_from
from trimtab.desk.mandates import check_mandate
from trimtab.desk.policy import Policy
from trimtab.governance.mandate import Mandate as Statement
from trimtab.governance.mandate_words import limits
from trimtab.governance.tightness import Verdict
from trimtab.surfaces.report.mandate_page import write_mandate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Mandate:
    """An investment policy statement; `statement` is the value that its file holds."""

    statement: Statement

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any]) -> Mandate:
        """From a YAML file, or from plain values as it would hold them. Raises PolicyError with file:line:col."""
        return cls(mandate_from(source) if isinstance(source, Mapping) else load_mandate(source))

    @property
    def sha256(self) -> str:
        """What is signed."""
        return self.statement.sha256

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """The limits as entries under `rules:` of a policy."""
        return self.statement.rules

    @property
    def entries(self) -> dict[str, Any]:
        """All that it comes to as keys of a policy: benchmark, rules, approval, overrides, review, changes."""
        return self.statement.entries

    @property
    def limits(self) -> pd.DataFrame:
        """A row a section: the limit in words, since when, and what a breach does."""
        import pandas as pd

        return pd.DataFrame(limits(self.statement), columns=["section", "limit", "since", "breach"]).set_index("section")

    def check(self, policy: str | Path | Mapping[str, Any] | Policy) -> pd.DataFrame:
        """What a policy makes of it: a row a part with what is wanted, the verdict, and what the policy says."""
        import pandas as pd

        rows = [(one.section, one.wanted, one.verdict.value, one.said) for one in check_mandate(self.statement, _read(policy))]
        return pd.DataFrame(rows, columns=["section", "mandate", "verdict", "policy"]).set_index("section")

    def kept_by(self, policy: str | Path | Mapping[str, Any] | Policy) -> bool:
        """Whether a policy keeps all of it."""
        return all(one.verdict is Verdict.KEPT for one in check_mandate(self.statement, _read(policy)))

    def write_page(self, path: str | Path) -> Path:
        """Write it as a page to read and print. Raises UsageError where another file stands there."""
        return write_mandate(self.statement, Path(path))


def _read(policy: str | Path | Mapping[str, Any] | Policy) -> Policy:
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, Mapping):
        return policy_from(policy)
    if isinstance(policy, str) and policy in gallery.names() and not Path(policy).is_file():
        return gallery.named(policy)
    return load_policy(policy)
