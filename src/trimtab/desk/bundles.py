"""A policy to give away: what it is, what it saw by hash, what came out, and what was expected; and whether it comes out here.

Nobody's holdings are in it: no book, account, capital, path or name of a machine. The manifest holds the SHA-256 of every
file. Whoever gets it needs the same data of their own: they are not in it, for most of them may not be given away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk.backtest import Progress, backtest
from trimtab.desk.bundle_claims import LIMIT, as_told, require_claims
from trimtab.desk.bundle_data import data_differences, data_manifest, data_remarks
from trimtab.desk.bundle_file import EXPECTATIONS, MANIFEST, POLICY, RESULTS, VALIDATION, packed, unpacked
from trimtab.desk.bundle_manifest import DATES, manifest_of, note_differences, notes_of, remarks_on, require_shape
from trimtab.desk.bundle_policy import UNUSED, Portable, components, portable, read_object, read_portable
from trimtab.desk.bundle_results import result_differences, results_of
from trimtab.desk.expected import Expected
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.result import Result
from trimtab.desk.validation import Validation
from trimtab.desk.writing import json_text

ENDING = ".trimtab"


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the workspace about a policy, and goes with it: expectations, validation, and how many trials."""

    expected: Expected | None = None
    validation: Validation | None = None
    trials: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A bundle in memory: its bytes, its manifest, and the hash by which it is named."""

    data: bytes
    manifest: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def file_name(self) -> str:
        """What the file is called where nobody says."""
        name = re.sub(r"[^\w.-]+", "-", str(self.manifest["policy"]["name"])).strip("-.")
        return f"{name or 'policy'}{ENDING}"


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A bundle that is whole: its files, its manifest, its policy, and the components that it names."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    policy: Policy
    components: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """Whether a bundle comes out here: which data differ or are missing, which results do; empty where all is the same."""

    opened: Opened
    data: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    series: int = 0

    @property
    def told(self) -> dict[str, str]:
        """What is taken as told, not verified."""
        return as_told(self.opened.policy, self.opened.manifest)

    @property
    def exit_code(self) -> int:
        """4 where data differ or are missing, 3 where results differ on the same data, else 0."""
        return 4 if self.data else 3 if self.results else 0

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        if self.data:
            return "NOT VERIFIED: the data here are not those of the bundle, so nothing was run."
        if self.results:
            return "NOT VERIFIED: on the same data other results come out here."
        return "VERIFIED: on the same data the same results come out here, to 1e-9."


def ready_to_pack(policy: Policy) -> tuple[Portable, Policy]:
    """The policy as it leaves, and the same on the data and over the dates of the original, to be run.

    Raises UsageError or PolicyError where it cannot be given away.
    """
    made = portable(policy)
    capital = made.policy.horizon.capital
    dates = {key: getattr(policy.horizon, key) for key in DATES}
    here = made.policy.with_horizon(**dates, capital=capital)
    return made, on(here, policy.data)


def on(policy: Policy, data: Any) -> Policy:
    """The policy on another source."""
    return replace(policy, data=data)


def pack(made: Portable, result: Result, said: Said) -> Bundle:
    """The bundle of a policy whose backtest is `result`. Raises UsageError for what was said of another policy."""
    files = {POLICY: made.text.encode(), RESULTS: _text(results_of(result))}
    for name, found, sha256 in _beside(said):
        if sha256 != made.committed:
            raise UsageError(f"{name} is about another policy", remedy="Pack the policy that it was made for.")
        files[name] = _text(found)
    manifest = manifest_of(made, result, files) | {"trials": said.trials}
    return Bundle(packed(files | {MANIFEST: _text(manifest)}), manifest)


def _beside(said: Said) -> list[tuple[str, dict[str, Any], str]]:
    found = []
    if said.expected is not None:
        found.append((EXPECTATIONS, said.expected.to_dict(), said.expected.policy_sha256))
    if said.validation is not None:
        found.append((VALIDATION, said.validation.to_dict(), said.validation.sha256))
    return found


def open_bundle(data: bytes, where: str = "") -> Opened:
    """A bundle whose every hash is right. Raises UsageError or PolicyError (exit 2) for a damaged or hostile one.

    Nothing is executed, imported from it, or written.
    """
    files = unpacked(data, where)
    manifest = read_object(_decoded(files, MANIFEST), MANIFEST, limit=LIMIT)
    require_shape(manifest, where)
    hashes = {name: hashlib.sha256(one).hexdigest() for name, one in files.items() if name != MANIFEST}
    if manifest.get("files") != hashes:
        raise UsageError("its files are not those of its manifest", where=where, remedy=UNUSED)
    policy = read_portable(_decoded(files, POLICY))
    require_claims({name: _decoded(files, name) for name in files}, policy, manifest, where)
    used = components(policy.identity.canonical)
    return Opened(files, manifest, policy, used, hashlib.sha256(data).hexdigest())


def verify(opened: Opened, data: Any = None, *, progress: Progress | None = None) -> Verified:
    """Run the policy of a bundle on the data here (`data`: another source than it names), and compare.

    What cannot be loaded is a difference of the data, and what cannot be run on the same data one of the results: no error.
    """
    remarks = tuple(remarks_on(opened.manifest))
    policy = _dated(opened.policy if data is None else on(opened.policy, data), opened.manifest)
    theirs = opened.manifest["data"]
    count = len(theirs["series"])
    try:
        market = until(load_market(policy), policy.horizon.end)
    except TrimtabError as error:
        return Verified(opened, (str(error),), (), remarks, count)
    here = data_manifest(policy, market)
    remarks += data_remarks(theirs, here)
    if differ := data_differences(theirs, here):
        return Verified(opened, differ, (), remarks, count)
    told = read_object(_decoded(opened.files, RESULTS), RESULTS, limit=LIMIT)
    try:
        result = backtest(policy, market, progress=progress)
    except TrimtabError as error:
        return Verified(opened, (), (f"it cannot be run here: {error}",), remarks, count)
    differ = (*_other_end(result, opened.manifest), *result_differences(told, results_of(result)))
    return Verified(opened, (), differ, (*remarks, *note_differences(opened.manifest["notes"], notes_of(result))), count)


def _other_end(result: Result, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Whether the run ends on another day than the manifest says."""
    said, last = manifest["dates"]["end"], str(result.dates[-1])
    if said != last:
        yield f"the run ends on {said} in the bundle, on {last} here"


def _dated(policy: Policy, manifest: Mapping[str, Any]) -> Policy:
    """The policy over the dates that were run. Raises UsageError where they are none."""
    try:
        days = {key: date.fromisoformat(day) for key, day in manifest["dates"].items() if key in DATES}
    except ValueError:
        raise UsageError("the dates of the manifest do not read", remedy=UNUSED) from None
    return policy.with_horizon(**days)


def _text(value: Mapping[str, Any]) -> bytes:
    return (json_text(value, indent=1) + "\n").encode()


def _decoded(files: Mapping[str, bytes], name: str) -> str:
    try:
        return files[name].decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is no text", remedy=UNUSED) from None
