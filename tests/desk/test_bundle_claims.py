"""Nothing that a bundle says is taken silently: whoever changes one value and puts every hash right is found, or named.

For each value of the manifest and of each file: one value is another, everything is hashed anew, and the bundle is verified.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from tests.desk.bundle_worlds import bundle_of, rewritten
from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.core.errors import PolicyError, UsageError
from trimtab.data.sources.folder import Folder
from trimtab.desk import bundle_claims, bundles
from trimtab.desk.bundle_file import unpacked
from trimtab.desk.bundle_policy import portable, read_portable
from trimtab.desk.bundles import Bundle, Said, Verified, open_bundle, verify
from trimtab.desk.expected import expected_of
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.resampled import Futures, resample
from trimtab.desk.validation import Ground, Validation
from trimtab.validation.checks import SIGNIFICANCE, Check, Light, Ruling

Place = tuple[str | int, ...]
FILES = ("manifest.json", "policy.yaml", "results.json", "expectations.json", "validation.json")


def validation_of(policy: Policy) -> Validation:
    checks = (Check(SIGNIFICANCE, 0.01, 0.05, Light.PASS, "It is ahead."), Check("crises", 0.5, 0.5, Light.WARN, "Level."))
    about = {"policy": policy.name, "sha256": policy.sha256, "data": "b" * 64, "first": "2010-01-04", "last": "2010-12-31"}
    rest: dict[str, Any] = {"seed": 1, "trials": 7, "effective": 1.0, "words": "It holds.", "paths": np.array([0.5])}
    starts = {"2010-01-04": 0.02}
    return Validation(**about, **rest, ruling=Ruling.HOLDS, checks=checks, ground=Ground(None, None, 7), starts=starts)


@dataclass(frozen=True)
class Given:
    """An honest bundle with all that one can hold, and where its prices are."""

    bundle: Bundle
    prices: str
    kept: TemporaryDirectory[str]

    def verified(self, data: bytes) -> Verified:
        return verify(open_bundle(data), Folder(self.prices))


@cache
def given() -> Given:
    kept = TemporaryDirectory()
    home = Path(kept.name) / "home"
    text = POLICY.replace("path: prices", f"path: {home / 'prices'}") + "title: Mine\ncapital: 7654321 USD\n"
    put(home, policy=text)
    policy = load_policy(home / "policy.yaml")
    expected = expected_of(resample(policy, load_market(policy), Futures(1, 1, 20)))
    return Given(bundle_of(policy, Said(expected, validation_of(policy), trials=9)), str(home / "prices"), kept)


@pytest.fixture(autouse=True)
def _looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same policy over the same dates is read, loaded, hashed and run once for all of them."""
    monkeypatch.setattr(bundles, "read_portable", READ)
    monkeypatch.setattr(bundle_claims, "portable", LEFT)
    for name in ("load_market", "data_manifest", "backtest"):
        monkeypatch.setattr(bundles, name, once(name, getattr(bundles, name)))


KNOWN: dict[str, Any] = {}
READ, LEFT = lru_cache(read_portable), lru_cache(portable)


