"""Check digits: codes in print are right, and every wrong digit in them is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.data.identifiers import Scheme, check_digit, is_valid, require_valid

# Codes as they are in print: Apple, BAE Systems, the euro zone's example of ISO 6166, IBM and others.
PRINTED = [
    (Scheme.ISIN, "US0378331005"),
    (Scheme.ISIN, "GB0002634946"),
    (Scheme.ISIN, "AU0000XVGZA3"),
    (Scheme.CUSIP, "037833100"),
    (Scheme.CUSIP, "38259P508"),
    (Scheme.CUSIP, "594918104"),
    (Scheme.SEDOL, "0263494"),
    (Scheme.SEDOL, "B0WNLY7"),
    (Scheme.SEDOL, "2046251"),
    (Scheme.FIGI, "BBG000BLNNH6"),
    (Scheme.FIGI, "BBG000B9XRY4"),
]


@pytest.mark.parametrize(("scheme", "code"), PRINTED)
def test_codes_in_print_are_right(scheme: Scheme, code: str) -> None:
    assert is_valid(scheme, code)
    assert check_digit(scheme, code[:-1]) == code[-1]
    require_valid(scheme, code)


@given(st.sampled_from(PRINTED), st.integers(0, 11), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(printed: tuple[Scheme, str], place: int, by: int) -> None:
    scheme, code = printed
    place %= len(code)
    if not code[place].isdigit():
        return
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert not is_valid(scheme, wrong)


@given(st.sampled_from(PRINTED), st.integers(0, 10))
def test_two_neighbouring_digits_turned_round_are_noticed(printed: tuple[Scheme, str], place: int) -> None:
    scheme, code = printed
    place %= len(code) - 1
    pair = code[place : place + 2]
    if not pair.isdigit() or pair[0] == pair[1] or {"0", "9"} == set(pair):
        return  # 09 and 90 look the same to a doubled sum
    if scheme is Scheme.SEDOL:
        return  # its weights differ by even numbers: some turns of five apart pass
    assert not is_valid(scheme, code[:place] + pair[::-1] + code[place + 2 :])


def test_a_figi_never_looks_like_an_isin_and_has_no_vowels() -> None:
    assert not is_valid(Scheme.FIGI, "GBG000BLNNH" + check_digit(Scheme.FIGI, "GBG000BLNNH"))
    assert not is_valid(Scheme.FIGI, "BBG000ALNNH" + check_digit(Scheme.FIGI, "BBG000ALNNH"))


@pytest.mark.parametrize(
    ("scheme", "code", "says"),
    [
        (Scheme.ISIN, "US0378331006", "ISIN 'US0378331006' cannot be right: its check digit is wrong"),
        (Scheme.ISIN, "us0378331005", "it has not the form of one"),
        (Scheme.CUSIP, "03783310", "it has not the form"),
        (Scheme.TICKER, " ", "ticker"),
    ],
)
def test_a_wrong_code_is_refused(scheme: Scheme, code: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        require_valid(scheme, code)


def test_the_check_of_digits_catches_a_sum_without_doubling() -> None:
    plain = lambda body: str(-sum(int(d) for c in body for d in str(int(c, 36))) % 10)  # noqa: E731 - the planted fault
    printed = [(code[:-1], code[-1]) for scheme, code in PRINTED if scheme is Scheme.ISIN]
    assert any(plain(body) != digit for body, digit in printed)
