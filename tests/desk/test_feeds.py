"""Feeds: what is asked again, what one failure leaves of the others, and an update that was stopped and goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.data.sources.loopback import Loopback, Step
from tests.data.store.worlds import DAY, NOW, days, macro
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind
from trimtab.data.store.store import Store
from trimtab.desk.feeds import FILE, Feed, add, chosen, feeds, update

QUICK = {"tries": 2, "pause": 0.002, "longest_pause": 0.02, "connect": 1.0, "silence": 1.0, "answer": 5.0}


@dataclass(frozen=True)
class Vending:
    """A vendor of whatever the test put on the shelf; an error on the shelf is raised."""

    shelf: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[tuple[tuple[str, ...], dict[str, np.datetime64]]]] = []

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        self.asked.append((tuple(codes), dict(since)))
        for code in codes:
            found = self.shelf[code]
            if isinstance(found, BaseException):
                raise found
            keep = found.dates >= since.get(code, found.dates[0])
            known = None if found.known is None else found.known[keep]
            fields = {name: values[keep] for name, values in found.fields.items()}
            yield History(found.about, found.dates[keep], fields, known)


HERE = f"{__name__}:Vending"


def price(name: str, values: Sequence[float]) -> History:
    return History(About(name, name, Kind.PRICE, "invented"), days("2025-01-01", len(values)), {CLOSE: np.array(values)})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    Vending.shelf.clear()
    Vending.asked.clear()
    return Store.create(tmp_path / "market")


def walk(count: int, seed: int = 0) -> list[float]:
    steps = np.random.default_rng(seed).normal(0.0, 0.01, count)
    return np.round(100.0 * np.exp(np.cumsum(steps)), 4).tolist()  # type: ignore[no-any-return]


def feed(**codes: str) -> Feed:
    return Feed("shelf", {"use": HERE}, codes)


def test_only_what_is_new_is_asked_for_with_some_days_before_it(store: Store):
    values = walk(60)
    Vending.shelf["a.us"] = price("a.us", values[:50])
    one = feed(A="a.us")
    update(store, one, now=NOW)
    Vending.shelf["a.us"] = price("a.us", values)
    outcome = update(store, one, now=NOW + DAY)
    (first, second) = Vending.asked
    assert first == (("a.us",), {})
    last = days("2025-01-01", 50)[-1]
    assert second == (("a.us",), {"a.us": last - np.timedelta64(14, "D")})
    assert [(c.series, c.added, c.corrected) for c in outcome.changes] == [("A", 10, 0)]
    assert store.as_of().load(["A"])[0].values.tolist() == values


def test_a_restated_series_is_asked_for_whole(store: Store):
    Vending.shelf["m"] = macro("m", [("2024-01-01", "2024-02-10", 1.0)])
    one = feed(M="m")
    update(store, one, now=NOW)
    update(store, one, now=NOW + DAY)
    assert [since for _, since in Vending.asked] == [{}, {}]


def test_a_vendor_that_moves_all_its_prices_is_asked_for_the_past_too(store: Store):
    """A 2:1 split: the vendor halves everything. Continued blindly, the past would stand at twice the price."""
    values = walk(60)
    Vending.shelf["a"] = price("a", values[:50])
    one = feed(A="a")
    update(store, one, now=NOW)
    halved = [round(value / 2, 6) for value in values]
    Vending.shelf["a"] = price("a", halved)
    update(store, one, now=NOW + DAY)
    assert store.as_of().load(["A"])[0].values == pytest.approx(halved)


def test_one_failure_leaves_the_others_alone_and_the_store_as_it_was_for_it(store: Store):
    Vending.shelf |= {"a": price("a", walk(30, 1)), "b": DataError("no answer"), "c": price("c", walk(30, 2))}
    one = feed(A="a", B="b", C="c")
    outcome = update(store, one, now=NOW)
    assert set(outcome.errors) == {"B"}
    assert set(store.as_of().names()) == {"A", "C"}
    Vending.shelf["b"] = price("b", walk(30, 3))
    outcome = update(store, one, now=NOW + DAY)
    assert not outcome.errors
    assert set(store.as_of().names()) == {"A", "B", "C"}


def test_an_update_that_was_stopped_goes_on_where_it_was(store: Store):
    Vending.shelf |= {"a": price("a", walk(30, 1)), "b": KeyboardInterrupt(), "c": price("c", walk(30, 2))}
    one = feed(A="a", B="b", C="c")
    with pytest.raises(KeyboardInterrupt):
        update(store, one, now=NOW)
    assert store.as_of().names() == ("A",)
    Vending.shelf["b"] = price("b", walk(30, 3))
    update(store, one, now=NOW + DAY)
    assert Vending.asked[-1][1].keys() == {"a"}  # A is continued, the others begin
    assert set(store.as_of().names()) == {"A", "B", "C"}


def test_a_wrong_unit_is_repaired_on_the_way_in_and_the_vendors_value_kept(store: Store):
    values = walk(120)
    broken = list(values)
    broken[60] *= 100
    Vending.shelf["a"] = price("a", broken)
    update(store, feed(A="a"), now=NOW)
    history = store.as_of().load(["A"])[0]
    assert history.values[60] == pytest.approx(values[60])
    assert any(issue.what.startswith("A1") for issue in history.issues)
    rows = store.as_of().observations(["A"])
    assert {source.split()[0] for source in rows.sources.known} == {"shelf", "trimtab:repair"}
    Vending.shelf["a"] = price("a", values)  # the vendor mends it itself
    update(store, feed(A="a"), now=NOW + DAY, full=True)
    again = store.as_of().load(["A"])[0]
    assert again.values.tolist() == values
    assert not any(issue.what.startswith("A1") for issue in again.issues)


def test_feeds_are_kept_joined_and_never_mixed(store: Store):
    Vending.shelf |= {"a": price("a", walk(30, 1)), "b": price("b", walk(30, 2)), "c": DataError("unknown")}
    add(store, feed(A="a"), now=NOW)
    assert set(add(store, feed(B="b", C="c"), now=NOW).errors) == {"C"}
    assert feeds(store)["shelf"].codes == {"A": "a", "B": "b"}  # what never came is not asked for again
    with pytest.raises(UsageError, match="A is a series of the feed shelf"):
        add(store, Feed("other", {"use": HERE}, {"A": "x"}), now=NOW)
    with pytest.raises(UsageError, match=r"has another source"):
        add(store, Feed("shelf", {"use": "samples"}, {"Z": "z"}), now=NOW)
    (store.root / FILE).write_text("{")
    with pytest.raises(DataError, match="feeds cannot be read"):
        feeds(store)


def test_series_are_written_as_ids_with_or_without_a_code():
    assert chosen("A, B=b.us,C") == {"A": "A", "B": "b.us", "C": "C"}
    with pytest.raises(UsageError, match="twice"):
        chosen("A,A=b")
    with pytest.raises(UsageError, match="nothing"):
        chosen("=b")


def test_an_unknown_source_names_what_there_is(store: Store):
    with pytest.raises(UsageError, match=r"'tingo' is no source of data. Did you mean tiingo"):
        Feed("x", {"use": "tingo"}, {}).component()
    with pytest.raises(UsageError, match=r"Known: .*fred.*samples.*tiingo"):
        Feed("x", {"use": "zzz"}, {}).component()
    with pytest.raises(PolicyError, match=r"unknown key data.patience.triess. Did you mean tries"):
        Feed("x", {"use": "stooq", "patience": {"triess": 1}}, {}).component()


GOOD = b"Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10.5,100\n2024-01-03,10.6,11,10,10.9,100\n"


@pytest.mark.parametrize(
    ("steps", "arrives"),
    [
        ((), True),
        ((Step(429, b"slow down", {"Retry-After": "0"}),), True),
        ((Step(500, b"oops"),), True),
        ((Step(500, b"oops"),) * 9, False),
        ((Step(200, b"<html><body>Please wait</body></html>", {"Content-Type": "text/html"}),) * 9, False),
        ((Step(how="cut"),) * 9, False),
        ((Step(200, b"Name,Colour\nx,red\n"),) * 9, False),
        ((Step(how="reset"),) * 9, False),
    ],
    ids=["good", "429", "500 once", "500 for ever", "html", "cut", "schema", "reset"],
)
def test_over_the_wire_it_is_right_or_the_store_is_unchanged(store: Store, steps: tuple[Step, ...], arrives: bool):
    with Loopback({"/q/d/l/": GOOD}, steps) as server:
        before = store.manifest()
        one = Feed("stooq", {"use": "stooq", "url": server.url, "patience": QUICK}, {"X": "x.us"})
        try:
            add(store, one, now=NOW)
            failed = None
        except DataError as error:
            failed = error
    if arrives:
        assert store.as_of().load(["X"])[0].values.tolist() == [10.5, 10.9]
    else:
        assert failed is not None
        assert str(failed).startswith("stooq x.us: ")
        assert store.manifest() == before
        assert feeds(store) == {}
