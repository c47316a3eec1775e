"""Advice: the checklist by the address, as the verb answers it, and nothing written by looking; mandates shown and held."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, served, served_alone, serving
from trimtab.surfaces.serving.kept import LOOK

__all__ = ["demo_desk_built", "served", "served_alone"]
SIX = {
    "horizon": "long",
    "tolerance": "medium",
    "capacity": "small",
    "tax": "taxable",
    "view": "systematic",
    "success": "defined",
}
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def alone(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of this file, which its tests may write to."""
    with serving(copied(demo_desk_built, tmp_path_factory.mktemp("alone") / "desk")) as found:
        yield found


def _verb(folder: Path, answers: dict[str, str]) -> dict[str, object]:
    options = [part for name, value in answers.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "trimtab", "advise", *options, "--json", "--policy", "x.yaml"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    found: dict[str, object] = json.loads(told)
    return found


def test_the_answer_is_the_verbs_own_and_nothing_is_written(served: Served, tmp_path: Path) -> None:
    before = sorted(one.name for one in served.folder.rglob("*.yaml"))
    client = served.browser("vera")
    found = client.get("/advice", params={**SIX, "format": "json"}).json()["advice"]
    told = _verb(tmp_path, SIX)
    assert found == {name: told[name] for name in found}
    page = client.get("/advice", params=SIX).text
    assert f"What fits: {told['approach']}" in page
    assert sorted(one.name for one in served.folder.rglob("*.yaml")) == before


def test_what_is_missing_is_listed_and_what_was_said_stays(served: Served) -> None:
    page = served.browser("vera").get("/advice", params={"horizon": "long", "benchmark": "US_EQ=1"}).text
    assert "4 questions are still open" in page or "5 questions are still open" in page
    assert 'value="long" checked' in page
    assert 'value="US_EQ=1"' in page


@pytest.mark.parametrize(
    "wrong",
    [{"horizon": "never"}, {"volatility": "much"}, {"benchmark": HOSTILE}, {"benchmark": "US_EQ=x"}, {"wanted": "luck"}],
)
def test_an_answer_that_is_none_is_one_line_with_the_form_filled_in(served: Served, wrong: dict[str, str]) -> None:
    answer = served.browser("vera").get("/advice", params={**SIX, **wrong})
    assert answer.status_code == 200
    assert 'class="error" role="alert"' in answer.text
    assert 'value="small" checked' in answer.text
    assert HOSTILE not in answer.text


def test_nothing_may_start_before_success_is_defined(served: Served) -> None:
    page = served.browser("one").get("/advice", params={**SIX, "success": "undefined"}).text
    assert "Nothing may start yet" in page
    assert "/advice/write" not in page


def test_a_policy_is_written_once_by_who_may_and_never_over_a_file(alone: Served) -> None:
    client, reader = alone.browser("alan"), alone.browser("vera")
    assert "/advice/write" not in reader.get("/advice", params=SIX).text
    form = {**SIX, "name": "mine", "next": "/advice"}
    assert reader.post("/advice/write", data={**form, "csrf": alone.csrf(reader)}).status_code == 403
    form["csrf"] = alone.csrf(client)
    assert client.post("/advice/write", data=form).status_code == 303
    place = alone.folder / "policies" / "mine.yaml"
    text = place.read_text()
    assert client.get("/advice", params={**SIX, "format": "json"}).json()["text"].splitlines()[-1] == text.splitlines()[-1]
    client.get("/advice")
    client.post("/advice/write", data=form)
    assert "exists already" in client.get("/advice").text
    assert place.read_text() == text
    for name in ("../out", "a/b", "", "x" * 100, "-rf", "a\0b"):
        client.post("/advice/write", data={**form, "name": name})
        assert "cannot be the name" in client.get("/advice").text
    assert not (alone.folder / "out.yaml").exists()


def test_a_mandate_is_begun_shown_and_held_against_a_policy(alone: Served) -> None:
    client = alone.browser("one")
    csrf = alone.csrf(client)
    assert (
        client.post("/do/mandate-init", data={"out": "mandate.yaml", "csrf": csrf, "key": "m", "next": "/advice"}).status_code
        == 303
    )
    (one,) = client.get("/advice", params={"format": "json"}).json()["mandates"]
    assert one["file"] == "mandate.yaml"
    (alone.folder / "broken.yaml").write_text(f"mandate: 1\nname: {json.dumps(HOSTILE)}\n")
    (alone.folder / "linked.yaml").symlink_to("/etc/hostname")
    time.sleep(2 * LOOK)  # files are looked at a few times a second
    page = client.get("/advice").text
    assert HOSTILE not in page
    assert "broken.yaml" in page
    assert "linked.yaml" not in page
    asked = {"mandate": "mandate.yaml", "policy": "policies/demo-two-funds.yaml", "format": "json"}
    found = client.get("/advice", params=asked).json()["mandate"]
    told = alone.api().get("/mandate/check", params={name: asked[name] for name in ("mandate", "policy")})
    assert found["checked"].get("parts") == told.json().get("parts")
    assert client.get("/advice", params={"mandate": "../book.db"}).status_code == 200
