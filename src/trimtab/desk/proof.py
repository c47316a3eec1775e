"""The validation of a policy as it stands: the newest in the workspace of the same hash and the same code of one's own.

On a practice desk one that was drawn from later data than it knows is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import DataError
from trimtab.desk.foreseen import foreseen
from trimtab.desk.policy import Policy
from trimtab.desk.trial_code import code_of
from trimtab.desk.validation import FILE, kept
from trimtab.desk.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proof:
    """A validation that was kept: its run, its ruling, the checks that failed, `data` and `file` by SHA-256, `last` day."""

    run: str
    ruling: str
    failed: tuple[str, ...]
    data: str
    file: str
    last: str

    def plain(self) -> dict[str, object]:
        """As the journal keeps it."""
        return {"run": self.run, "ruling": self.ruling, "failed": list(self.failed), "data": self.data, "file": self.file}


def proof_of(folder: Path, policy: Policy) -> Proof | None:
    """The newest validation of a policy in a workspace that is seen there; None where there is none.

    Raises UsageError where a run that was validated cannot be read, DataError where its validation cannot.
    """
    return next((one for one in _proofs(folder, policy) if not _unseen(folder, one)), None)


def unseen_proof(folder: Path, policy: Policy) -> str:
    """Why the newest validation of a policy is not seen in a workspace; empty where it is, or where there is none."""
    return next((_unseen(folder, one) for one in _proofs(folder, policy)), "")


def _unseen(folder: Path, proof: Proof) -> str:
    return foreseen(folder, f"that of run {proof.run}", proof.last)


def _proofs(folder: Path, policy: Policy) -> Iterator[Proof]:
    """All of a policy, the newest first."""
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
        failed = tuple(one.name for one in found.failed)
        yield Proof(file.parent.name, found.ruling.value, failed, found.data, digest, found.last)
