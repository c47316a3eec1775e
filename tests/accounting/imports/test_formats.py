"""Every sample is one format and no other, in whatever encoding it comes."""

from __future__ import annotations

import pytest

from tests.accounting.imports.sampled import FORMATS, SAMPLES, previewed, sample
from trimtab.accounting.imports import export, formats
from trimtab.accounting.imports.encodings import decode
from trimtab.core.errors import UsageError


def test_every_sample_is_listed() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_sample_is_read_by_its_own_format_alone(name: str) -> None:
    text = decode(sample(name))
    assert [one.name for one in formats.FORMATS if one.reads(text)] == [FORMATS[name]]


def test_our_own_table_is_read_by_its_own_format_alone() -> None:
    text = export.export("A", (), ())
    assert [one.name for one in formats.FORMATS if one.reads(text)] == ["trimtab"]


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "a,b,c\n1,2,3\n", "<html></html>", "{}", "[]", "\0\0\0"])
def test_anything_else_is_no_format_and_one_problem(text: str) -> None:
    assert formats.detect(text) is None
    rows = formats.read(text)
    assert len(rows) == 1
    assert rows[0].problems


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_changes_nothing(name: str, encoding: str) -> None:
    plain = previewed(sample(name))
    assert previewed(sample(name).decode().encode(encoding)).items == plain.items


def test_windows_text_keeps_its_letters() -> None:
    text = sample("portfolio_performance_account_de.csv").decode()
    assert previewed(text.encode("cp1252")).items == previewed(text).items
    assert decode("Gebühr €".encode("cp1252")) == "Gebühr €"
    assert decode("Gebühr".encode("latin-1")) == "Gebühr"


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_the_ends_of_lines_change_nothing(ending: str) -> None:
    for name in FORMATS:
        text = sample(name).decode()
        assert [item.entries for item in previewed(text.replace("\n", ending)).items] == [
            item.entries for item in previewed(text).items
        ]


def test_a_format_is_found_by_its_name() -> None:
    assert formats.named("ofx").name == "ofx"
    with pytest.raises(UsageError, match="no format"):
        formats.named("pdf")
