"""HTML from plain values. Text is escaped on its way in, so that no policy, asset or note can become markup.

Only what these functions make is `Markup`; every other string is text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

VOID = frozenset({"br", "hr", "meta", "col"})


class Markup(str):
    """HTML that is safe to place in a page as it is."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def text(content: Content) -> Markup:
    """`content` as HTML: markup as it is, anything else escaped, sequences joined, None left out."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(escape(content, quote=True))
    return Markup("".join(map(text, content)))


def tag(element: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """One element. Attribute names lose a trailing underscore and turn others into hyphens; None and False leave out."""
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        plain = name.rstrip("_").replace("_", "-")
        written.append(f" {plain}" if value is True else f' {plain}="{escape(value, quote=True)}"')
    opening = f"<{element}{''.join(written)}>"
    if element in VOID:
        return Markup(opening)
    return Markup(f"{opening}{text(content)}</{element}>")


DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")


def prose(sentence: Content) -> Content:
    """A sentence with its dates marked up, so that no line breaks inside one; markup stays as it is."""
    if not isinstance(sentence, str) or isinstance(sentence, Markup):
        return sentence
    return [tag("time", part) if k % 2 else part for k, part in enumerate(DATE.split(sentence))]


def script_json(value: Mapping[str, Any]) -> Markup:
    """JSON that may stand inside a script element. Raises ValueError where a number is not finite."""
    plain = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        plain = plain.replace(character, f"\\u{ord(character):04x}")
    return Markup(plain)
