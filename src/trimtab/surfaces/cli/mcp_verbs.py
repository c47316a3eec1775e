"""The verb of the tools for assistants: `mcp`."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, reading_book


def add_mcp(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add it."""
    words = ("the desk as tools of an assistant (MCP), over standard input and output", "trimtab mcp --workspace desk")
    made = adding.verb(verbs, reading_book(common), "mcp", "mcp:serve_tools", words)
    text = "one tool more, which leaves a proposal for a person (default: tools only look)"
    made.add_argument("--propose", action="store_true", help=text)
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data")
    made.add_argument("--store", metavar="DIR", default="market", help="folder of the market store (default: market)")
