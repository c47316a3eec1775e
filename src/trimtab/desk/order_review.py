"""What became of the orders of a backtest, and which checks they passed: the same gate and machine as live orders."""

from __future__ import annotations

from trimtab.core.orders import Status
from trimtab.desk.gates import gate_of
from trimtab.desk.result import Result
from trimtab.execution.checks import ALWAYS


def order_words(result: Result) -> tuple[str, ...]:
    """Sentences: how many orders there were and how they ended, and what they were held to."""
    counts = result.orders
    total = sum(counts.values())
    ends = ", ".join(f"{counts[status]:,} {_end(status)}" for status in Status if counts.get(status))
    gate = gate_of(result.policy)
    checks = f"{len(ALWAYS)} checks that no policy can switch off, {_counted(len(result.policy.rules.rules), 'rule')}"
    words = [f"{total:,} orders passed the gate: {ends}." if total else "No order passed the gate."]
    words.append(f"Each was held to {checks} and {_counted(len(gate.controls), 'control')}.")
    words += [f"{ruled.control.words.rstrip('.')}." for ruled in gate.controls]
    return tuple(words)


def _end(status: Status) -> str:
    """What the rest of an order that expired came to is not counted: some of it is filled, mostly."""
    return "in part or not at all" if status is Status.EXPIRED else status.value.replace("_", " ")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
