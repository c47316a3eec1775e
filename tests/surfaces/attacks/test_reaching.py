"""F5 to F7, F14: no name leads out of the workspace, no address is asked, no code loaded, by whatever option or page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from starlette.routing import Route

from tests.surfaces.attacks.attacked import CANARY, PLANTED, Heard
from tests.surfaces.attacks.corpora import UPWARDS, addresses
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.attacks.reaching import FIELDS, SETTING, shown_outside, ways
from tests.surfaces.web.served_desk import Served, copied
from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.operations import Kind
from trimtab.surfaces.serving.places import SETTINGS
from trimtab.surfaces.web.app import routes
from trimtab.surfaces.web.pages.every import FIGURES, PAGES

FEW = ("../outside/canary.yaml", "{}/canary.yaml", "leads_out/canary.yaml", "%2e%2e/outside/canary.yaml", "/etc/passwd")
ASKING = "SELECT * FROM read_csv('ADDRESS')"
DEEP = ("policy", "file", "mandate")  # options that are tried with everything


def names(served: Served, wanted: tuple[str, ...] = UPWARDS) -> list[str]:
    return [name.replace("{}", str(served.folder.parent / "outside")) for name in wanted]


def test_no_option_of_the_api_leads_out(attacked: Served) -> None:
    api, broken = attacked.api("one"), []
    for way in ways(kinds=(Kind.READ, Kind.WRITE)):
        every = way.option in DEEP and way.operation.id in ("read-policy-check", "read-policy-verify", "read-mandate-check")

        def asked(name: str, way: Any = way) -> str:
            answer = way.asked(api, name)
            broken.extend([f"{way.words} {name}"] if answer.status_code >= 500 else [])
            return answer.text

        assert not shown_outside(asked, names(attacked, UPWARDS if every else FEW[:2])), way.words
    assert not broken


def test_no_job_is_begun_with_a_name_outside(attacked: Served) -> None:
    api = attacked.api("one")
    for way in ways(kinds=(Kind.LONG,)):
        for name in names(attacked, FEW[:3]):
            assert way.asked(api, name).status_code in (409, 422), (way.words, name)


@pytest.mark.parametrize("hole", ["traversal", "link", "twice"])
def test_a_name_that_leads_out_is_seen_where_one_passes(holed: Holed, hole: str) -> None:
    client = holed.browser()
    outside = str(holed.root.parent / "outside")
    every = [name.replace("yaml", "txt").replace("{}", outside) for name in UPWARDS if "/dev/" not in name]

    def asked(name: str) -> str:
        try:
            return client.get("/file", params={"name": name}).text
        except httpx.InvalidURL:
            return ""

    with holed.with_hole(""):
        assert not shown_outside(asked, every[:-3])
    with holed.with_hole(hole):
        assert shown_outside(asked, every[:-3])


def paged(served: Served, wanted: tuple[str, ...]) -> list[str]:
    """Pages that show what lies outside, or fail, when every field of theirs names it."""
    client, through = served.browser("one"), []
    for path in (
        *(page.path.partition("{")[0] + "x" * ("{" in page.path) for page in PAGES),
        *(path for path, _, _ in FIGURES),
    ):
        for name in names(served, wanted):
            answer = client.get(path, params=dict.fromkeys(FIELDS, name))
            if answer.status_code >= 500 or any(word in answer.text.replace(name, "") for word in (f"{CANARY}:", "root:x:0")):
                through.append(f"{path} {name}: {answer.status_code}")
    return through


def test_no_field_of_a_page_leads_out(attacked: Served) -> None:
    assert not paged(attacked, (FEW[0], FEW[2]))


@pytest.mark.soak
def test_no_field_of_a_page_leads_out_in_any_spelling(attacked: Served) -> None:
    assert not paged(attacked, tuple(name for name in UPWARDS if len(name) < 500))


def test_no_part_of_a_path_leads_out(attacked: Served) -> None:
    """Encoded once and twice, with backslashes, zeros and names without end."""
    web = [one for one in routes(cast("Any", SimpleNamespace(more={}))) if isinstance(one, Route) and "{" in one.path]
    client = attacked.browser("one")
    api = ("/api/v1/jobs/{id}/outcome", "/api/v1/policies/{name}", "/api/v1/files/{name}", "/api/v1/files/uploads/{name}")
    for path in (*(one.path for one in web if "GET" in (one.methods or ())), *api):
        before, _, rest = path.partition("{")
        after = rest.partition("}")[2]
        for name in names(attacked)[:: 1 if "static" in path or "files" in path else 6]:
            spelled = (quote(name, safe=""), quote(quote(name, safe=""), safe=""))
            for one in spelled:
                answer = client.get(f"{before}{one}{after}", headers={"accept-encoding": "identity"})
                assert answer.status_code in (400, 404, 405, 409, 422), (path, name, answer.status_code)
                assert f"{CANARY}:" not in answer.text


def audited(folder: Path, name: str) -> dict[str, list[str]]:
    command = [sys.executable, "-m", "tests.surfaces.attacks.audited", str(folder), name]
    paths = os.pathsep.join([str(Path(__file__).parents[3]), str(folder.parent / "outside")])
    environment = {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout, done.stderr[-800:]
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_no_verb_opens_a_file_or_loads_a_module_by_another_option(demo_desk_built: Path, tmp_path: Path) -> None:
    """Asked of Python itself. Without the check the same run sees both: names of policies, and code in settings."""
    folder = copied(demo_desk_built, tmp_path / "desk")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary.yaml").write_text("a: b\n")
    (tmp_path / "outside" / f"{PLANTED}.py").write_text("")
    found = audited(folder, "../outside/canary.yaml")
    assert found["checked"] == []
    seen = " ".join(found["unchecked"])
    assert "read-policy-check policy: open" in seen
    assert "read-what-if set: open" in seen
    assert PLANTED in seen


def test_no_setting_loads_code(attacked: Served) -> None:
    """Of a policy, by whoever may read or research: at the API, by a form, and by the fields of pages."""
    api, client = attacked.api("alan"), attacked.browser("alan")
    csrf = attacked.csrf(client)
    for text in SETTING:
        for way in ways(SETTINGS):
            assert way.asked(api, text).status_code in (409, 422, 403), (way.words, text)
        for verb in ("sweep", "validate"):
            form = {"csrf": csrf, "policy": "policies/demo-trend-overlay.yaml", "target": "x", "grid": text}
            assert client.post(f"/do/{verb}", data=form).status_code in (409, 422)
        for page in PAGES:
            if "{" not in page.path and page.name in ("what-if", "what-if-effect", "research"):
                client.get(page.path, params={"account": "DEMO-1", "set": text, "allocator.use": text.partition("=")[2]})
    assert not (attacked.folder.parent / "outside" / "imported").exists()


def taken(root: Path, address: str) -> list[str]:
    """Where a policy with this address in some place of it passes for a policy of the workspace."""
    about = "trimtab: 1\nname: x\nuniverse: {A: {series: %s}}\nbenchmark: {A: 1.0}\n"
    texts = {
        "data.path": about % "A" + f"data: {{use: folder, path: {json.dumps(address)}}}\n",
        "data.use": about % "A" + f"data: {{use: {json.dumps(address)}}}\n",
        "data": about % "A" + f"data: {json.dumps(address)}\n",
        "views": about % "A" + f"data: {{use: samples}}\nviews: {json.dumps(address)}\n",
        "series": about % json.dumps(address) + "data: {use: samples}\n",
        "vendor": about % "A" + f"data: {{use: sql, address: {json.dumps(address)}, url: {json.dumps(address)}}}\n",
    }
    passed = []
    for place, text in texts.items():
        try:
            policy_files.check(root, "x.yaml", text)
        except TrimtabError:
            continue
        passed.append(place)
    return passed


def test_no_address_in_a_policy_is_taken_or_asked(tmp_path: Path, heard: Heard) -> None:
    root = tmp_path / "desk"
    (root / "policies").mkdir(parents=True)
    for address in addresses(heard.port):
        assert set(taken(root, address)) <= {"series"}, address  # a name that no source has; nothing is asked for it
    assert not heard.paths


def test_the_server_asks_nobody(attacked: Served, heard: Heard) -> None:
    """Addresses in files that lie in the workspace, in settings, feeds, brokers' files and questions to the store."""
    api = attacked.api("one")
    for k, address in enumerate(addresses(heard.port)[::3]):
        text = "trimtab: 1\nname: x\nuniverse: {A: {series: A}}\nbenchmark: {A: 1.0}\ndata: {use: folder, path: %s}\n"
        (attacked.folder / "policies" / f"asks-{k}.yaml").write_text(text % json.dumps(address))
        (attacked.folder / f"live-{k}.yaml").write_text(f"broker: paper\nurl: {json.dumps(address)}\n")
        asked = [
            api.get("/policy/check", params={"policy": f"policies/asks-{k}.yaml"}),
            api.get("/signals", params={"policy": f"policies/asks-{k}.yaml"}),
            api.get("/signals", params={"policy": address}),
            api.get("/what-if", params={"account": "DEMO-1", "set": f"data.path={address}"}),
            api.get("/what-if", params={"account": "DEMO-1", "set": f"tax.rates={address}"}),
            api.get("/data/sql", params={"query": ASKING.replace("ADDRESS", address)}),
            api.post("/data/update", json={"feeds": address}, headers={"idempotency-key": f"feeds-{k}"}),
            api.post(
                "/orders/send", json={"orders": ["x"], "live": f"live-{k}.yaml"}, headers={"idempotency-key": f"live-{k}"}
            ),
        ]
        assert all(one.status_code < 500 for one in asked), [(str(one.url), one.status_code) for one in asked]
    for k in range(len(addresses(0)[::3])):
        (attacked.folder / "policies" / f"asks-{k}.yaml").unlink()
    assert not heard.paths


def test_a_server_that_asks_is_heard(holed: Holed, heard: Heard) -> None:
    client = holed.browser()
    for hole in ("", "reach"):
        with holed.with_hole(hole):
            for address in addresses(heard.port)[:3]:
                client.post("/policy", content=f"data: {address}\n".encode())
        assert bool(heard.paths) is bool(hole)
