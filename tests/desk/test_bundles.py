"""A policy to give away: it comes back as it was, holds nothing of its owner, and tells where it differs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.bundle_worlds import bundle_of, rewritten
from tests.surfaces.cli.desk_folder import POLICY, days, put, table
from trimtab.core.errors import DataError, UsageError
from trimtab.data.sources.folder import Folder
from trimtab.desk import bundles
from trimtab.desk.backtest import backtest
from trimtab.desk.bundle_file import unpacked
from trimtab.desk.bundle_results import result_differences, results_of
from trimtab.desk.bundles import Said, open_bundle, verify
from trimtab.desk.expected import expected_of
from trimtab.desk.load import load_policy
from trimtab.desk.prepare import load_market
from trimtab.desk.resampled import resample
from trimtab.numerics.resampling import Futures


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder, as the current one."""
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Round trip.


def test_what_is_packed_comes_out_again_and_the_same_inputs_are_the_same_bytes(desk: Path) -> None:
    policy = load_policy("policy.yaml")
    one, two = bundle_of(policy), bundle_of(policy)
    assert one.data == two.data
    opened = open_bundle(one.data)
    assert opened.policy.sha256 == policy.sha256 == opened.manifest["policy"]["committed"]
    found = verify(opened)
    assert (found.exit_code, found.data, found.results) == (0, (), ())
    assert found.words.startswith("VERIFIED")
    assert {"folder", "linear", "max_tilt", "overlay", "trend", "vote"} <= set(opened.components)


def test_it_is_the_run_of_the_policy_itself(desk: Path) -> None:
    policy = load_policy("policy.yaml")
    own = backtest(policy, load_market(policy))
    told = json.loads(unpacked(bundle_of(policy).data)["results.json"])
    months = own.dates.astype("datetime64[M]")
    last = [k for k in range(len(months)) if k + 1 == len(months) or months[k + 1] != months[k]]
    assert told["wealth"] == pytest.approx((own.wealth[last] / own.wealth[0]).tolist(), rel=1e-12)
    assert told["dates"] == [str(day) for day in own.dates[last]]
    assert pytest.approx(own.weights[last]) == np.array(list(told["weights"].values())).T


def test_later_prices_of_ones_own_are_cut_where_it_was_packed(desk: Path) -> None:
    bundle = bundle_of(load_policy("policy.yaml"))
    (desk / "prices" / "prices.csv").write_text("\n".join(table(300)) + "\n", encoding="utf-8")
    assert verify(open_bundle(bundle.data)).exit_code == 0


def test_a_series_that_runs_on_beyond_the_prices_is_cut_at_their_end(desk: Path) -> None:
    """Bills are known five days longer than prices; whoever has all of both later still has the same before that."""
    text = POLICY + "cash: {series: bills}\n"
    (desk / "policy.yaml").write_text(text, encoding="utf-8")
    bills = [f"{day},{1.0 + 0.0001 * k:.6f}" for k, day in enumerate(days(300))]

    def put_bills(count: int) -> None:
        (desk / "prices" / "bills.csv").write_text("\n".join(["date,bills", *bills[:count]]) + "\n", encoding="utf-8")

    put_bills(265)
    bundle = bundle_of(load_policy("policy.yaml"))
    assert bundle.manifest["data"]["series"]["bills"]["last"] == bundle.manifest["dates"]["end"] == "2010-12-31"
    put_bills(300)
    (desk / "prices" / "prices.csv").write_text("\n".join(table(300)) + "\n", encoding="utf-8")
    found = verify(open_bundle(bundle.data))
    assert (found.data, found.results) == ((), ())


def test_expectations_go_with_it_and_others_are_refused(desk: Path) -> None:
    policy = load_policy("policy.yaml")
    expected = expected_of(resample(policy, load_market(policy), Futures(1, 1, 20)))
    opened = open_bundle(bundle_of(policy, Said(expected, trials=7)).data)
    assert json.loads(opened.files["expectations.json"])["policy_sha256"] == policy.sha256
    assert opened.manifest["trials"] == 7
    assert verify(opened).exit_code == 0
    with pytest.raises(UsageError, match="about another policy"):
        bundle_of(policy, Said(replace(expected, policy_sha256="0" * 64)))


# Nobody's holdings.

SECRETS = ("7654321", "/srv/mueller", "mueller-desk", "A07", "Trust of Mueller", "gift of 50 VTI", "vti-lot-9")


