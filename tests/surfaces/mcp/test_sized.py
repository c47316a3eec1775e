"""What an assistant reads fits: laws of the cut, on any document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.surfaces.mcp import sized as cutting
from trimtab.surfaces.mcp.sized import length, sized

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=80)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5), max_leaves=16
)
DOCUMENTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)


def begins(part: Any, whole: Any) -> bool:
    """Whether a value is the beginning of another: nothing in it is made up, or stands elsewhere."""
    if isinstance(part, dict):
        return (
            isinstance(whole, dict)
            and list(part) == [key for key in whole if key in part]
            and all(begins(part[k], whole[k]) for k in part)
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) <= len(whole) and all(map(begins, part, whole))
    if isinstance(part, str) and part != whole:
        return isinstance(whole, str) and part.endswith("...") and whole.startswith(part[:-3])
    return bool(part == whole)


@given(DOCUMENTS, st.integers(2, 400))
def test_a_document_fits_and_is_the_beginning_of_itself(document: dict[str, Any], room: int):
    found, remarks = sized(document, room)
    assert length(found) <= room
    assert begins(found, document)
    assert bool(remarks) is (found != document)
    assert sized(document, length(document)) == (document, ())  # what fits is left alone


def test_control_a_cut_that_makes_something_up_is_seen():
    whole = {"rows": [1, 2, 3]}
    assert begins({"rows": [1, 2]}, whole)
    assert not begins({"rows": [1, 3]}, whole)
    assert not begins({"rows": [1, 2, 3, 4]}, whole)
    assert not begins({"more": 1}, whole)


def test_small_values_stay_whole_beside_a_long_list():
    # 100 rows of '{"n": 10}' (9 letters, and 2 between) in 200 letters: '{"when": "2018-09-28", "rows": [...]}' takes 35
    # of them, the brackets included, so that 165 are left for rows of 11: 15.
    document = {"when": "2018-09-28", "rows": [{"n": 10 + k % 90} for k in range(100)]}
    found, remarks = sized(document, 200)
    assert found["when"] == "2018-09-28"
    assert remarks == (f"rows: {len(found['rows'])} of 100",)
    assert len(found["rows"]) in (14, 15)
    assert found["rows"] == document["rows"][: len(found["rows"])]


def test_many_remarks_are_counted_and_not_listed():
    document = {str(k): list(range(500)) for k in range(30)}
    _, remarks = sized(document, 3000)
    assert len(remarks) == cutting.SHOWN + 1
    assert remarks[-1] == "and 20 more"


@pytest.mark.parametrize("text", ["a" * 5000, '"' * 5000, "\n" * 5000, "\u00fc" * 5000, "\x01" * 5000])
def test_a_long_text_keeps_its_first_letters(text: str):
    found, remarks = sized({"text": text}, 200)
    assert 100 < length(found) <= 200
    assert json.loads(json.dumps(found)) == found
    assert begins(found, {"text": text})
    assert len(remarks) == 1
