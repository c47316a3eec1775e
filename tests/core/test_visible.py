"""What steers a terminal or turns the order of reading is spelled out wherever texts of people are shown."""

from __future__ import annotations

import pytest

from trimtab.core.visible import in_line, visible

BIDI = "\u061c\u200b\u200e\u200f\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TERMINAL = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)])).translate({9: None, 10: None})


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J\x1b[31mpaid", "\\x1b[2J\\x1b[31mpaid"),
        ("\x9b31m", "\\x9b31m"),  # the same in one byte of Latin-1
        ("ok\rOK", "ok\\x0dOK"),
        ("a\u202eb", "a\\u202eb"),
        ("\U000e0041", "\\U000e0041"),  # a tag, which nobody sees
        ("\udc9b", "\\udc9b"),  # a byte of the command line that is no UTF-8
    ],
)
def test_a_control_is_spelled_out(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@pytest.mark.parametrize("plain", ["a\tb\nc", "a\r\nb", "Müller 5 €", "שלום", "日本 \u00a0\u2013 ok", "می\u200cخواهم", ""])
def test_letters_of_all_alphabets_tabs_and_line_breaks_stay(plain: str) -> None:
    assert visible(plain) == plain


def test_every_control_of_terminals_and_of_the_order_of_reading_is_spelled_out() -> None:
    shown = visible(TERMINAL + BIDI)
    assert shown.isascii()
    assert shown.isprintable()
    assert visible(shown) == shown
    assert shown.encode().decode("unicode_escape") == TERMINAL + BIDI


def test_a_text_in_a_line_forges_neither_a_line_nor_a_column() -> None:
    assert in_line("an\nna\r\nO-9\tbob\rx") == "an na O-9 bob\\x0dx"
    assert in_line("a\u2028b\x0bc") == "a\\u2028b\\x0bc"
