"""The pictures of docs/review.md: `python -m tests.docs.review_pictures` draws them anew.

The scores are worked out from a journal that is written for them, month by month, with what went wrong in it; the calendar is
the one that the system keeps of that account.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from tests.desk.adhered_worlds import BEGUN, Desk, at, desk, later, session
from tests.docs.drawing import INK, RIGHT, WIDTH
from tests.docs.friction_pictures import text
from tests.docs.pages import ROOT
from tests.docs.shapes import FILLS, Bar, bars, head
from tests.promoted import put_at
from trimtab.desk.review_calendar import DueReview, reviews_due
from trimtab.desk.review_periods import SETTLED, Kind
from trimtab.governance.adherence import Adherence, Duty
from trimtab.governance.promotion import Stage
from trimtab.governance.review_plan import ReviewPlan

FOLDER = ROOT / "docs" / "_static" / "review"
ENDS = (
    *("2001-01-31", "2001-02-28", "2001-03-30", "2001-04-30", "2001-05-31", "2001-06-29"),
    *("2001-07-31", "2001-08-31", "2001-09-28", "2001-10-31", "2001-11-30", "2001-12-31"),
)
LATE, DECLINED, BY_HAND = date(2001, 5, 31), date(2001, 6, 29), date(2001, 8, 31)
DUE = ReviewPlan().due(BEGUN, date(2002, 1, 10))
MISSED = DUE[1]
NOW = at(date(2002, 3, 1))
SHORT = ("decisions", "trades", "limits", "overrides", "reviews", "lost")
SCORE_TITLE = "A late decision and a declined order cost {0:.1f} points, a trade by hand and a missed review {1:.1f}"
CALENDAR_TITLE = "Twelve reviews look at the process before one opens the parameters"


def _year(made: Desk) -> None:
    """Twelve months: in May nobody looked in time, in June an order was declined, in September somebody bought by hand."""
    held = sorted(set(DUE) - {MISSED})
    for when in map(date.fromisoformat, ENDS):
        while later(held[0], 7) < when:
            made.review(held[0], later(held.pop(0), 7))
        if when == LATE:
            made.look(when, made=at(session(when, 2)))
        elif when == DECLINED:
            sold, bought = made.decide(when)
            made.orders.decline(bought.id, "stocks are dear")
            made.send([sold], session(when))
            made.fill(sold, session(when))
        else:
            made.month(when)
        if when == BY_HAND:
            one = made.by_hand(session(when, 3), "C", 5)
            made.send([one], session(when, 3))
            made.fill(one, session(when, 3))
    for due in held:
        made.review(due, later(due, 7))


@cache
def scores() -> tuple[Adherence, ...]:
    """Of the four quarters, as their reviews look at them."""
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)) as made:
        _year(made)
        ends = [due - SETTLED for due in DUE]
        begins = (BEGUN, *(later(end, 1) for end in ends))
        return tuple(made.kept(first, last, NOW) for first, last in zip(begins, ends, strict=False))


def score_picture() -> str:
    """A bar a quarter: the points of each duty, and what was lost."""
    found = scores()
    lost = [100.0 - float(one.score) for one in found]
    rows = []
    for due, one in zip(DUE, found, strict=True):
        points = [float(one.earned(duty)) / 100.0 for duty in Duty]
        rows.append(Bar(f"review of {due.isoformat()}", [*points, 1.0 - sum(points)], f"score {float(one.score):.1f}"))
    source = "an invented account; points of 100 by duty, as trimtab review --quarter has them"
    return bars(SCORE_TITLE.format(lost[1], lost[2]), source, SHORT, rows)


@dataclass(frozen=True)
class Row:
    """A line of the calendar: what it is called, and the days on it."""

    name: str
    days: tuple[date, ...]
    fill: str


@cache
def entries() -> tuple[DueReview, ...]:
    """The calendar of the account a month after its policy went on paper, with an override and a request to change it."""
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)) as made:
        put_at(made.book, made.policy, Stage.PAPER, at=at(BEGUN))
        body = {"id": "O-1", "begins": "2001-02-01", "ends": "2001-05-01", "shifts": {}, "holds": ["A"], "why": "strike"}
        made.note("override", body, at(date(2001, 2, 1)))
        asked = {"id": "C-1", "old": made.policy.sha256, "new": "0" * 64, "cause": "data error", "why": "a split"}
        made.note("change.requested", asked, at(date(2001, 2, 5)), "", "ben")
        return reviews_due(made.book, "P1", date(2001, 2, 9))


def rows() -> tuple[Row, ...]:
    """The calendar up to the full-cycle review; reviews of the process repeat, as the plan says."""
    of = {one.kind: one.on for one in entries()}
    quarters = ReviewPlan().due(BEGUN, of[Kind.CYCLE])
    return (
        Row("review of the process", quarters, FILLS[0]),
        Row("request to change cools off", (of[Kind.CHANGE],), FILLS[3]),
        Row("override ends", (of[Kind.OVERRIDE],), FILLS[1]),
        Row("six months on paper are over", (of[Kind.WATCH],), FILLS[4]),
        Row("full-cycle review: parameters open", (of[Kind.CYCLE],), FILLS[2]),
    )


def calendar_picture() -> str:
    """A line a kind, a mark a day; days that come once are written beside theirs."""
    found, left = rows(), 216.0
    first, last = BEGUN.toordinal(), found[-1].days[0].toordinal()
    high = 52.0 + 30.0 * len(found) + 34.0
    parts = head(CALENDAR_TITLE, "the calendar of an invented account, as trimtab review --calendar has it", high)

    def x(day: date) -> float:
        return left + (day.toordinal() - first) / (last - first) * (WIDTH - left - RIGHT - 84.0)

    for k, row in enumerate(found):
        y = 52.0 + 30.0 * k
        parts.append(f'<line x1="{left}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e3e3e3"/>')
        parts.append(text(left - 10.0, y + 4.0, row.name, "end"))
        shape = 'r="6" stroke="#555" stroke-width="0.7"'
        parts += [f'<circle cx="{x(day):.1f}" cy="{y}" {shape} fill="{row.fill}"/>' for day in row.days]
        if len(row.days) == 1:
            parts.append(text(x(row.days[0]) + 11.0, y + 4.0, row.days[0].isoformat(), "start"))
    floor = 52.0 + 30.0 * len(found)
    for year in range(BEGUN.year, found[-1].days[0].year + 1):
        day = max(date(year, 1, 1), BEGUN)
        parts.append(
            f'<line x1="{x(day):.1f}" x2="{x(day):.1f}" y1="38" y2="{floor - 12}" stroke="{INK[0]}" stroke-width="0.4"/>'
        )
        parts.append(text(x(day), floor + 4.0, str(year)))
    return "\n".join([*parts, "</svg>"]) + "\n"


PICTURES = {"score": score_picture, "calendar": calendar_picture}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
