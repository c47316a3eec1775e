"""A policy that leaves: in its own order, with its own hash, without code or files of its owner, and never with code inside."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.bundle_worlds import bundle_of, rewritten
from tests.desk.own_signal_worlds import loaded, put_own
from tests.desk.test_taken import ALL
from tests.surfaces.cli.desk_folder import put
from trimtab.core.errors import PolicyError, TrimtabError, UsageError
from trimtab.desk import gallery
from trimtab.desk.bundle_policy import components, portable, read_object, read_portable
from trimtab.desk.bundles import open_bundle
from trimtab.desk.load import load_policy


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder, as the current one."""
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", gallery.names())
def test_every_policy_of_the_gallery_leaves_and_comes_back_with_its_hash(name: str) -> None:
    policy = gallery.named(name)
    made = portable(policy)
    assert made.policy.sha256 == policy.sha256
    assert not made.left_out
    assert [asset.id for asset in made.policy.universe] == [asset.id for asset in policy.universe]  # in its own order
    assert list(made.policy.signals) == list(policy.signals)
    again = read_portable(made.text)
    assert again.sha256 == policy.sha256
    assert portable(again).text == made.text


# Registered components only.

POISON = """
from pathlib import Path
Path("{mark}").write_text("it ran")
raise SystemExit("it ran")
"""


def poisoned(folder: Path) -> Path:
    mark = folder / "it-ran"
    (folder / "own_poison.py").write_text(POISON.format(mark=mark), encoding="utf-8")
    return mark


def test_a_policy_with_code_of_its_owner_s_is_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = loaded(put_own(tmp_path, monkeypatch))
    with pytest.raises(PolicyError, match="is 'own_side:Side', which is code outside Trimtab"):
        portable(policy)


@pytest.mark.parametrize(
    "plant",
    [
        lambda form: form["signals"].update(average={"use": "own_poison:Side"}),
        lambda form: form.update(combine={"use": "own_poison:Side"}),
        lambda form: form.update(costs={"use": "own_poison:Side", "bps": 5}),
        lambda form: form["rules"].append({"limit": {"use": " own_poison : Side "}}),
        lambda form: form.update(data={"use": "own_poison:Side", "path": "prices"}),
        lambda form: form["signals"].update(average={"use": "optimiser", "estimator": "own_poison:Side"}),
        lambda form: form["signals"].update(average={"use": "optimiser", "parameters": {"a": "own_poison:Side.MEMBER"}}),
        lambda form: form.update(costs={"use": "total", "of": [{"use": "own_poison:Side"}]}),
    ],
)
def test_code_is_never_loaded_from_a_bundle(desk: Path, monkeypatch: pytest.MonkeyPatch, plant: Any) -> None:
    """A module that would tell lies beside the bundle, where Python would find it; the hashes are put right."""
    mark = poisoned(desk)
    monkeypatch.syspath_prepend(str(desk))
    data = rewritten(bundle_of(load_policy("policy.yaml")).data, plant, "policy.yaml")
    with pytest.raises(PolicyError, match="own_poison"):
        open_bundle(data)
    assert not mark.exists()
    assert "own_poison" not in sys.modules


def test_a_name_that_is_not_registered_here_is_refused(desk: Path) -> None:
    change = lambda form: form["signals"].update(average={"use": "trent"})  # noqa: E731 - one word of a test
    with pytest.raises(PolicyError, match="'trent' is none of the signals"):
        open_bundle(rewritten(bundle_of(load_policy("policy.yaml")).data, change, "policy.yaml"))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda form: form["data"].update(path="/etc"), "lead out of this folder"),
        (lambda form: form["data"].update(path="../prices"), "lead out of this folder"),
        (lambda form: form["data"].update(path="s3://bucket/prices"), "lead out of this folder"),
        (lambda form: form["data"].update(path="~/prices"), "lead out of this folder"),
        (lambda form: form["data"].update(path=7), "lead out of this folder"),
        (lambda form: form.update(data=[]), "lead out of this folder"),
        (lambda form: form.update(views="views.yaml"), "a file of its own"),
        (lambda form: form.update(tax={"use": "uk", "rates": "/etc/passwd"}), "a file of its own"),
        (lambda form: form.update(evil=1), "which no policy has"),
        (lambda form: form.update(title="\x1b[2Jall is well"), "control characters"),
        (lambda form: form.update(name="other"), "its manifest names another"),
        (lambda form: form["signals"]["average"].update(window="5M"), "its manifest names another"),
    ],
)
def test_a_policy_that_leads_elsewhere_or_is_another_is_refused(desk: Path, change: Any, what: str) -> None:
    with pytest.raises(TrimtabError, match=what) as caught:
        open_bundle(rewritten(bundle_of(load_policy("policy.yaml")).data, change, "policy.yaml"))
    assert caught.value.exit_code == 2


def test_views_and_rates_of_ones_own_are_not_packed(desk: Path) -> None:
    for key, value in (("views", "views.yaml"), ("tax", {"use": "uk", "rates": "mine.yaml"})):
        policy = load_policy("policy.yaml")
        form = {**policy.identity.canonical, key: value}
        with pytest.raises(UsageError, match="a file of its own"):
            portable(replace(policy, identity=replace(policy.identity, canonical=form)))


# Text that is none.

TEXTS = (
    *("", "[]", "7", "{", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": -Infinity}', '{"a": ' + "9" * 5000 + "}", '"x"'),
    *("[" * 100_000, '{"a":' * 60 + "1" + "}" * 60, '{"a": "' + "x" * 300 + '"}', '{"a": "\\u0007"}'),
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_text_that_is_no_plain_object_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"x\.json does not read"):
        read_object(text, "x.json", limit=200 if "x" * 300 in text else 200_000)


def inside(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), inside, max_leaves=8)


@settings(deadline=None, max_examples=60)
@given(key=st.sampled_from(("signals", "data", "rules", "costs", "universe", "capital", "tax", "views", "name")), value=JSON)
def test_whatever_stands_in_a_policy_gets_one_line_or_is_read(key: str, value: Any) -> None:
    form = {**json.loads(json.dumps(worlds.policy(**ALL).identity.canonical)), key: value}
    with suppress(TrimtabError):  # anything else would be a traceback
        read_portable(json.dumps(form))


def test_the_components_are_those_that_the_policy_uses() -> None:
    found = components(worlds.policy().identity.canonical)
    assert {"trend", "momentum", "vote", "overlay", "max_turnover", "linear"} <= set(found)
    assert found == tuple(sorted(set(found)))
