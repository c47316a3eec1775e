"""Trimtab: dynamic asset allocation from signal to signed-off trade, on one code path from research to production."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = [
    "Advised",
    "Attributed",
    "Backtest",
    "Book",
    "BundleCheck",
    "Capacity",
    "Commitments",
    "Committee",
    "Desk",
    "Economics",
    "Expectation",
    "Explained",
    "FlowReturns",
    "Futures",
    "Mandate",
    "Orders",
    "Overrides",
    "Readings",
    "Reviews",
    "Store",
    "Sweep",
    "TearSheet",
    "Validated",
    "Workspace",
    "__version__",
    "advise",
    "backtest",
    "capacity",
    "check_signal",
    "economics",
    "expect",
    "factor_attribution",
    "gallery",
    "load_policy",
    "metrics",
    "pack",
    "read_signals",
    "report",
    "returns_with_flows",
    "verify_bundle",
]


def __getattr__(name: str) -> Any:
    """The Python interface, imported when first used: `import trimtab` alone costs nothing."""
    if name in __all__:
        from trimtab.surfaces import python

        return getattr(python, name)
    raise AttributeError(f"module 'trimtab' has no attribute {name!r}")
