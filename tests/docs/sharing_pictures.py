"""The picture of docs/sharing.md: `python -m tests.docs.sharing_pictures` draws it anew; the files are those of a bundle."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tests.docs.drawing import INK, WIDTH
from tests.docs.pages import ROOT
from trimtab.desk.bundle_file import EXPECTATIONS, KNOWN, MANIFEST, POLICY, RESULTS, VALIDATION

FOLDER = ROOT / "docs" / "_static" / "sharing"
TITLE = "What is said can be run again elsewhere; what is owned never leaves"
TALL = 270
HELD = {
    MANIFEST: "hashes of files and data, versions, trials",
    POLICY: "every parameter; no capital, no path",
    RESULTS: "wealth and weights, as fractions",
    EXPECTATIONS: "what was expected, if written down",
    VALIDATION: "every check, if validated",
}
HOME = ("the book, its accounts", "capital, amounts", "prices", "comments, paths, names", "code of one's own")
THERE = ("every hash is right", "components are registered", "the data are the same", "run again on them", "equal to 1e-9")


def picture() -> str:
    """Three columns: what stays at home, the files of a bundle, what whoever gets it looks at."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TALL}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(TITLE)}</title>",
        f'<rect width="{WIDTH}" height="{TALL}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(TITLE)}</text>',
    ]
    for x, wide, said in (
        (8, 170, "stays at home"),
        (230, 290, "goes: one file, NAME.trimtab"),
        (572, 180, "is looked at there"),
    ):
        parts.append(f'<text x="{x}" y="44" font-weight="bold" fill="#444">{said}</text>')
        parts.append(f'<line x1="{x}" x2="{x + wide}" y1="50" y2="50" stroke="#999"/>')
    for k, (home, name, there) in enumerate(zip(HOME, KNOWN, THERE, strict=True)):
        y = 60 + 40 * k
        parts.append(box(8, y, 170, "#f3f3f3", "#bbb") + words(18, y + 20, home))
        parts.append(box(230, y, 290, "#e4edf6", INK[0]))
        parts.append(words(240, y + 13, name, bold=True) + words(240, y + 26, HELD[name]))
        parts.append(box(572, y, 180, "#eaf3e9", INK[2]) + words(582, y + 20, f"{k + 1}  {there}"))
    parts += [arrow(186, 222, 156, crossed=True), arrow(528, 564, 156)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def box(x: float, y: float, wide: float, fill: str, stroke: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{wide}" height="32" rx="3" fill="{fill}" stroke="{stroke}"/>'


def words(x: float, y: float, said: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="#333"{weight}>{escape(said)}</text>'


def arrow(left: float, right: float, y: float, *, crossed: bool = False) -> str:
    """To the right; crossed out where nothing goes."""
    colour = INK[1] if crossed else "#555"
    parts = [f'<path d="M{left} {y}H{right}m-6 -4l6 4l-6 4" fill="none" stroke="{colour}" stroke-width="1.5"/>']
    if crossed:
        middle = (left + right) / 2 - 2
        cross = f"M{middle - 6} {y - 8}l12 16m0 -16l-12 16"
        parts.append(f'<path d="{cross}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return "".join(parts)


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bundle.svg").write_text(picture(), encoding="utf-8")
    return [folder / "bundle.svg"]


if __name__ == "__main__":
    draw()
