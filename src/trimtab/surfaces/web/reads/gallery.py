"""The policies that come with Trimtab, each with its rules in words, generated from its file."""

from __future__ import annotations

from typing import Any

from trimtab.desk import gallery as kept
from trimtab.desk.words import sentences


def gallery_cards() -> list[dict[str, Any]]:
    """A card a policy: name, title, source, series, whether it runs on the samples, and its rules in sentences."""
    return [_card(name) for name in kept.names()]


def _card(name: str) -> dict[str, Any]:
    entry = kept.entry(name)
    told = {"name": name, "title": entry.title, "source": entry.source, "series": list(entry.series), "sample": entry.sample}
    return told | {"words": list(sentences(kept.named(name)))}


def gallery_text(name: str) -> str:
    """The file of a policy, comments and all. Raises UsageError where there is none of this name."""
    return kept.text(name)
