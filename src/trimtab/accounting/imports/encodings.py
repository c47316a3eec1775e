"""From bytes to text: the byte order mark where there is one, else UTF-8, else UTF-16 by its zeros, else Windows-1252."""

from __future__ import annotations

import codecs

LARGEST = 100_000_000  # bytes; an export of a broker is a thousand times smaller

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of a file. Never fails: what no encoding explains is shown as the replacement character."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    sample = data[:4096]
    if len(sample) >= 4 and b"\0" in sample:
        for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if sample[first::2].count(0) > 0.4 * len(sample) and not sample[1 - first :: 2].count(0):
                return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
