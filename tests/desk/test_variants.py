"""Variants: who shares what, the hash of each without reading it in full, and what travels to a worker."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tests.desk import law_8_worlds as made
from trimtab.core.errors import PolicyError, TrimtabError, UsageError
from trimtab.desk import gallery
from trimtab.desk.grid import Grid
from trimtab.desk.variants import Aspect, Variants

AXES = (
    "signals.trend.window=1M,2M,3M",
    "rules.0=[],{use: max_weight, at_most: 0.5}",
    "cash.series='',bills",
    "schedule.lag=0,2",
    "costs.bps=10,20",
)


def every() -> Variants:
    return made.variants(made.policy(), *AXES)


def test_the_hash_of_a_variant_is_that_of_its_policy() -> None:
    many = made.variants(made.policy(), AXES[0], "rules=[{use: long_only}],[]", *AXES[2:4], "start=2001-03-01")
    readable = 0
    for number in range(len(many)):
        try:
            want = many.policy(number).sha256
        except TrimtabError:
            continue
        assert many.sha256(number) == want
        readable += 1
    assert readable == 16  # a window of a month is the price itself: the first third cannot be read


def test_the_hash_is_known_where_the_first_variant_cannot_be_read() -> None:
    many = every()
    number = len(many) - 1
    fresh = Variants(many.text, Grid.parse(["signals.trend.window=1M,2M"]), many.folder)
    assert fresh.sha256(1) == made.policy().sha256
    with pytest.raises(PolicyError, match=r"the price itself \(with signals\.trend\.window=1M\)"):
        fresh.sha256(0)
    assert number == 47


@pytest.mark.parametrize("name", gallery.names())
def test_the_hashes_of_the_gallery_are_put_together_right(name: str) -> None:
    many = Variants.of(
        gallery.named(name), Grid.parse(["costs={use: linear, bps: 3},{use: linear}", "capital=5000 USD,9000 USD"])
    )
    for number in (3, 0):
        assert many.sha256(number) == many.policy(number).sha256
    assert len({many.sha256(number) for number in range(4)}) == 4


def test_groups_share_what_an_aspect_reads() -> None:
    many, numbers = every(), np.arange(48)
    sizes = {aspect: len(many.group(aspect, numbers)[0]) for aspect in Aspect}
    assert sizes == {Aspect.KNOWLEDGE: 12, Aspect.DATES: 2, Aspect.BOOK: 8}  # rules and cash are of both
    first, group = many.group(Aspect.DATES, numbers[::-1])
    assert sorted(first.tolist()) == [45, 47]
    points = [many.grid.point(int(number))["schedule.lag"] for number in numbers[::-1]]
    assert len(set(zip(group.tolist(), points, strict=True))) == 2


def test_the_order_keeps_shared_knowledge_together() -> None:
    many = every()
    order = many.order()
    keys = many.keys(Aspect.KNOWLEDGE, order)
    assert sorted(order.tolist()) == list(range(48))
    assert (np.diff(keys) >= 0).all()


def test_a_worker_gets_texts_and_reads_the_same() -> None:
    many = made.variants(made.policy(), "signals.trend.window=2M,3M")
    many.policy(1)
    travelled = pickle.loads(pickle.dumps(many))
    assert travelled == many
    assert travelled.sha256(1) == many.sha256(1)


def test_no_axis_is_the_policy_itself() -> None:
    one = made.policy()
    assert made.variants(one).sha256(0) == one.sha256
    assert len(made.variants(one)) == 1
    assert made.variants(one).order().tolist() == [0]


def test_keys_that_no_sweep_varies_are_refused() -> None:
    with pytest.raises(UsageError, match="since cannot be varied") as told:
        made.variants(made.policy(), "since=2001-01-02,2002-01-02")
    assert "signals" in told.value.remedy


def test_a_path_that_leads_nowhere_is_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"rules\.7 leads nowhere"):
        made.variants(made.policy(), "rules.7=1")


def test_a_signal_goes_by_its_own_name() -> None:
    with pytest.raises(UsageError, match="there is no signal 'average'") as caught:
        made.variants(made.policy(), "signals.average.window=6M,8M")
    assert caught.value.remedy == "Signals: trend."
