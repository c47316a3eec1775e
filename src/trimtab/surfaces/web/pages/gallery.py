"""The gallery: the policies that come with Trimtab, each with where it comes from and its rules in words."""

from __future__ import annotations

from trimtab.core.errors import UsageError
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.reads.gallery import gallery_cards, gallery_text

SHOWN = {"": "all", "sample": "on the sample data", "own": "on prices of your own"}


async def gallery(asker: Asker) -> Shown:
    """A card each; `on=sample` those that run on the sample data, `on=own` those that want prices of one's own."""
    cards, on = await asker.call(gallery_cards), asker.query.one("on")
    found = [one for one in cards if on not in ("sample", "own") or one["sample"] is (on == "sample")]
    error = f"{on[:20]!r} is neither sample nor own: all are shown." if on not in SHOWN else ""
    samples = sum(one["sample"] for one in cards)
    counts = {"all": len(cards), "sample": samples, "own": len(cards) - samples}
    return Shown("gallery.html", {"policies": found, "counts": counts, "on": on, "error": error}, "policies")


async def one(asker: Asker) -> Shown:
    """One policy: its rules in words, its file, and a form that writes a copy to edit."""
    name = asker.query.path["name"]
    card = next((each for each in await asker.call(gallery_cards) if each["name"] == name), None)
    if card is None:
        raise UsageError(f"the gallery has no {name[:40]!r}", remedy="See the gallery.")
    rules = [{"number": number, "rule": words} for number, words in enumerate(card["words"], 1)]
    text = await asker.call(gallery_text, name)
    return Shown("gallery_one.html", {**card, "rules": rules, "text": text}, "rules", title=card["title"])


PAGES = (Page("/gallery", "gallery", "Gallery", gallery, "Research"), Page("/gallery/{name}", "gallery-one", "Policy", one))
