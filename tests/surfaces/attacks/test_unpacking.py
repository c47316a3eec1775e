"""F6, F7: archives that lead out or swell, YAML that unfolds, pickles, and questions to the store that reach further."""

from __future__ import annotations

import io
import os
import pickle
import stat
import time
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.surfaces.attacks.attacked import CANARY, SECRETS
from tests.surfaces.attacks.burdening import resident
from tests.surfaces.attacks.corpora import BOMB, QUESTIONS, UPWARDS
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.web.served_desk import Served
from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving import policy_files

NAMES = (
    "../slipped.txt",
    "/tmp/slipped.txt",  # noqa: S108 - the very name
    "policies/../../slipped.txt",
    "..\\slipped.txt",
    "leads_out/slipped.txt",
    "policy.yaml",
)


def archives() -> dict[str, bytes]:
    """Zips that would write elsewhere, link elsewhere, or swell to 200 MB and more."""
    made = {f"slip-{k}": _zip({name: b"x"}) for k, name in enumerate(NAMES)}
    made["bomb"] = _zip({"policy.yaml": b"\0" * 200_000_000, "manifest.json": b"{}", "results.json": b"{}"})
    made["nested"] = _zip({"manifest.json": _zip({"a": made["bomb"]})})
    made["many"] = _zip({f"{k}.txt": b"" for k in range(20_000)})
    link = zipfile.ZipInfo("policy.yaml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    made["link"] = _zip({link: b"../outside/canary.yaml", "manifest.json": b"{}", "results.json": b"{}"})
    made["damaged"] = made["slip-0"][:-10] + b"\0" * 10
    return made


def _zip(files: dict[str, bytes] | dict[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def test_no_archive_is_unpacked(attacked: Served) -> None:
    api, around = attacked.api("one"), attacked.folder.parent
    before, held = sorted(around.rglob("*slipped*")), resident(attacked.process.pid)
    for name, data in archives().items():
        place = attacked.folder / f"{name}.trimtab"
        place.write_bytes(data)
        start = time.perf_counter()
        answer = api.get("/policy/verify", params={"file": place.name})
        assert answer.status_code == 409, (name, answer.text)
        assert time.perf_counter() - start < 10
        assert CANARY not in answer.text
        place.unlink()
    assert sorted(around.rglob("*slipped*")) == before == []
    assert not Path(NAMES[1]).exists()
    assert resident(attacked.process.pid) - held < 50_000


def test_no_upload_lands_elsewhere(attacked: Served) -> None:
    """Names of files that climb, name the machine, hide an ending or are no names at all; zips and links are refused."""
    api, around = attacked.api("tom"), attacked.folder.parent
    uploads, slip = attacked.folder / "uploads", _zip({NAMES[0]: b"x"})
    before = {one for one in around.rglob("*") if uploads not in one.parents and one.is_file() and "access" not in one.name}
    for k, name in enumerate(
        (*UPWARDS[:40:2], "x.csv\r\nset-cookie: a=b", ".htaccess", "x.py", "x.yaml", "a.csv/../../b.csv", "x.csv.exe")
    ):
        for data in (b"a,b\n1,2\n", slip, b"\x80\x04cposix\nmkdir\n."):
            sent = {"file": (name, data, "text/csv")}
            answer = api.post("/files", files=sent, headers={"idempotency-key": f"upload-{k}-{len(data)}"})
            assert 200 <= answer.status_code < 500, (name, answer.status_code)
            if answer.status_code == 201:
                place = attacked.folder / answer.json()["name"]
                assert place.parent == uploads and place.read_bytes() == data  # noqa: PT018
                assert not data.startswith(b"PK")
    after = {one for one in around.rglob("*") if uploads not in one.parents and one.is_file() and "access" not in one.name}
    assert {one for one in after - before if "desk.log" not in one.name} <= {uploads}


def places(served: Served, data: bytes) -> list[tuple[str, float]]:
    """Everything that reads a file of the workspace is given this one: what is answered that is no refusal, and how slowly."""
    api, taken = served.api("one"), []
    (served.folder / "given.yaml").write_bytes(data)
    (served.folder / "given.csv").write_bytes(data)
    asks = (
        *((path, {"policy": "given.yaml"}) for path in ("/policy/check", "/policy/show", "/signals", "/decide", "/drift")),
        *((path, {"mandate": "given.yaml"}) for path in ("/mandate/check", "/mandate/rules", "/mandate/show")),
        ("/policy/verify", {"file": "given.yaml"}),
        ("/tax/rates", {"name": "given.yaml"}),
        ("/policy/diff", {"policies": ["given.yaml", "given.yaml"]}),
    )
    for path, values in asks:
        start = time.perf_counter()
        answer = api.get(path, params=values)
        if not 400 <= answer.status_code < 500 or time.perf_counter() - start > 10:
            taken.append((path, time.perf_counter() - start))
    body = {"file": "given.csv", "account": "DEMO-1", "format": "csv"}
    answer = api.post("/book/import", json=body, headers={"idempotency-key": f"given-{len(data)}"})
    return [*taken, *([] if 400 <= answer.status_code < 500 else [("/book/import", float(answer.status_code))])]


DOCUMENTS = {
    "aliases": BOMB.encode(),
    "merges": b"a: &a {x: 1}\nb: {<<: *a}\n",
    "code": b"!!python/object/apply:os.system ['touch slipped']\n",
    "deep": b"a: " + b"[" * 5000 + b"]" * 5000,
    "wide": b"a: [" + b"1," * 600_000 + b"]",
    "bytes": bytes(range(256)) * 40,
    "long": b"a: " + b"x" * 3_000_000,
}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_document_unfolds(attacked: Served, name: str, tmp_path: Path) -> None:
    assert places(attacked, DOCUMENTS[name]) == []
    text = DOCUMENTS[name].decode("latin-1")
    with pytest.raises(TrimtabError):
        policy_files.check(tmp_path, "given.yaml", text)


def test_what_unfolds_is_seen(holed: Holed) -> None:
    client = holed.browser()
    small = BOMB[: BOMB.index("d: ")]  # enough to tell whether aliases are taken
    for hole in ("", "aliases"):
        with holed.with_hole(hole):
            assert (client.post("/policy", content=small.encode()).status_code == 200) is bool(hole)


class Opened:
    """What, once unpickled, leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.mkdir, (str(self.mark), 0o700)


def test_no_pickle_is_opened(attacked: Served, tmp_path: Path) -> None:
    mark = tmp_path / "opened"
    data = pickle.dumps(Opened(mark))
    assert places(attacked, data) == []
    assert not mark.exists()
    pickle.loads(data)
    assert mark.exists()


def questions(served: Served) -> list[str]:
    """SELECTs that read files, the network, the environment and settings, or write."""
    outside = str(served.folder.parent / "outside")
    return [one.replace("OUTSIDE", outside) for one in QUESTIONS]


def test_no_question_to_the_store_reaches_further(attacked: Served) -> None:
    """The same questions reach the canary in a database that is not locked down."""
    api = attacked.api("one")
    made = api.post("/data/init", json={}, headers={"idempotency-key": "the-store"})
    assert made.status_code == 200, made.text
    assert api.get("/data/sql", params={"query": "SELECT count(*) AS n FROM observations"}).status_code == 200
    secrets = (f"{CANARY}:", "root:x:0", *SECRETS.values())
    written = attacked.folder.parent / "outside" / "written.csv"
    for question in questions(attacked):
        answer = api.get("/data/sql", params={"query": question})
        assert answer.status_code < 500, question
        assert not any(secret in answer.text for secret in secrets), question
    assert not written.exists()
    assert sum(any(secret in openly(question) for secret in secrets) for question in questions(attacked)) >= 5
    assert written.exists()


def openly(question: str) -> str:
    """What a database that is not locked down answers."""
    if not question.startswith(("SELECT", "FROM", "WITH")):
        return ""
    try:
        return str(duckdb.sql(question).fetchall())
    except (duckdb.Error, AttributeError):
        return ""
