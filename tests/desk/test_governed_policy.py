"""The keys of a policy that people are held to: overrides, reviews, changes. Old hashes stand without them."""

from decimal import Decimal

import pytest

from tests.desk.worlds import policy
from trimtab.core.errors import PolicyError
from trimtab.core.terms import months
from trimtab.desk.load import policy_from
from trimtab.governance.changes import Terms
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import ReviewPlan

PLAIN = {"trimtab": 1, "name": "held", "universe": {"A": {"series": "a"}}, "benchmark": {"A": 1.0}, "data": {"use": "samples"}}


def test_without_the_keys_nothing_is_said_and_the_hash_is_the_old_one() -> None:
    found = policy_from(PLAIN)
    assert (found.overrides, found.review, found.changes) == (None, None, None)
    assert not {"overrides", "review", "changes"} & found.identity.canonical.keys()
    assert policy().overrides is None


def test_each_key_is_read_counts_in_the_hash_and_is_said_in_words() -> None:
    found = policy_from(
        PLAIN | {"overrides": {"size": 0.05}, "review": {"every": "1M", "full_cycle": "4Y"}, "changes": {"cooling_off": 20}}
    )
    assert found.overrides == Bounds(Decimal("0.05"), 90)
    assert found.review == ReviewPlan(months(1), months(48))
    assert found.changes == Terms(20, 0.05)
    assert found.sha256 != policy_from(PLAIN).sha256
    words = " ".join(found.words)
    assert "at most 5.0% of the portfolio together, each for at most 90 days" in words
    assert "of the process every month; parameters are open every 4 years" in words
    assert "20 days of cooling-off; after a year more than 5.0% off the benchmark two people sign" in words


@pytest.mark.parametrize(
    ("key", "part", "word"),
    [
        ("overrides", {"size": 5}, "not between 0 and 1"),
        ("overrides", {"days": 5}, "size"),
        ("overrides", {"size": 0.05, "dayz": 5}, "days"),
        ("review", {"full_cycle": "1Y"}, "3 to 5 years"),
        ("review", {"every": "60D"}, "no count of months"),
        ("changes", {"cooling_off": -1}, "below 0"),
        ("changes", {"extreme": 5}, "not between 0 and 1"),
        ("changes", 5, "changes"),
    ],
)
def test_what_does_not_read_says_where(key: str, part: object, word: str) -> None:
    with pytest.raises(PolicyError, match=word) as caught:
        policy_from(PLAIN | {key: part})
    assert key in str(caught.value)
