"""The pictures of docs/rebalancing.md, orders.md and shortfall.md: `python -m tests.docs.order_pictures` draws them anew.

The first is drawn from the table of transitions itself; the numbers of the others are worked out by the code they are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from tests.docs.drawing import BOTTOM, HEIGHT, INK, LEFT, RIGHT, STATES, TOP, WIDTH, line, scale
from tests.docs.friction_pictures import keys, label, rule, text
from tests.docs.pages import ROOT
from tests.docs.shapes import head
from trimtab.core.orders import FINAL, TRANSITIONS, WAITING, Status
from trimtab.core.venues import Execution
from trimtab.execution.limit_orders import LimitOrder
from trimtab.execution.schedules import AlmgrenChriss, frontier
from trimtab.execution.shortfall import Shortfall, Traded, shortfall

FOLDER = ROOT / "docs" / "_static" / "orders"

# Where an order stands, and how it gets there.

BOX, TALL = 96.0, 26.0
COLUMNS = (66.0, 192.0, 318.0, 444.0, 570.0, 694.0)
PLACES = {  # column, height of the middle
    Status.HELD: (0, 76.0),
    Status.PLANNED: (0, 176.0),
    Status.DECLINED: (0, 276.0),
    Status.APPROVED: (1, 176.0),
    Status.INTENT: (2, 176.0),
    Status.SENT: (3, 176.0),
    Status.ACKED: (4, 176.0),
    Status.PARTIAL: (5, 176.0),
    Status.UNKNOWN: (3, 276.0),
    Status.NEVER_ARRIVED: (5, 276.0),
    Status.CANCELLED: (1, 76.0),
    Status.REJECTED: (3, 76.0),
    Status.EXPIRED: (4, 76.0),
    Status.FILLED: (5, 76.0),
}
ROOFED = frozenset({Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.FILLED})  # what the venue ends an order with
FROM_VENUE = frozenset({Status.SENT, Status.ACKED, Status.PARTIAL})
BUNDLED = frozenset((at, to) for at in FROM_VENUE for to in ROOFED if to in TRANSITIONS[at])  # one arrow for all of them
SETTLED = frozenset((Status.UNKNOWN, to) for to in TRANSITIONS[Status.UNKNOWN] if to is not Status.NEVER_ARRIVED)
DOUBTED = frozenset((at, Status.UNKNOWN) for at in TRANSITIONS if Status.UNKNOWN in TRANSITIONS[at])


def single() -> list[tuple[Status, Status]]:
    """The steps that have an arrow of their own."""
    every = [(at, to) for at, after in TRANSITIONS.items() for to in sorted(after, key=lambda one: one.value)]
    bundled = BUNDLED | SETTLED | DOUBTED
    return [pair for pair in every if pair not in bundled and pair[0] is not pair[1] and not skips(*pair)]


def skips(at: Status, to: Status) -> bool:
    """Whether the step leaves out a status that stands between: sent to partial, say."""
    return at in FROM_VENUE and to in FROM_VENUE and PLACES[to][0] - PLACES[at][0] > 1


def box(status: Status) -> list[str]:
    """A status: white where it waits for a person, blue at the venue, grey at an end, orange in doubt."""
    x, y = COLUMNS[PLACES[status][0]], PLACES[status][1]
    fill = "#ffffff" if status in WAITING else "#e9e9e9" if status in FINAL else STATES[0]
    fill = STATES[1] if status is Status.UNKNOWN else fill
    shape = f'x="{x - BOX / 2:g}" y="{y - TALL / 2:g}" width="{BOX:g}" height="{TALL:g}" rx="5"'
    return [f'<rect {shape} fill="{fill}" stroke="#555"/>', text(x, y + 4, status.value)]


def arrow(start: tuple[float, float], end: tuple[float, float], *, dashed: bool = False) -> str:
    """A straight line with a head."""
    (a, b), (x, y) = start, end
    size = float(np.hypot(x - a, y - b))
    u, v = (x - a) / size, (y - b) / size
    p, q = x - 7 * u, y - 7 * v
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<path d="M{a:.1f} {b:.1f}L{p:.1f} {q:.1f}" fill="none" stroke="#444"{dash}/>'
        f'<path d="M{p - 4 * v:.1f} {q + 4 * u:.1f}L{x:.1f} {y:.1f}L{p + 4 * v:.1f} {q - 4 * u:.1f}Z" fill="#444"/>'
    )


def between(at: Status, to: Status) -> str:
    """The arrow of one step: along a row from side to side, else from edge to edge."""
    (a, b), (x, y) = ((COLUMNS[PLACES[one][0]], PLACES[one][1]) for one in (at, to))
    if b == y:
        side = BOX / 2 if x > a else -BOX / 2
        return arrow((a + side, b), (x - side, y))
    down = TALL / 2 if y > b else -TALL / 2
    shift = (30.0 if at is Status.PLANNED else 0.0) if a != x else (-14.0 if y < b else 14.0)
    return arrow((a + shift, b + down), (x + shift * (a == x), y - down))


def status_picture() -> str:
    """The table of transitions, drawn."""
    parts = head("What becomes of an order", "drawn from the table in core/orders.py", 322)
    parts += keys(
        [
            ("waits for a person", '#ffffff" stroke="#555'),
            ("the venue may have it", STATES[0]),
            ("nobody knows", STATES[1]),
            ("done with", "#e9e9e9"),
        ]
    )
    left, right = COLUMNS[3] - BOX / 2 - 10, COLUMNS[5] + BOX / 2 + 6
    parts.append(f'<rect x="{left:g}" y="154" width="{right - left:g}" height="44" rx="8" fill="#f4f7fa" stroke="#bbb"/>')
    roof = f'x="{COLUMNS[1] - BOX / 2 - 8:g}" y="54" width="{right - COLUMNS[1] + BOX / 2 + 8:g}" height="44" rx="8"'
    parts.append(f'<rect {roof} fill="none" stroke="#bbb" stroke-dasharray="3 3"/>')
    parts += [between(*pair) for pair in single()]
    middle = (COLUMNS[4] + COLUMNS[5]) / 2
    parts += [arrow((middle, 154), (middle, 98)), text(middle + 8, 130, "the venue ends it", "start")]
    parts += [arrow((COLUMNS[3] + 20, 198), (COLUMNS[3] + 20, 263)), text(COLUMNS[3] + 28, 224, "asked in vain", "start")]
    parts += [
        arrow((COLUMNS[2], 189), (COLUMNS[3] - BOX / 2, 268)),
        text(COLUMNS[2] + 10, 250, "no answer, or the sender died", "end"),
    ]
    parts.append(arrow((COLUMNS[3] + 40, 263), (COLUMNS[4] + 40, 198), dashed=True))
    parts.append(text(COLUMNS[4] + 26, 232, "asked: the venue has it", "start"))
    parts.append(text((COLUMNS[3] + COLUMNS[5]) / 2 + 4, 292, "asked: it will not come"))
    for status in Status:
        parts += box(status)
    return "\n".join([*parts, "</svg>"]) + "\n"


# From the decision to the fills.

STEPS = (  # when, what, the verbs, who, and what the order is then
    ("Friday evening", "decide", "decide", "a timer", Status.PLANNED),
    ("", "look, edit, gather", "orders edit, orders block", "a person", Status.PLANNED),
    ("", "approve", "orders approve", "another person", Status.APPROVED),
    ("", "send", "orders send, orders export", "through the gate", Status.SENT),
    ("Monday evening", "fills and costs", "reconcile", "by asking the venue", Status.FILLED),
)


def month_picture() -> str:
    """A month-end from left to right: who does what, by which command, and what an order is afterwards."""
    parts = head("A month-end: nothing leaves before a person has approved it", "the example of this page", 182)
    parts += keys(
        [("waits for a person", '#ffffff" stroke="#555'), ("the venue may have it", STATES[0]), ("done with", "#e9e9e9")]
    )
    step, wide, low = (WIDTH - 16.0) / len(STEPS), 130.0, 68.0
    for k, (when, what, verbs, who, status) in enumerate(STEPS):
        x = 8.0 + (k + 0.5) * step
        fill = "#e9e9e9" if status in FINAL else "#ffffff" if status in WAITING else STATES[0]
        parts.append(text(x, low - 8, when))
        shape = f'x="{x - wide / 2:g}" y="{low:g}" width="{wide:g}" height="44" rx="5"'
        parts += [f'<rect {shape} fill="{fill}" stroke="#555"/>', text(x, low + 19, what), text(x, low + 34, who)]
        parts += [text(x, low + 61 + 14 * n, verb) for n, verb in enumerate(verbs.split(", "))]
        parts.append(text(x, low + 92, f"then: {status.value}"))
        if k:
            parts.append(arrow((x - step + wide / 2, low + 22), (x - wide / 2, low + 22)))
    return "\n".join([*parts, "</svg>"]) + "\n"


# Implementation shortfall.


def worked() -> Shortfall:
    """1,000 to buy, decided at 40.00, at the market at 40.04, 700 filled at 40.05 for 17, cancelled at 40.08."""
    day = date(2026, 1, 6)
    fill = Execution("1", "o", Decimal(700), Decimal("40.05"), Decimal(17), day, "")
    return shortfall(Traded("o", Decimal(1000), Decimal(40), (fill,), Decimal("40.04"), Decimal("40.08"), day))


def shortfall_picture() -> str:
    """The four parts as steps of a stair, from nothing to the total."""
    found = worked()
    names = ("explicit", "delay", "execution", "opportunity")
    why = ("fees of 17", "700 x 0.04", "700 x 0.01", "300 x 0.08")
    parts = head(
        f"{float(found.total):g} of 40,000: a shortfall of {100 * found.fraction:.2f} %", "the example of this page", HEIGHT
    )
    floor, high, step = HEIGHT - 56.0, 80.0, (WIDTH - LEFT - RIGHT) / 5
    for tick in (0, 20, 40, 60, 80):
        y = floor - tick / high * (floor - TOP)
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if tick == 0 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{tick}")]
    below = 0.0
    for k, (name, amount) in enumerate(zip((*names, "together"), (*found.parts, found.total), strict=True)):
        start = 0.0 if name == "together" else below
        low, top = (floor - value / high * (floor - TOP) for value in (start, start + float(amount)))
        x, fill = LEFT + k * step + 26, INK[0] if name == "together" else STATES[k]
        parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{step - 52:.1f}" height="{low - top:.1f}" fill="{fill}"/>')
        parts.append(text(x + step / 2 - 26, top - 5, f"{float(amount):g}  =  {100 * float(amount) / 40_000:.4g} %"))
        parts.append(text(x + step / 2 - 26, floor + 16, name))
        parts.append(text(x + step / 2 - 26, floor + 31, (*why, "of 40,000 on paper")[k]))
        below += float(amount)
    return "\n".join([*parts, "</svg>"]) + "\n"


# Almgren and Chriss.

MARKET = AlmgrenChriss(1e-6, volatility=0.95, temporary=2.5e-6, permanent=2.5e-7, spread=0.0625, days=5.0, intervals=5)
UNITS = 1e6
AVERSIONS = (0.0, 1e-7, 1e-6, 2e-6)


def frontier_picture() -> str:
    """The frontier on the left, what is left of the order day by day on the right."""
    parts = head("Selling a million in five days: less risk costs more", "Almgren and Chriss (2000), their example", HEIGHT)
    curve = frontier(MARKET, UNITS, [0.0, *np.geomspace(1e-9, 2e-5, 90).tolist()])
    points = frontier(MARKET, UNITS, AVERSIONS)
    start, end, floor = LEFT + 6.0, 380.0, HEIGHT - BOTTOM + 6.0
    x, y = _axis((0.0, 1.1), (start, end)), _axis((0.3, 2.6), (floor, float(TOP) + 6))
    for tick in (0.5, 1.0, 1.5, 2.0, 2.5):
        parts += [rule(start, end, y(tick), "#e3e3e3"), label(start - 6, y(tick) + 4, f"{tick:g} m")]
    parts += [text(x(tick), floor + 16, f"{tick:g} m") for tick in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts.append(text((start + end) / 2, floor + 32, "standard deviation of the cost"))
    parts.append(text(start, TOP - 2, "expected cost", "start"))
    parts.append(_path([x(one / 1e6) for one in curve.deviation], [y(one / 1e6) for one in curve.cost], INK[0]))
    names = ("even slices", "1e-7", "1e-6", "2e-6")
    for k, name in enumerate(names):
        a, b = x(points.deviation[k] / 1e6), y(points.cost[k] / 1e6)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{INK[k]}"/>')
        said, place = (name, (a, b + 17)) if k == 0 else (f"aversion {name}", (a + 6 - 18 * (k == 1), b - 9 - 3 * (k == 1)))
        parts.append(text(*place, said, "middle" if k < 2 else "start"))
    return "\n".join([*parts, *_left_over(names), "</svg>"]) + "\n"


def _left_over(names: Sequence[str]) -> list[str]:
    start, end, floor = 450.0, WIDTH - RIGHT - 6.0, HEIGHT - BOTTOM + 6.0
    x, y = _axis((0.0, 5.0), (start, end)), _axis((0.0, 1.0), (floor, float(TOP) + 6))
    parts = [text(start, TOP - 2, "left to sell", "start")]
    for tick in (0.0, 0.5, 1.0):
        parts += [rule(start, end, y(tick), "#e3e3e3"), label(start - 6, y(tick) + 4, f"{100 * tick:g} %")]
    parts += [text(x(day), floor + 16, f"{day}") for day in range(6)]
    parts.append(text((start + end) / 2, floor + 32, "days"))
    for k, aversion in enumerate(AVERSIONS):
        left = AlmgrenChriss(aversion, 0.95, 2.5e-6, 2.5e-7, 0.0625, 5.0, 5).remaining
        parts.append(_path([x(day) for day in range(6)], [y(one) for one in left], INK[k]))
    return parts


def _axis(values: tuple[float, float], places: tuple[float, float]):  # type: ignore[no-untyped-def]
    (low, high), (start, end) = values, places
    return lambda value: start + (float(value) - low) / (high - low) * (end - start)


def _path(x: Sequence[float], y: Sequence[float], ink: str) -> str:
    points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return f'<path d="M{points}" fill="none" stroke="{ink}" stroke-width="1.6"/>'


# Limit orders.

DISTANCES = np.linspace(1e-6, 0.02, 121)
PATIENT = {"all is traded in the end": 1.0, "half of it may be missed": 0.5, "nothing depends on it": 0.0}


def limit(chase: float) -> LimitOrder:
    """A day's wait in a market that moves 1 % a day, costs 10 bps to cross, and loses 3 bps to those who know more."""
    return LimitOrder(volatility=0.01, horizon=1.0, market=0.0010, adverse=0.0003, chase=chase)


