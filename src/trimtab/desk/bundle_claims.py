"""What a bundle claims beside its data and results: held against the rest of it, and what nobody can check is named.

Whoever packs a bundle can put every hash in it right. So each claim is read strictly and must fit the others: names, hashes,
components, what was left out, how many trials there were, the ruling of a validation. How many trials somebody ran, with
which versions, and what he once expected is his word; `as_told` names it, so that nothing is taken silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from trimtab.core.errors import DataError, UsageError
from trimtab.desk.bundle_file import EXPECTATIONS, POLICY, VALIDATION
from trimtab.desk.bundle_policy import UNUSED, components, portable, read_object, was_left_out
from trimtab.desk.expected import Expected
from trimtab.desk.luck_checks import ruling_of
from trimtab.desk.policy import Policy
from trimtab.desk.validation import Validation
from trimtab.desk.writing import json_text

LIMIT = 32_000_000  # letters of a file of a bundle
OF_OTHERS = {EXPECTATIONS: "drawn by whoever packed it", VALIDATION: "made by whoever packed it"}
SOURCE = {"model", "years", "data_sha256", "first", "last", "alone", "code"}  # of expectations without code of one's own
RANGE = {"low", "median", "high", "level"}
Kept = TypeVar("Kept", Expected, Validation)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def require_claims(files: Mapping[str, str], policy: Policy, manifest: Mapping[str, Any], where: str = "") -> None:
    """Raise UsageError for a bundle that says of itself what the rest of it does not bear out. `files` are texts."""
    try:
        found = next(_untrue(files, policy, manifest), "")
    except DataError as error:
        found = error.what
    if found:
        raise UsageError(found, where=where, remedy=UNUSED)


def as_told(policy: Policy, manifest: Mapping[str, Any]) -> dict[str, str]:
    """What is taken as told, by its place in the bundle, in a few words."""
    about, dates, versions = (manifest[key] for key in ("policy", "dates", "versions"))
    told = {
        "trials": str(manifest["trials"]),
        "code": manifest["code"],
        "versions": ", ".join(f"{name} {one}" for name, one in versions.items()),
        "data.use": manifest["data"]["use"],
    }
    if about["left_out"]:
        told |= {"policy.left_out": f"{len(about['left_out'])} named", "policy.committed": about["committed"][:12]}
    if policy.identity.title:
        told["policy.yaml title"] = policy.identity.title
    told |= {f"dates.{key}": f"{day}, which is not the policy's" for key, day in dates.items() if key != "end"}
    return told | {name: words for name, words in OF_OTHERS.items() if name in manifest["files"]}


def _untrue(files: Mapping[str, str], policy: Policy, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit, the first first."""
    about = manifest["policy"]
    if about["sha256"] != policy.sha256:
        yield f"its policy has the hash {policy.sha256[:12]}, and its manifest names another"
    if about["name"] != policy.name:
        yield "its manifest gives the policy another name"
    if about["components"] != list(components(policy.identity.canonical)):
        yield "its manifest names other components than its policy has"
    if not _SHA256.fullmatch(about["committed"]) or bool(about["left_out"]) is (about["committed"] == policy.sha256):
        yield "its manifest commits to another policy without saying what was left out"
    if not was_left_out(about["left_out"], policy):
        yield "its policy still holds what its manifest says was left out"
    if portable(policy).text != files[POLICY]:
        yield "policy.yaml says more than the policy in it"
    if EXPECTATIONS in files:
        yield from _expectations(files[EXPECTATIONS], policy, about["committed"])
    if VALIDATION in files:
        yield from _validation(files[VALIDATION], policy, manifest)


def _expectations(text: str, policy: Policy, committed: str) -> Iterator[str]:
    found, same = _kept(text, EXPECTATIONS, Expected.from_dict)
    if (found.name, found.policy_sha256) != (policy.name, committed) or found.own_code:
        yield f"{EXPECTATIONS} is about another policy"
    if not same or set(found.source) != SOURCE or any(set(one) != RANGE for one in found.ranges.values()):
        yield f"{EXPECTATIONS} is not made as it is"


def _validation(text: str, policy: Policy, manifest: Mapping[str, Any]) -> Iterator[str]:
    found, same = _kept(text, VALIDATION, Validation.from_dict)
    if (found.policy, found.sha256) != (policy.name, manifest["policy"]["committed"]):
        yield f"{VALIDATION} is about another policy"
    if not same:
        yield f"{VALIDATION} is not made as it is"
    if found.ruling is not ruling_of(found.checks):
        yield f"{VALIDATION} rules otherwise than its checks do"
    if found.trials > manifest["trials"]:
        yield f"{VALIDATION} knows of {found.trials} trials, and its manifest of {manifest['trials']}"


def _kept(text: str, name: str, read: Callable[[dict[str, Any]], Kept]) -> tuple[Kept, bool]:
    """What a file says, and whether that, written again, is what was given: nothing more, and nothing of another form.

    Raises DataError where it does not read.
    """
    plain = read_object(text, name, limit=LIMIT)
    try:
        found = read(plain)
    except DataError as error:
        raise DataError(f"{name} does not read: {error.what}") from error
    return found, json_text(json.loads(json_text(found.to_dict()))) == json_text(plain)
