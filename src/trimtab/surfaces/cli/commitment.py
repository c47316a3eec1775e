"""`policy commit | promote | status`: what a policy is held to, how far it has come, and what the next stage needs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.accounting.database.store import BookStore
from trimtab.desk.kept import policies_of, policy_in
from trimtab.desk.promotions import Promoted, Standing, Step, commit, promote, require_hypothesis, standing
from trimtab.desk.staged import SHORT, Committed
from trimtab.governance.promotion import Stage, missing
from trimtab.numerics.resampling import Futures
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.book_options import signature, when
from trimtab.surfaces.cli.options import answer, as_of, hint, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.expecting import expect_first

WAITING = 5  # another person has to sign


def commit_policy(options: Namespace) -> int:
    """Commit to a policy; what is expected of it is drawn first where nothing is written down."""
    require_hypothesis(options.hypothesis)
    policy, folder, by = opened(options.policy, options), workspace(options).folder, signature(options)
    with opened_book(options) as book:
        futures = Futures(options.years, options.seed, options.paths)
        drawn = expect_first(book, policy, folder, futures, progress(options, policy.name, unit="path"))
        done = commit(book, folder, policy, options.hypothesis, by)
    if options.json:
        print_json("policy-commit", committed_document(done) | {"drawn": drawn})
        return 0
    for line in (f"{done.name}: committed by {done.by} on {done.day}", f"SHA-256 {done.sha256}"):
        say(f" {line}")
    for line in wrapped(f"hypothesis: {done.hypothesis}"):
        say(line)
    say(f" expectations: {'drawn and ' if drawn else ''}written down, SHA-256 {done.expectations[:SHORT]}")
    hint(f" next: trimtab policy promote {options.policy} --to candidate", options)
    return 0


def committed_document(done: Committed) -> dict[str, Any]:
    """A commitment in plain values."""
    plain = {key: getattr(done, key) for key in ("sha256", "name", "hypothesis", "expectations", "by", "at")}
    return plain | {"own_code": dict(done.own_code)}


def promote_policy(options: Namespace) -> int:
    """Move a policy, where nothing is missing. Exit 5 where something is, a second signature under a waiver too."""
    step = Step(Stage(options.to), options.accept, options.waive, options.reason)
    with opened_book(options) as book:
        policy = policy_in(book, options.policy)
        done = promote(book, workspace(options).folder, policy, step, signature(options))
    code = 0 if done.done else WAITING
    if options.json:
        return answer("policy-promote", _moved_document(done), code)
    for line in _moved_lines(done):
        say(line)
    if done.done:
        hint(_after(done, options.policy), options)
    return code


def _moved_document(done: Promoted) -> dict[str, Any]:
    head = {"sha256": done.policy.sha256, "name": done.policy.name, "from": done.was.value, "to": done.now.value}
    proof = None if done.proof is None else done.proof.plain()
    return head | {"done": done.done, "waived_by": list(done.waived_by), "validation": proof}


def _moved_lines(done: Promoted) -> Iterator[str]:
    if not done.done:
        text = f"{done.policy.name}: signed by {', '.join(done.waived_by)}; a second person has to waive the months on paper"
        yield from wrapped(text)
        return
    yield f" {done.policy.name}: {done.was.value} -> {done.now.value}    policy {done.policy.sha256[:SHORT]}"
    if done.now is Stage.PAPER and done.was < Stage.PAPER and done.proof is not None:
        failed = f", fails accepted: {', '.join(done.proof.failed)}" if done.proof.failed else ""
        yield from wrapped(f"validated by run {done.proof.run}: {done.proof.ruling}{failed}")
    if done.waived_by and done.now is Stage.LIVE:
        yield from wrapped(f"the months on paper were waived by {', '.join(done.waived_by)}")


def _after(done: Promoted, named: str) -> str:
    """What comes next."""
    if done.now is Stage.CANDIDATE and done.was < done.now:
        return f" next: trimtab validate {named}    then: trimtab policy promote {named} --to paper"
    if done.now is Stage.PAPER and done.was < done.now:
        return f" next: six months on paper; trimtab policy status {named} says when they end"
    return ""


def status(options: Namespace) -> int:
    """How far a policy has come, or all of the book, and what is missing for the next stage."""
    folder, today = workspace(options).folder, when(options)
    with opened_book(options) as book:
        found = list(_standings(book, folder, options.policy, as_of(options)))
    if options.json:
        print_json("policy-status", {"policies": [_status_document(one, today) for one in found]})
        return 0
    if not found:
        say(" no policy is committed, and no account follows one")
        hint(" next: trimtab policy commit POLICY --hypothesis TEXT", options)
    for one in found:
        for line in _status_lines(one, today):
            say(line)
    return 0


def _standings(book: BookStore, folder: Path, named: str, until: date | None) -> Iterator[Standing]:
    for policy in [policy_in(book, named)] if named else policies_of(book):
        yield standing(book, folder, policy, until)


def _missing(one: Standing, today: date) -> tuple[str, ...]:
    above = one.evidence.stage.next
    return one.evidence.doubts if above is None else missing(above, one.evidence, today)


def _status_document(one: Standing, today: date) -> dict[str, Any]:
    at, known = one.evidence, one.course.committed
    entered = one.course.entered(at.stage)
    return {
        "sha256": one.policy.sha256,
        "name": one.policy.name,
        "stage": at.stage.value,
        "since": None if entered is None or at.stage is Stage.DRAFT else entered.day.isoformat(),
        "committed": None if known is None else committed_document(known),
        "validation": None if one.proof is None else one.proof.plain(),
        "next": None if at.stage.next is None else at.stage.next.value,
        "missing": list(_missing(one, today)),
        "waived_by": list(at.waived_by),
    }


def _status_lines(one: Standing, today: date) -> Iterator[str]:
    told = _status_document(one, today)
    since = f" since {told['since']}" if told["since"] else ""
    yield f" {told['name']}: {told['stage']}{since}    policy {told['sha256'][:SHORT]}"
    if one.course.committed is not None:
        known = one.course.committed
        yield from wrapped(f"   committed by {known.by} on {known.day}: {known.hypothesis}", indent=5)
    if told["next"] is None:
        for doubt in told["missing"]:
            yield from wrapped(f"   ! {doubt}", indent=5)
        return
    wanted = "; ".join(told["missing"]) or "nothing is missing"
    yield from wrapped(f"   for {told['next']}: {wanted}", indent=5)
