"""The pages of months that came to their end: written to the workspace, then noted in the journal."""

from __future__ import annotations

from pathlib import Path

from trimtab.desk.episodes import note_steps
from trimtab.desk.month import Month
from trimtab.desk.month_record import done_words, month_record
from trimtab.desk.month_steps import Setting
from trimtab.desk.writing import write_text
from trimtab.surfaces.report.month import month_page

FOLDER = "months"
Pages = dict[str, list[Path]]  # by account, in order


def write_pages(setting: Setting, found: Month) -> Pages:
    """Write `months/2018-01/A07.html` for every month that ended. Returns the places in the workspace.

    The note comes after the page: whoever is interrupted between writes the page once more.
    """
    pages: Pages = {}
    for walk in found.walks:
        for episode in walk.finished:
            if walk.rebalance is None:
                continue
            record = month_record(setting, episode, walk.rebalance)
            place = Path(FOLDER) / episode.month / f"{_file(setting, walk.name, str(episode.when))}.html"
            write_text(setting.workspace / place, month_page(record))
            note_steps(setting.orders, episode, {"report": done_words(record)}, setting.by)
            pages.setdefault(walk.name, []).append(place)
    return pages


def _file(setting: Setting, name: str, when: str) -> str:
    """The account's name; with the day of the decision where a month holds several."""
    plain = name.replace("/", "-")
    place = setting.workspace / FOLDER / when[:7] / f"{plain}.html"
    return f"{plain}-{when}" if place.exists() else plain
