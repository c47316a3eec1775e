"""The verb `expect` and its options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding
from trimtab.surfaces.cli.seeds import seed

MODELS = ("bootstrap", "normal", "student")
PATHS, YEARS, SEED = 1000, 10, 1


def add_expect(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add it."""
    words = ("what to expect of a policy, and where a live record lies in it", "trimtab expect trend-overlay --paths 200")
    made = adding.verb(verbs, common, "expect", "expect:expect", words)
    made.add_argument("target", metavar="POLICY|RUN", help="a policy file, one of the gallery by name, or the hash of a run")
    made.add_argument("--paths", metavar="N", type=int, default=PATHS, help=f"histories to draw (default: {PATHS:,})")
    made.add_argument("--years", metavar="H", type=int, default=YEARS, help=f"years of each (default: {YEARS})")
    made.add_argument("--seed", metavar="S", type=seed, default=SEED, help=f"the same seed, the same numbers (default: {SEED})")
    text = "of the bootstrap: mean length of a block in rows; 1: independent rows (default: Politis-White)"
    made.add_argument("--block", metavar="ROWS", type=float, default=None, help=text)
    text = "blocks of the history itself, or a distribution with its mean and covariance (default: bootstrap)"
    made.add_argument("--model", choices=MODELS, default=MODELS[0], help=text)
    made.add_argument("--save", action="store_true", help="write it down in the workspace, once, before launch")
    made.add_argument(
        "--live", metavar="FILE", default="", help="returns or prices since launch: where do they lie in what was saved?"
    )
    text = "of --live: the benchmark's (default: the column `benchmark` of FILE beside its column `portfolio`)"
    made.add_argument("--benchmark", metavar="FILE", default="", help=text)
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--prices", action="store_true", help="of --live: the numbers are prices (default: as their size says)")
    kind.add_argument("--returns", action="store_true", help="of --live: the numbers are returns")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
