"""Bundles for the tests: one of a policy, and one that somebody changed and put the hashes right in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from trimtab.desk.backtest import backtest
from trimtab.desk.bundle_file import packed, unpacked
from trimtab.desk.bundles import Bundle, Said, pack, ready_to_pack
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market

NOTHING = Said()


def bundle_of(policy: Policy, said: Said = NOTHING) -> Bundle:
    made, here = ready_to_pack(policy)
    return pack(made, backtest(here, load_market(here)), said)


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None], name: str = "manifest.json") -> bytes:
    """The bundle with a file changed, and its hash put right in the manifest: a lie that is well made."""
    files = unpacked(data)
    plain = json.loads(files[name])
    change(plain)
    files[name] = json.dumps(plain, indent=1).encode()
    if name != "manifest.json":
        manifest = json.loads(files["manifest.json"])
        manifest["files"][name] = hashlib.sha256(files[name]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    return packed(files)
