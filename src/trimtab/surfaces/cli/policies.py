"""`policy check | show | diff | schema`."""

from __future__ import annotations

from argparse import Namespace

from trimtab.desk.canonical import differences
from trimtab.desk.schema import schema as policy_schema
from trimtab.surfaces.cli.options import opened, print_json, print_plain, say
from trimtab.surfaces.cli.wrapping import wrapped


def check(options: Namespace) -> int:
    """Read the policy; a fault is raised with its place."""
    policy = opened(options.policy, options)
    if options.json:
        print_json("policy-check", {"name": policy.name, "sha256": policy.sha256, "valid": True})
    else:
        say(f" {options.policy}: valid    {policy.title}    policy {policy.sha256}")
        if not policy.rules.region.feasible:
            say(" ! the tilt limits cannot be met together with the others: they would be relaxed at every decision")
    return 0


def show(options: Namespace) -> int:
    """The policy in words, generated from its parameters."""
    policy = opened(options.policy, options)
    if options.json:
        print_json("policy", {"canonical": policy.identity.canonical, "sha256": policy.sha256, "words": list(policy.words)})
        return 0
    say(f" {policy.title} ({policy.name})")
    say(f" SHA-256 {policy.sha256}")
    for sentence in policy.words:
        for line in wrapped(sentence):
            say(f"  {line}")
    return 0


def diff(options: Namespace) -> int:
    """What changed from the first policy to the second, a sentence each."""
    old, new = (opened(name, options) for name in options.policies)
    changes = differences(old.identity.canonical, new.identity.canonical)
    if options.json:
        print_json("policy-diff", {"differences": list(changes), "same": not changes})
        return 0
    for line in changes or ("no parameter differs",):
        for part in wrapped(line):
            say(part)
    return 0


def schema(_: Namespace) -> int:
    """The JSON Schema of policy files."""
    print_plain(policy_schema())
    return 0
