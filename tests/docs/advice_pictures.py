"""The pictures of docs/advice.md and docs/mandate.md: `python -m tests.docs.advice_pictures` makes them anew.

The map is the decision table itself. The page of the mandate is a picture of what `mandate show` writes for the file that
stands on its page; what was shown is kept in the picture as a hash, so that a test sees when it is out of date.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zlib
from collections import Counter
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.drawing import WIDTH
from tests.docs.friction_pictures import text
from tests.docs.pages import ROOT
from tests.docs.shapes import FILLS, finished, head
from tests.docs.snippets import snippets
from trimtab.desk.mandate_reading import read_mandate
from trimtab.desk.yaml12 import parse
from trimtab.governance.answers import Answers, Capacity, Horizon, MarketView, Success, TaxStatus, Tolerance
from trimtab.governance.checklist import SIMPLEST, advise
from trimtab.governance.decision_table import Approach
from trimtab.surfaces.report.mandate_page import render_mandate

FOLDER = ROOT / "docs" / "_static" / "advice"
LETTERS = dict(zip(SIMPLEST, "STVPFD", strict=True))
FILL = dict(zip(SIMPLEST, FILLS, strict=True))
EDGE, TOP, BOX, LINE = 210.0, 92.0, 58.0, 21.0
KEY = b"shows"


def fitting(*row: object) -> Approach:
    """The approach of one set of answers."""
    return advise(Answers(*row, Success.DEFINED)).approach  # type: ignore[arg-type]


def map_picture() -> str:
    """A square for each of the 108 sets of answers: columns by horizon and tolerance, rows by the other three questions."""
    columns = list(product(Horizon, Tolerance))
    rows = list(product(Capacity, TaxStatus, MarketView))
    counts = Counter(fitting(horizon, tolerance, *rest) for (horizon, tolerance), rest in product(columns, rows))
    first, second = counts.most_common(2)
    title = f"Of 108 sets of answers {first[1]} call for {_short(first[0])}, {second[1]} for {_short(second[0])}"
    parts = head(title, "the decision table, success defined", TOP + len(rows) * LINE + 30)
    for place, approach in enumerate(SIMPLEST):
        x, y = 8.0 + place % 3 * 250, 24.0 + place // 3 * 17
        words = f"{LETTERS[approach]}  {approach.value}: {counts[approach]}"
        parts.append(f'<rect x="{x:g}" y="{y:g}" width="13" height="13" fill="{FILL[approach]}"/>')
        parts.append(f'<text x="{x + 19:g}" y="{y + 11:g}" fill="#333">{words}</text>')
    for place, (horizon, tolerance) in enumerate(columns):
        x = EDGE + (place + 0.5) * BOX + place // 3 * 6
        parts.append(text(x, TOP - 6, f"{tolerance.value}"))
        if place % 3 == 1:
            parts.append(text(x, TOP - 20, f"{horizon.value} horizon, tolerance"))
    for line, rest in enumerate(rows):
        y = TOP + line * LINE + line // 2 * 1.0
        words = ", ".join(one.value for one in rest)
        parts.append(f'<text x="{EDGE - 8:g}" y="{y + 14:g}" text-anchor="end" fill="#444">{words}</text>')
        for place, column in enumerate(columns):
            x, approach = EDGE + place * BOX + place // 3 * 6, fitting(*column, *rest)
            parts.append(f'<rect x="{x:g}" y="{y:g}" width="{BOX - 2:g}" height="{LINE - 2:g}" fill="{FILL[approach]}"/>')
            parts.append(text(x + BOX / 2 - 1, y + 14, LETTERS[approach]))
    return finished(parts)


def _short(approach: Approach) -> str:
    return {Approach.TREND: "trend-following", Approach.STRATEGIC_TILT: "strategic tilts"}.get(approach, approach.value)


PICTURES = {"map": map_picture}


def page() -> str:
    """The page of the mandate that stands in docs/mandate.md."""
    found = snippets((ROOT / "docs" / "mandate.md").read_text(encoding="utf-8"))
    (file,) = (one.code for one in found if one.file == "mandate.yaml")
    return render_mandate(read_mandate(parse(file, "mandate.yaml")))


def digest(of: str) -> str:
    """What a picture of a page is known by: style does not count, it is looked at and not computed."""
    start, _, rest = of.partition("<style>")
    return hashlib.sha256((start + rest.partition("</style>")[2]).encode()).hexdigest()


def photographed(shown: str) -> bytes:
    """A PNG of the page, which bears its digest."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(shown, encoding="utf-8")
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=900,1840"]
        target = Path(folder) / "page.png"
        subprocess.run([*words, f"--screenshot={target}", f"file://{folder}/page.html"], check=True, capture_output=True)
        return stamped(target.read_bytes(), digest(shown))


def stamped(png: bytes, words: str) -> bytes:
    """The picture with a text in it, before its end."""
    body = b"tEXt" + KEY + b"\0" + words.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-12] + chunk + png[-12:]


def stamp(png: bytes) -> str:
    """The text that a picture bears; empty where there is none."""
    start = png.find(b"tEXt" + KEY + b"\0")
    return png[start + 10 : start + 74].decode() if start > 0 else ""


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")
    (FOLDER / "mandate.png").write_bytes(photographed(page()))
    sys.stdout.write(f"{FOLDER}, {WIDTH} wide\n")
