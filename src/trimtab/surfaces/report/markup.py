"""HTML from plain values. Text is escaped on its way in, so that no policy, asset or note can become markup.

Only what these functions make is `Markup`; every other string is text. Controls in it are spelled out (core/visible.py),
and words that are read from the right stand isolated, so that none of them moves what stands beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from trimtab.core.visible import visible

_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"  # blocks of such letters
_FROM_THE_RIGHT = re.compile(f"([{_RIGHT}](?:[^A-Za-z\u00c0-\u024f\n]*[{_RIGHT}])*)")
_NOT_IN_A_SCRIPT = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]")
VOID = frozenset({"br", "hr", "meta", "col"})


class Markup(str):
    """HTML that is safe to place in a page as it is."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def text(content: Content, *, isolate: bool = True) -> Markup:
    """`content` as HTML: markup as it is, anything else escaped, sequences joined, None left out."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(_isolated(content) if isolate else _escaped(content))
    return Markup("".join(text(part, isolate=isolate) for part in content))


def _escaped(content: str) -> str:
    return escape(visible(content), quote=True)


def _isolated(content: str) -> str:
    """Escaped, each run of words that are read from the right in an element of its own."""
    parts = map(_escaped, _FROM_THE_RIGHT.split(content))
    return "".join(f"<bdi>{part}</bdi>" if k % 2 else part for k, part in enumerate(parts))


def tag(element: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """One element. Attribute names lose a trailing underscore and turn others into hyphens; None and False leave out."""
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        plain = name.rstrip("_").replace("_", "-")
        written.append(f" {plain}" if value is True else f' {plain}="{_escaped(value)}"')
    opening = f"<{element}{''.join(written)}>"
    if element in VOID:
        return Markup(opening)
    inside = text(content, isolate=element != "title")  # the window's title holds no elements
    return Markup(f"{opening}{inside}</{element}>")


DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")


def prose(sentence: Content) -> Content:
    """A sentence with its dates marked up, so that no line breaks inside one; markup stays as it is."""
    if not isinstance(sentence, str) or isinstance(sentence, Markup):
        return sentence
    return [tag("time", part) if k % 2 else part for k, part in enumerate(DATE.split(sentence))]


def script_json(value: Mapping[str, Any]) -> Markup:
    """JSON that may stand inside a script element. Raises ValueError where a number is not finite."""
    plain = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return Markup(_NOT_IN_A_SCRIPT.sub(lambda found: f"\\u{ord(found.group()):04x}", plain))
