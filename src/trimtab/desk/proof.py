"""The validation of a policy as it stands: the newest in the workspace of the same hash and the same code of one's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import DataError
from trimtab.desk.policy import Policy
from trimtab.desk.trial_code import code_of
from trimtab.desk.validation import FILE, kept
from trimtab.desk.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proof:
    """A validation that was kept: its run, its ruling, the checks that failed, its data, and the SHA-256 of its file."""

    run: str
    ruling: str
    failed: tuple[str, ...]
    data: str
    file: str

    def plain(self) -> dict[str, object]:
        """As the journal keeps it."""
        return {"run": self.run, "ruling": self.ruling, "failed": list(self.failed), "data": self.data, "file": self.file}


def proof_of(folder: Path, policy: Policy) -> Proof | None:
    """The newest validation of a policy in a workspace; None where there is none.

    Raises UsageError where a run that was validated cannot be read, DataError where its validation cannot.
    """
    files = sorted((folder / "runs").glob(f"*/{FILE}"), key=lambda one: (one.stat().st_mtime_ns, one.parent.name))
    own = code_of(policy)
    for file in reversed(files):
        meta = Workspace(folder).meta(file.parent.name)
        if meta.get("policy_sha256") != policy.sha256 or dict(meta.get("own_code") or {}) != own:
            continue
        found = kept(file.parent)
        if found is None or found.sha256 != policy.sha256:
            remedy = "Validate again: trimtab validate POLICY."
            raise DataError("the stored validation is that of another policy", where=str(file), remedy=remedy)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return Proof(file.parent.name, found.ruling.value, tuple(one.name for one in found.failed), found.data, digest)
    return None
