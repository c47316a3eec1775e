"""`policy pack` and `policy verify`: give a policy away as one file, and run what somebody gave away."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.bundle_file import MANIFEST, read_bundle
from trimtab.desk.bundles import Bundle, Verified, open_bundle, ready_to_pack
from trimtab.desk.bundles import pack as pack_bundle
from trimtab.desk.bundles import verify as verify_bundle
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import source_in
from trimtab.desk.workspace import Workspace
from trimtab.desk.writing import write_bytes
from trimtab.surfaces.bundles import require_bundle_place, said_of, unpack
from trimtab.surfaces.cli.markets import market_of, say_whole
from trimtab.surfaces.cli.options import answer, counted, ended, hint, on_data, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.wrapping import wrapped


def pack(options: Namespace) -> int:
    """Run the policy as it leaves, and write it with what came out and what was said of it."""
    folder = workspace(options)
    policy = _policy(folder, options)
    made, here = ready_to_pack(policy)
    if options.out:
        require_bundle_place(Path(options.out))
    result = folder.trial(backtest(here, market_of(here, options), progress=progress(options, policy.name)), once=True)
    bundle = pack_bundle(made, result, said_of(folder, policy, trials=result.trials.distinct))
    place = require_bundle_place(Path(options.out or bundle.file_name))
    write_bytes(place, bundle.data)
    if options.json:
        print_json("policy-pack", {"file": str(place), "sha256": bundle.sha256, "manifest": bundle.manifest})
        return 0
    for line in _packed(bundle, place):
        say(line)
    hint(f" next: trimtab policy verify {place}", options)
    return 0


def _policy(folder: Workspace, options: Namespace) -> Policy:
    """A policy by file or name, or that of a run."""
    target = options.target
    if Path(target).is_file() or target in gallery.names() or Path(target).suffix:
        return opened(target, options)
    return ended(on_data(folder.policy(target), options), options)


def _packed(bundle: Bundle, place: Path) -> Iterator[str]:
    about, series = bundle.manifest["policy"], bundle.manifest["data"]["series"]
    end = bundle.manifest["dates"]["end"]
    yield f" {place}    {len(bundle.data):,} bytes    SHA-256 {bundle.sha256[:12]}"
    yield from wrapped(f"policy {about['name']} {about['sha256'][:12]}, {', '.join(sorted(bundle.manifest['files']))}")
    yield from wrapped(f"data: {len(series)} series up to {end}, by their hashes; they are not in it")
    for words in about["left_out"]:
        yield from wrapped(f"left out: {words}")
    if about["left_out"]:
        yield from wrapped(f"so its hash is not the one committed to, {about['committed'][:12]}, which is kept beside it")
    for words in bundle.manifest["notes"]:
        yield from wrapped(f"! {words}")
    yield from wrapped(f"{counted(bundle.manifest['trials'], 'different trial')} in this workspace")
    yield from wrapped("No account, no amount of yours and no path of this machine is in it.")


def verify(options: Namespace) -> int:
    """Open a bundle, check every hash, run it on the data here, and say what is the same. Exit 4 data, 3 results, 2 damaged."""
    found = open_bundle(read_bundle(Path(options.file)), options.file)
    if options.as_of:
        raise UsageError("--as-of does not go with a bundle", remedy="It is run up to the date that it was packed for.")
    if options.out:
        unpack(found, Path(options.out))
    say_whole(options)
    source = source_in(options.data) if options.data else None
    done = verify_bundle(found, source, progress=progress(options, found.policy.name))
    if options.json:
        return answer("policy-verify", document(done), done.exit_code)
    for line in lines(done):
        say(line)
    if done.data:
        hint(f" next: trimtab policy verify {options.file} --data DIR, with your own prices of the same series", options)
    return done.exit_code


def lines(done: Verified) -> Iterator[str]:
    """The outcome first, then what was looked at."""
    found = done.opened
    about = found.manifest["policy"]
    yield f" {done.words}"
    yield f" bundle SHA-256 {found.sha256}"
    yield from wrapped(f"policy {found.policy.name} {found.policy.sha256[:12]}, up to {found.manifest['dates']['end']}")
    yield from wrapped(f"files: {len(found.files) - 1}, each with the hash of the manifest ({MANIFEST})")
    yield from wrapped(f"components: {', '.join(found.components)}; all registered here, none loaded from the bundle")
    for words in about["left_out"]:
        yield from wrapped(f"left out by whoever packed it: {words}")
    yield from wrapped(f"data: {done.series} series" + ("" if done.data else ", each with the same hash here"))
    for words in done.data:
        yield from wrapped(f"x {words}")
    for words in done.results:
        yield from wrapped(f"x {words}")
    for words in done.remarks:
        yield from wrapped(f"! {words}")
    told = "; ".join(f"{name} ({words})" for name, words in done.told.items())
    yield from wrapped(f"taken as told, not verified: {told}")


def document(done: Verified) -> dict[str, Any]:
    """All of it as plain values."""
    found = done.opened
    return {
        "policy": found.policy.name,
        "policy_sha256": found.policy.sha256,
        "committed": found.manifest["policy"].get("committed"),
        "bundle_sha256": found.sha256,
        "components": list(found.components),
        "files": sorted(found.files),
        "series": done.series,
        "data_differences": list(done.data),
        "result_differences": list(done.results),
        "remarks": list(done.remarks),
        "told": done.told,
        "verified": not done.exit_code,
    }
