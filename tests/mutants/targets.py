"""What must be tested so well that hardly a slip lives: four parts of the program, and the tests that answer for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Modules, and the test files that answer for them, the quick ones first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Parts of one name; `least` is the share of mutants that must die."""

    name: str
    parts: tuple[Part, ...]
    least: float = 0.90

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(module for part in self.parts for module in part.modules)

    @property
    def tests(self) -> dict[str, tuple[str, ...]]:
        return {module: part.tests for part in self.parts for module in part.modules}


_OF_GATE = ("gate_edges", "judgement", "gate", "gate_tickets", "gate_boundaries")


def part(modules: Sequence[str], folder: str, tests: Sequence[str]) -> Part:
    """Modules, and test files by their bare names, of a folder or of one above it."""
    rooms = [folder.removesuffix("/controls") if name in _OF_GATE else folder for name in tests]
    files = tuple(f"tests/{room}/test_{name}.py" for room, name in zip(rooms, tests, strict=True))
    return Part(tuple(f"trimtab.{name}" for name in modules), files)


_BOOK = ("ledger", "lots", "matching", "futures", "gross", "postings", "history", "result", "conservation_machine")
LEDGER = Target(
    "ledger",
    (
        part(["accounting.moves"], "accounting", ["moves", "ledger"]),
        part(["accounting.ledger"], "accounting", ["ledger_edges", *_BOOK]),
        part(["accounting.lots"], "accounting", ["lots_edges", *_BOOK]),
    ),
)
READER = Target(
    "as-of reader",
    (
        part(["data.store.observations"], "data/store", ["observations_edges", "observations", "store"]),
        part(
            ["data.store.snapshot", "data.store.store"], "data/store", ["snapshot", "store_edges", "store", "facts", "chains"]
        ),
        part(["data.windows", "data.view"], "data", ["windows", "view_edges", "view", "truncation"]),
    ),
)
_ASKED = ("memory_orders_edges", "outbox", "memory_orders", "order_machine", "fill_streams")
ORDERS = Target(
    "order machine",
    (
        part(["core.orders", "core.settling"], "core", ["orders_edges", "orders", "settling_edges", "settling"]),
        part(["execution.outbox", "execution.memory_orders", "execution.asking"], "execution", _ASKED),
    ),
)
_CONTROLS = (
    "day_count", "day_notional", "day_turnover", "duplicates", "minute_count", "order_notional", "order_units", "price_collar",
    "quote_age", "restricted", "trading_window", "volume_share", "measures",
)  # fmt: skip
_OF_CONTROLS = ("control_edges", "counts", "defaults", "price_collar", "quote_age", "restricted", "sizes", "trading_window")
GATE = Target(
    "gate",
    (
        part([f"execution.{name}" for name in ("gate", "checks", "judgement", "batch")], "execution", _OF_GATE),
        part([f"execution.controls.{name}" for name in _CONTROLS], "execution/controls", (*_OF_CONTROLS, *_OF_GATE[-2:])),
    ),
    least=0.95,
)

TARGETS = (LEDGER, ORDERS, READER, GATE)
