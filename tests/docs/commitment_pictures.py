"""The pictures of docs/commitment.md: `python -m tests.docs.commitment_pictures` draws them anew.

What each stage asks for is what the rules say where nothing is there; the spans of a change are those of the rules.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.docs.drawing import INK, LEFT, RIGHT, STATES, WIDTH, width
from tests.docs.friction_pictures import text
from tests.docs.order_pictures import arrow
from tests.docs.pages import ROOT
from tests.docs.shapes import head
from trimtab.desk.change_requests import SHADOW, STANDS
from trimtab.governance.changes import Cause, Change, Circumstances, Terms, obstacles
from trimtab.governance.promotion import Evidence, Stage, missing
from trimtab.governance.review_plan import months_after

FOLDER = ROOT / "docs" / "_static" / "commitment"
DAY = date(2026, 1, 15)

# The stages.

BOX, TALL, Y = 130.0, 44.0, 82.0
LEAVES = {
    Stage.DRAFT: "nothing leaves",
    Stage.CANDIDATE: "nothing leaves",
    Stage.PAPER: "to a paper broker",
    Stage.LIVE: "files, real money",
}


def asked(stage: Stage) -> tuple[str, ...]:
    """What a stage asks for and is not there yet, where all before it is done."""
    if stage is Stage.CANDIDATE:
        return missing(stage, Evidence(), DAY)
    done = Evidence(committed_by="anna", hypothesis="trends persist for months", paper_since=DAY)
    return missing(stage, done, DAY)


def wrapped(words: str, least: int = 26) -> list[str]:
    """A sentence in lines of about so many letters."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > least:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def stage_picture() -> str:
    """Four boxes, what is missing on the way to each, and what may leave from it."""
    title = "Orders leave on paper after a validation, and with real money after six months of it"
    parts = head(title, "governance/promotion.py, for a policy that is on paper since 2026-01-15", 190)
    step = (WIDTH - 2 * 84.0) / 3
    fills = ("#ffffff", "#f4f7fa", STATES[0], STATES[2])
    for k, stage in enumerate(Stage):
        x = 84.0 + k * step
        shape = f'x="{x - BOX / 2:g}" y="{Y - TALL / 2:g}" width="{BOX:g}" height="{TALL:g}" rx="6"'
        parts.append(f'<rect {shape} fill="{fills[k]}" stroke="#555"/>')
        parts += [text(x, Y - 2, stage.value), text(x, Y + 14, LEAVES[stage])]
        if k:
            parts.append(arrow((x - step + BOX / 2, Y), (x - BOX / 2, Y)))
            lines = ["missing at first:", *(line for words in asked(stage) for line in wrapped(words))]
            parts += [text(x, Y + TALL / 2 + 20 + 14 * n, line) for n, line in enumerate(lines)]
    low, last = Y - TALL / 2 - 16, 84.0 + 3 * step
    parts.append(f'<path d="M{last:g} {Y - TALL / 2:g}V{low:g}H84" fill="none" stroke="#444" stroke-dasharray="4 3"/>')
    parts.append(arrow((84.0, low), (84.0, Y - TALL / 2), dashed=True))
    parts.append(text(WIDTH / 2, low - 5, "back at any time, with a reason: from then on nothing leaves"))
    return "\n".join([*parts, "</svg>"]) + "\n"


# A change.

TAKEN = 12  # the day on which the account takes it up, in the picture


def first_day() -> int:
    """The first day after the request on which nothing stands in the way, with one signature in an ordinary year."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    change = Change("a" * 64, "b" * 64, Cause.FLAW, "dividends were counted twice", "anna", at)
    for day in range(400):
        now = Circumstances(at + timedelta(days=day), ("ben",), 0.01, validated=True)
        if not obstacles(change, Terms(), now):
            return day
    raise AssertionError


def shadow_days() -> int:
    """How long the old model runs on in shadow, in days."""
    begun = date(2026, 3, 2) + timedelta(days=TAKEN)
    return (months_after(begun, SHADOW) - begun).days


def change_picture() -> str:
    """Three spans over the days after a request."""
    spans = (
        ("cooling-off: nobody changes anything", 0, first_day(), STATES[1]),
        ("may be taken up, once others have signed", first_day(), first_day() + STANDS, STATES[2]),
        ("the old model runs on in shadow", TAKEN, TAKEN + shadow_days(), STATES[0]),
    )
    most = TAKEN + shadow_days() + 8
    parts = head("A change takes effect after ten days of cooling-off, and the old model runs on for six months",
                 "days after the request; taken up on day 12 here", 204)  # fmt: skip

    def place(day: float) -> float:
        return LEFT + day / most * (WIDTH - LEFT - RIGHT)

    for k, (name, begins, ends, fill) in enumerate(spans):
        y = 40.0 + 38 * k
        shape = f'x="{place(begins):.1f}" y="{y:g}" width="{place(ends) - place(begins):.1f}" height="20"'
        parts.append(f'<rect {shape} fill="{fill}" stroke="#777"/>')
        said = f"{name}, day {begins} to {ends}"
        inside = width(said) < place(ends) - place(max(begins, TAKEN)) - 16
        parts.append(text(place(max(begins if inside else ends, TAKEN)) + 8, y + 14, said, "start"))
    floor = 160.0
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor:g}" y2="{floor:g}" stroke="#999"/>')
    for day in range(0, most, 30):
        parts += [f'<line x1="{place(day):.1f}" x2="{place(day):.1f}" y1="{floor:g}" y2="{floor + 4:g}" stroke="#999"/>']
        parts.append(text(place(day), floor + 16, str(day)))
    x = place(TAKEN)
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="30" y2="{floor:g}" stroke="{INK[1]}" stroke-dasharray="3 3"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


PICTURES = {"stages": stage_picture, "change": change_picture}


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return [folder / f"{name}.svg" for name in PICTURES]


if __name__ == "__main__":
    draw()