def once(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    def made(policy: Policy, *rest: Any, **_: Any) -> Any:
        key = f"{name} {policy.sha256} {policy.horizon}"
        if key not in KNOWN:
            KNOWN[key] = make(policy, *rest)
        return KNOWN[key]

    return made


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Where each value stands; of a list its first and its last."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*before, key))
    elif isinstance(value, list) and value:
        for k in sorted({0, len(value) - 1}):
            yield from places(value[k], (*before, k))
    else:
        yield before


def another(value: Any) -> Any:
    """Another value of the same kind that reads as well."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return 0.5 if value is None else ["x"]
    if len(value) == 64:
        return value[::-1]
    return value[:-1] + ("2" if value[-1] == "1" else "1") if value[:2] == "20" else f"{value}x"


def changed(file: str, place: Place) -> bytes:
    def change(plain: Any) -> None:
        for step in place[:-1]:
            plain = plain[step]
        plain[place[-1]] = another(plain[place[-1]])

    return rewritten(given().bundle.data, change, file)


def looked_at(data: bytes) -> Verified | int:
    """What comes out, or the exit code of a bundle that is refused."""
    try:
        return given().verified(data)
    except (UsageError, PolicyError) as error:
        return error.exit_code


def all_places() -> Iterator[tuple[str, Place]]:
    for name, text in unpacked(given().bundle.data).items():
        yield from ((name, place) for place in places(json.loads(text)))


def test_it_is_a_bundle_with_everything_in_it() -> None:
    found = given().verified(given().bundle.data)
    assert tuple(found.opened.files) == FILES
    assert (found.exit_code, found.remarks) == (0, ())
    assert len(found.opened.manifest["policy"]["left_out"]) == 2
    assert set(found.told) == {
        *("trials", "code", "versions", "data.use", "policy.left_out", "policy.committed", "policy.yaml title"),
        *("expectations.json", "validation.json"),
    }


def test_each_value_that_somebody_changes_is_found_or_said_to_be_taken_as_told() -> None:
    honest = given().verified(given().bundle.data)
    every, silent = list(all_places()), []
    assert len(every) > 200
    assert {name for name, _ in every} == set(FILES)
    for file, place in every:
        found = looked_at(changed(file, place))
        if isinstance(found, int):
            continue
        where = ".".join(map(str, place)) if file == "manifest.json" else f"{file} {'.'.join(map(str, place))}"
        named = [key for key in found.told if where.startswith(key)]
        shown = any(key in FILES or found.told[key] != honest.told.get(key) for key in named)
        if not (found.exit_code or found.remarks or shown):
            silent.append(where)
    assert silent == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_added_or_left_out_anywhere_is_found(file: str) -> None:
    """A key more in each object of a file, and each key of its top less."""
    plain = json.loads(unpacked(given().bundle.data)[file])
    holders = {(), *(place[: k + 1] for place in places(plain) for k in range(len(place) - 1))}
    changes = [partial(more_at, here=here) for here in holders]
    for change in (*changes, *(partial(less, key=key) for key in plain if (file, key) != ("policy.yaml", "title"))):
        found = looked_at(rewritten(given().bundle.data, change, file))
        assert found == 2 or (isinstance(found, Verified) and found.exit_code), change


def more_at(told: Any, *, here: Place) -> None:
    for step in here:
        told = told[step]
    if isinstance(told, dict):
        told["more"] = None
    else:
        told.append(None)


def less(told: Any, *, key: str) -> None:
    del told[key]


@pytest.mark.parametrize(
    ("file", "change", "what"),
    [
        ("validation.json", {"trials": 10}, "knows of 10 trials, and its manifest of 9"),
        ("validation.json", {"ruling": "overfitted"}, "rules otherwise than its checks do"),
        ("validation.json", {"sha256": "c" * 64}, "is about another policy"),
        ("validation.json", {"policy": "other"}, "is about another policy"),
        ("validation.json", {"seed": True}, "does not read"),
        ("expectations.json", {"policy_sha256": "c" * 64}, "is about another policy"),
        ("expectations.json", {"name": "other"}, "is about another policy"),
        ("expectations.json", {"words": "It doubles."}, "is not made as it is"),
        ("expectations.json", {"fan": {}}, "does not read"),
        ("manifest.json", {"trials": 6}, "knows of 7 trials, and its manifest of 6"),
        ("policy.yaml", {"description": "It doubles."}, "says more than the policy in it"),
    ],
)
def test_what_does_not_fit_the_rest_is_refused(file: str, change: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        open_bundle(rewritten(given().bundle.data, lambda told: told.update(change), file))


def test_a_policy_that_nothing_was_left_out_of_is_the_one_that_was_committed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(put(tmp_path))
    data = bundle_of(load_policy("policy.yaml")).data
    assert "policy.committed" not in verify(open_bundle(data)).told
    for change in ({"committed": "c" * 64}, {"left_out": ["the path of the data: data stands in its place"]}):
        with pytest.raises(UsageError, match="without saying what was left out"):
            open_bundle(rewritten(data, lambda told, change=change: told["policy"].update(change)))  # type: ignore[misc]
    both = {"committed": "c" * 64, "left_out": ["the path of the data: data stands in its place"]}
    with pytest.raises(UsageError, match="still holds what its manifest says was left out"):
        open_bundle(rewritten(data, lambda told: told["policy"].update(both)))


def test_an_end_after_the_last_session_is_found(tmp_path: Path) -> None:
    """The data are the same, and so is what comes out; the run does not reach as far as it is said to."""
    data = rewritten(given().bundle.data, lambda told: told["dates"].update(end="2012-12-31"))
    found = given().verified(data)
    assert found.exit_code == 3
    assert found.results == ("the run ends on 2012-12-31 in the bundle, on 2010-12-31 here",)


def test_a_warning_that_was_taken_out_is_said_all_the_same() -> None:
    honest = given().bundle.manifest["notes"]
    assert honest
    found = given().verified(rewritten(given().bundle.data, lambda told: told.update(notes=["all is well"])))
    assert found.remarks == (
        *(f"not noted in the bundle: {words}" for words in honest),
        "noted in the bundle, and not here: all is well",
    )


def test_dates_that_are_not_the_policy_s_are_named() -> None:
    found = given().verified(rewritten(given().bundle.data, lambda told: told["dates"].update(since="2010-01-04")))
    assert found.told["dates.since"] == "2010-01-04, which is not the policy's"
