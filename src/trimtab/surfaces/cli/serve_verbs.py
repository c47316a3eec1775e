"""The verb of the server: `serve`."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, reading_book


def add_serve(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add it."""
    words = ("the desk in a browser, and behind an API", "trimtab serve --workspace desk")
    made = adding.verb(verbs, reading_book(common), "serve", "serve:serve", words)
    made.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    made.add_argument("--port", metavar="N", type=int, default=8765, help="at which port (default: 8765; 0: any that is free)")
    made.add_argument("--origin", metavar="URL", default="", help="as browsers see it: https://desk.firm.example")
    made.add_argument("--proxy", metavar="ADDRESS", default="", help="of the proxy in front that has TLS; only it is believed")
    allowed = "whose pages may read tables with a token: https://pro.openbb.co (may be repeated)"
    made.add_argument("--allow-origin", metavar="URL", action="append", default=[], help=allowed)
    made.add_argument("--tls-certificate", metavar="FILE", default="", help="serve TLS by itself")
    made.add_argument("--tls-key", metavar="FILE", default="", help="the key of the certificate")
    made.add_argument("--oidc-issuer", metavar="URL", default="", help="single sign-on: https://login.firm.example")
    made.add_argument("--oidc-client", metavar="NAME", default="", help="this desk there; its secret: TRIMTAB_OIDC_SECRET")
    made.add_argument("--workers", metavar="N", type=int, default=2, help="processes that answer (default: 2)")
    made.add_argument(
        "--demo", action="store_true", help="a desk with a year of decisions, made in the workspace if it is empty"
    )
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data")
    made.add_argument("--store", metavar="DIR", default="market", help="folder of the market store (default: market)")
    made.add_argument("--log", metavar="FILE", default="", help="where the log goes (default: only trouble, to the terminal)")