def test_nothing_of_its_owner_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Capital, an absolute path, a host, an account, comments, a description and a book beside it: planted, and not found."""
    home = tmp_path / "home" / "mueller-desk"
    lines = table()
    put(home, ["\ufeff" + lines[0], *lines[1:]])  # an issue of the data, which names its file
    text = POLICY.replace("path: prices", f"path: {home / 'prices'}").replace("name: mine", "name: mine\ncapital: 7654321 USD")
    text += "description: gift of 50 VTI\n# A07, Trust of Mueller, /srv/mueller\n"
    (home / "policy.yaml").write_text(text, encoding="utf-8")
    (home / "book.db").write_text("A07 vti-lot-9", encoding="utf-8")
    monkeypatch.chdir(home)
    policy = load_policy("policy.yaml")
    assert load_market(policy).issues
    bundle = bundle_of(policy)
    whole = b"".join([bundle.data, *unpacked(bundle.data).values()])
    for secret in (*SECRETS, str(tmp_path), str(home), tmp_path.name):
        assert secret.encode() not in whole, secret
    about = bundle.manifest["policy"]
    assert about["left_out"] == ["capital: 1000000 USD stands in its place", "the path of the data: data stands in its place"]
    assert about["committed"] == policy.sha256 != about["sha256"]
    assert verify(open_bundle(bundle.data), Folder(str(home / "prices"))).exit_code == 0


def test_no_amount_of_money_stands_in_the_results(desk: Path) -> None:
    found = results_of(backtest(p := load_policy("policy.yaml"), load_market(p)))
    assert found["wealth"][0] == pytest.approx(1.0, abs=0.2)
    assert not {"start_value", "end_value", "costs", "fees", "taxes_paid"} & set(found["figures"])


# What differs is told.


def test_other_prices_are_told_series_by_series(desk: Path) -> None:
    bundle = bundle_of(load_policy("policy.yaml"))
    lines = table()
    lines[100] = lines[100].rpartition(",")[0] + ",91.0"
    (desk / "prices" / "prices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = verify(open_bundle(bundle.data))
    assert found.exit_code == 4
    assert [one.partition(" ")[0] for one in found.data] == ["TLT"]
    assert "2010-01-04 to 2010-12-31, 260 rows there" in found.data[0]
    assert found.words.startswith("NOT VERIFIED")


def test_missing_prices_are_told_and_are_no_crash(desk: Path) -> None:
    bundle = bundle_of(load_policy("policy.yaml"))
    (desk / "prices" / "prices.csv").unlink()
    found = verify(open_bundle(bundle.data))
    assert found.exit_code == 4
    assert found.data
    assert not found.results


@pytest.mark.parametrize("by", [1e-8, -1e-8])
def test_other_results_on_the_same_data_are_told(desk: Path, by: float) -> None:
    def change(told: dict[str, Any]) -> None:
        told["wealth"][3] += by

    found = verify(open_bundle(rewritten(bundle_of(load_policy("policy.yaml")).data, change, "results.json")))
    assert found.exit_code == 3
    assert len(found.results) == 1
    assert found.results[0].startswith("wealth[3] is ")


def test_what_cannot_be_run_here_is_a_difference_of_the_results(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_bundle(bundle_of(load_policy("policy.yaml")).data)

    def refuse(*_: object, **__: object) -> None:
        raise DataError("it is refused")

    monkeypatch.setattr(bundles, "backtest", refuse)
    found = verify(opened)
    assert found.exit_code == 3
    assert found.results == ("it cannot be run here: it is refused.",)


def test_data_are_looked_at_before_anything_is_run(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_bundle(bundle_of(load_policy("policy.yaml")).data)
    (desk / "prices" / "prices.csv").write_text("\n".join(table(200)) + "\n", encoding="utf-8")
    monkeypatch.setattr(bundles, "backtest", None)
    assert verify(opened).exit_code == 4


def test_what_is_within_rounding_is_the_same(desk: Path) -> None:
    def change(told: dict[str, Any]) -> None:
        told["wealth"][3] *= 1.0 + 1e-12

    assert verify(open_bundle(rewritten(bundle_of(load_policy("policy.yaml")).data, change, "results.json"))).exit_code == 0


def test_another_version_is_said_and_is_no_difference(desk: Path) -> None:
    data = rewritten(bundle_of(load_policy("policy.yaml")).data, lambda told: told.update(code="0.0.9+abc"))
    found = verify(open_bundle(data))
    assert found.exit_code == 0
    assert any(one.startswith("packed with trimtab 0.0.9+abc, here it is") for one in found.remarks)


def test_only_the_first_differences_are_said_and_how_many_more_there_are() -> None:
    one, other = {"wealth": [1.0] * 20}, {"wealth": [2.0] * 20}
    assert result_differences(one, other)[-1] == "and 15 more"
    assert result_differences({"a": [1, 2]}, {"a": [1]}) == ("a is 2 values in the bundle, 1 values here",)
    assert result_differences({"a": None}, {"a": 1.0}) == ("a is None in the bundle, 1 here",)
    assert result_differences({"a": True}, {"a": 1}) == ("a is True in the bundle, 1 here",)


# Manifests that are none.


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(policy=[]),
        lambda told: told["policy"].update(left_out=7),
        lambda told: told["policy"].pop("committed"),
        lambda told: told.update(data={"series": [1]}),
        lambda told: told["data"]["series"].update(SPY=None),
        lambda told: told.update(dates={"end": 5}),
        lambda told: told.update(dates={}),
        lambda told: told.update(versions={"numpy": [1]}),
        lambda told: told.update(code=None),
        lambda told: told.update(notes="all is well"),
        lambda told: told.update(form="other"),
        lambda told: told.update(version=2),
        lambda told: told.update(files={}),
        lambda told: told["files"].update({"policy.yaml": "0" * 64}),
        lambda told: told["policy"].update(left_out=["\x1b[31mfine"]),
    ],
)
def test_a_manifest_that_is_not_made_as_one_is_refused(desk: Path, change: Any) -> None:
    with pytest.raises(UsageError) as caught:
        open_bundle(rewritten(bundle_of(load_policy("policy.yaml")).data, change))
    assert caught.value.exit_code == 2


def test_dates_that_do_not_read_are_refused(desk: Path) -> None:
    data = rewritten(bundle_of(load_policy("policy.yaml")).data, lambda told: told["dates"].update(end="soon"))
    with pytest.raises(UsageError, match="dates of the manifest"):
        verify(open_bundle(data))
