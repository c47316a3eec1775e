"""FIX messages in a text: logs, files with a message a line, with the real separator, `^A` or `|` between the fields.

FIX 4.4 specification, volume 1: body length (9) counts from behind its field to the checksum (10), which is the sum of all
bytes before it, modulo 256. A message whose numbers do not fit was cut or changed, and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from trimtab.core.errors import DataError

SOH = "\x01"
LONGEST = 100_000  # characters of a message
_BEGIN = re.compile(r"(?<!\d)8=FIX", re.ASCII)
_WITHIN = 8  # beginnings within a message, in names: it is sound with them, and not without
_VERSION = re.compile(r"8=FIXT?\.\d\.\d(\x01|\^A|\|)", re.ASCII)
_INSIDE = re.compile(r"(?:\x01|\^A|\|)35=", re.ASCII)
_FIELD = re.compile(r"(\d{1,6})=(.*)", re.ASCII | re.DOTALL)


class Message(NamedTuple):
    """A message: the line it stands on and its fields in order. With a `problem`, it is not to be used."""

    line: int
    fields: tuple[tuple[int, str], ...]
    problem: str = ""

    def get(self, tag: int) -> str:
        """The first value of a tag; empty where it is missing."""
        return next((value for one, value in self.fields if one == tag), "")

    def every(self, tag: int) -> tuple[str, ...]:
        """All values of a tag, as those of a repeating group."""
        return tuple(value for one, value in self.fields if one == tag)


def messages(data: bytes | str) -> Iterator[Message]:
    """Every message of a text, whatever stands around it. Never raises on any bytes."""
    text = (data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).decode("latin-1")
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        starts = [match.start() for match in _BEGIN.finditer(line)]
        if not starts and _INSIDE.search(line):
            yield Message(number, (), "a message without its beginning: it was cut or changed")
        yield from _of_line(number, line, [*starts, len(line)])


def _of_line(number: int, line: str, edges: Sequence[int]) -> Iterator[Message]:
    """The messages that begin at `edges`, the last of which is the end. A name may look like a beginning: see `_WITHIN`."""
    first = 0
    while first < len(edges) - 1:
        begin, ends = edges[first], range(first + 1, min(first + 2 + _WITHIN, len(edges)))
        longer = ((_message(number, line[begin : edges[end]]), end) for end in ends)
        alone = next(longer)
        message, first = next((one for one in chain((alone,), longer) if not one[0].problem), alone)
        yield message


def _message(line: int, text: str) -> Message:
    begin = _VERSION.match(text)
    if begin is None or len(text) > LONGEST:
        return Message(line, (), "the message does not begin as one, or is too long: it was cut or changed")
    mark = begin[1]
    end = re.search(rf"{re.escape(mark)}10=(\d\d\d)(?:{re.escape(mark)}|\s*$)", text, re.ASCII)
    body = text[: end.start()] if end else text
    fields = [_FIELD.fullmatch(one) for one in body.split(mark)]
    told = tuple((int(one[1]), _shown(one[2])) for one in fields if one)
    if end is None:
        return Message(line, told, "the message has no checksum: it was cut")
    if not all(fields):
        return Message(line, told, "the message has a field without a number")
    return Message(line, told, _fault(body.replace(mark, SOH) + SOH, int(end[1])))


def _fault(whole: str, claimed: int) -> str:
    """What is wrong with the two sums, or nothing."""
    total = sum(whole.encode("latin-1")) % 256
    if total != claimed:
        return f"the checksum is {claimed:03d} and should be {total:03d}: the message was cut or changed"
    length = re.match(rf"8=[^{SOH}]*{SOH}9=(\d{{1,6}}){SOH}", whole, re.ASCII)
    if length is None or int(length[1]) != len(whole) - length.end():
        return "the body length does not fit: the message was cut or changed"
    return ""


def _shown(value: str) -> str:
    """Bytes as text: UTF-8, or Latin-1 where they are none."""
    raw = value.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return value


def fix_time(instant: str) -> str:
    """`2026-01-05T21:00:00Z` as FIX writes it: `20260105-21:00:00`, with thousandths where there are fractions of a second.

    Raises DataError for an instant that is not UTC.
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", instant, re.ASCII)
    if match is None:
        raise DataError(f"{instant!r} is no instant in UTC", remedy="Write it as 2026-01-05T21:00:00Z.")
    fraction = f".{match[5][:3]:0<3}" if match[5] else ""
    return f"{match[1]}{match[2]}{match[3]}-{match[4]}{fraction}"


def for_people(raw: Sequence[bytes]) -> str:
    """Messages a line each with `|` between the fields."""
    return "".join(one.decode("utf-8").replace(SOH, "|") + "\n" for one in raw)
