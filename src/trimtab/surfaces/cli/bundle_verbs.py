"""The verbs `policy pack` and `policy verify`, and their options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding


def add_bundles(inner: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them."""
    words = ("a policy to give away: policy, results and hashes in one file", "trimtab policy pack static-60-40")
    pack = adding.verb(inner, common, "pack", "bundles:pack", words)
    text = "a policy file, one of the gallery by name, or the hash of a run"
    pack.add_argument("target", metavar="POLICY|RUN", help=text)
    pack.add_argument("--out", metavar="FILE", default="", help="the file (default: the policy's name with .trimtab)")
    pack.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
    words = ("run what somebody gave away, and say whether the same comes out", "trimtab policy verify static-60-40.trimtab")
    verify = adding.verb(inner, common, "verify", "bundles:verify", words)
    verify.add_argument("file", metavar="FILE", help="a bundle")
    verify.add_argument("--data", metavar="DIR", help="your folder of the same prices (default: where the policy says)")
    verify.add_argument("--out", metavar="DIR", default="", help="write its files into this empty folder")
