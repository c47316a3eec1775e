"""The hand-made samples, and short forms of what they give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from trimtab.accounting.imports import formats
from trimtab.accounting.imports.preview import Preview, preview
from trimtab.accounting.imports.reading import NO_HINTS, Hints

SAMPLES = Path(__file__).parent / "samples"
FORMATS = {
    "generic.csv": "csv",
    "holdings.csv": "csv",
    "ghostfolio.csv": "ghostfolio",
    "ghostfolio.json": "ghostfolio",
    "ibkr_flex.csv": "ibkr-flex",
    "ibkr_flex.xml": "ibkr-flex",
    "ofx1.qfx": "ofx",
    "ofx2.ofx": "ofx",
    "portfolio_performance_account_de.csv": "portfolio-performance",
    "portfolio_performance_portfolio_en.csv": "portfolio-performance",
    "pyfolio.csv": "pyfolio",
    "schwab.csv": "schwab",
}
D = Decimal


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def previewed(source: bytes | str, hints: Hints = NO_HINTS) -> Preview:
    """What importing a file into an empty book would do; what names no account goes to A."""
    return preview(formats.read(source, hints), (), {}, accounts={"": "A"})


def day(text: str) -> date:
    return date.fromisoformat(text)