def limit_picture() -> str:
    """Expected cost by distance, for three views of what is missed."""
    curves = [(name, 1e4 * np.asarray(limit(chase).cost(DISTANCES))) for name, chase in PATIENT.items()]
    low, high, ticks = scale([values for _, values in curves])
    best = limit(1.0).best()
    title = f"A limit saves the crossing ({1e4 * best.cost:.0f} bps at the market itself, not 10), and no distance adds to it"
    parts = head(title, "1 % a day, a day's wait, 10 bps to cross, 3 bps adverse selection", HEIGHT)
    x = LEFT + DISTANCES / 0.02 * (WIDTH - LEFT - RIGHT)
    for tick in ticks.tolist():
        y = HEIGHT - BOTTOM - (tick - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if tick == 0.0 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{tick:g}")]
    for tick in (0.0, 0.005, 0.010, 0.015, 0.020):
        place = LEFT + tick / 0.02 * (WIDTH - LEFT - RIGHT)
        parts.append(text(place, HEIGHT - BOTTOM + 16, f"{1e4 * tick:g}", "end" if tick == 0.02 else "middle"))
    parts.append(text((LEFT + WIDTH) / 2.0, HEIGHT - BOTTOM + 32, "distance of the limit from the price, bps"))
    parts += [line(x, values, (low, high), INK[k]) for k, (_, values) in enumerate(curves)]
    named = [(name, INK[k]) for k, (name, _) in enumerate(curves)]
    return "\n".join([*parts, *keys(named, "expected cost in bps, where"), "</svg>"]) + "\n"


PICTURES = {
    "month": month_picture,
    "statuses": status_picture,
    "shortfall": shortfall_picture,
    "frontier": frontier_picture,
    "limit-orders": limit_picture,
}


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return [folder / f"{name}.svg" for name in PICTURES]


if __name__ == "__main__":
    draw()
