"""Trimtab: dynamic asset allocation from signal to signed-off trade, on one code path from research to production."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = [
    "Attributed",
    "Backtest",
    "Book",
    "Capacity",
    "Expectation",
    "Explained",
    "FlowReturns",
    "Futures",
    "Orders",
    "Readings",
    "Store",
    "Sweep",
    "TearSheet",
    "Validated",
    "Workspace",
    "__version__",
    "backtest",
    "capacity",
    "check_signal",
    "expect",
    "factor_attribution",
    "gallery",
    "load_policy",
    "metrics",
    "read_signals",
    "report",
    "returns_with_flows",
]


def __getattr__(name: str) -> Any:
    """The Python interface, imported when first used: `import trimtab` alone costs nothing."""
    if name in __all__:
        from trimtab.surfaces import python

        return getattr(python, name)
    raise AttributeError(f"module 'trimtab' has no attribute {name!r}")
