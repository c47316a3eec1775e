"""Policies at a stage, by the notes that the verbs write: for tests whose subject is what happens once orders may leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.desk.books import Signature
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.following import named_policy
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import COMMITTED, PROMOTED
from trimtab.desk.proposing import keep_policies
from trimtab.desk.trial_code import code_of
from trimtab.desk.validation import Ground, Validation, keep
from trimtab.governance.promotion import Stage
from trimtab.validation.checks import Check, Light, Ruling

PROOF = {"run": "0" * 12, "ruling": "holds", "failed": [], "data": "0" * 64, "file": "0" * 64}


def put_at(
    book: BookStore, policy: Policy, stage: Stage = Stage.LIVE, *, at: np.datetime64, who: str = "carl", keep: bool = True
) -> None:
    """Commit to a policy and take it to a stage, step by step, without asking for anything; not to `keep` it is for others."""
    by = Signature(who, at)
    if keep:
        keep_policies(book, {policy.sha256: policy}, by)
    head = {"sha256": policy.sha256, "name": policy.name}
    body = head | {"hypothesis": "what went up goes on", "expectations": "0" * 64, "own_code": code_of(policy)}
    events = [Note(COMMITTED, body)]
    steps = [one for one in Stage if Stage.DRAFT < one <= stage]
    for was, now in zip([Stage.DRAFT, *steps], steps, strict=False):
        proof = PROOF if now is Stage.PAPER else None
        more = {"validation": proof, "accepted": "", "waived": [], "why": ""}
        events.append(Note(PROMOTED, head | {"from": was.value, "to": now.value} | more))
    book.append(events, recorded=by.at, author=by.author)


def moved(book: BookStore, policy: Policy, was: Stage, now: Stage, *, at: np.datetime64, who: str = "carl") -> None:
    """One more move, without asking for anything."""
    head = {"sha256": policy.sha256, "name": policy.name, "from": was.value, "to": now.value}
    more = {"validation": None, "accepted": "", "waived": [], "why": "a test"}
    book.append([Note(PROMOTED, head | more)], recorded=at, author=who)


def told_to_follow(address: str | Path, account: str, written: str, *, at: str) -> None:
    """An account follows a policy from now on, whatever it followed before."""
    policy = named_policy(written)
    body = {"policy": str(Path(written).resolve()), "sha256": policy.sha256, "name": policy.name}
    with BookStore.open(address) as book:
        book.append([Note(FOLLOWS, body, account)], recorded=np.datetime64(at, "s"), author="carl")


def put_files_at(address: str | Path, written: Sequence[str], stage: Stage = Stage.LIVE, *, at: str) -> None:
    """The same of policy files, or names of the gallery, in the book at an address."""
    with BookStore.open(address) as book:
        for one in written:
            put_at(book, named_policy(one), stage, at=np.datetime64(at, "s"))


def validated(folder: Path, policy: Policy, failed: Sequence[str] = (), run: str = "a" * 12) -> Path:
    """A run in a workspace whose validation passes, but for these checks, as the verb would have kept it."""
    place = folder / "runs" / run
    place.mkdir(parents=True, exist_ok=True)
    head = {"run": run, "folder": str(folder), "data": None, "end": None, "data_sha256": "b" * 64}
    meta = head | {"policy_sha256": policy.sha256, "own_code": code_of(policy) or None}
    (place / "run.json").write_text(json.dumps(meta), encoding="utf-8")
    checks = [
        Check("crises", 0.5, 0.5, Light.PASS, "2020: level."),
        *(Check(one, 0.0, 1.0, Light.FAIL, "no") for one in failed),
    ]
    ground = Ground(None, None, 1)
    about = {"policy": policy.name, "sha256": policy.sha256, "data": "b" * 64, "first": "2001-01-31", "last": "2020-12-31"}
    rest: dict[str, Any] = {"seed": 1, "trials": 1, "effective": 1.0, "words": "It holds.", "paths": np.array([]), "starts": {}}
    ruling = Ruling.NOT_SHOWN if failed else Ruling.HOLDS
    return keep(Validation(**about, **rest, ruling=ruling, checks=tuple(checks), ground=ground), place)
