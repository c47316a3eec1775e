"""A wheel holds the whole package and nothing else; tests of an installed package notice where it came from."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from tools.installed import OUTSIDE, main, strangers
from tools.wheel_contents import PAPERS, faults, source
from tools.wheel_contents import main as contents

ROOT = Path(__file__).parents[2]
TREE = {
    "trimtab/a.py": b"1",
    "trimtab/b.yaml": b"2",
    "trimtab/c.css": b"3",
    "trimtab/d.js": b"4",
    "trimtab/e.html": b"5",
    "trimtab/py.typed": b"",
}
WHOLE = TREE | {f"trimtab-1.dist-info/{name}": b"" for name in PAPERS}


def test_a_whole_wheel_has_no_fault():
    assert list(faults(WHOLE, TREE)) == []


@pytest.mark.parametrize("name", TREE)
def test_a_file_that_is_missing_or_changed_is_named(name: str):
    assert f"{name} is missing" in list(faults({key: data for key, data in WHOLE.items() if key != name}, TREE))
    assert list(faults(WHOLE | {name: b"other"}, TREE)) == [f"{name} is not as in the tree"]


@pytest.mark.parametrize("name", ["trimtab/left_over.py", "tests/test_a.py"])
def test_a_file_too_many_is_named(name: str):
    assert list(faults(WHOLE | {name: b""}, TREE)) == [f"{name} is not of the package"]


def test_a_package_without_a_kind_of_data_is_not_whole():
    tree = {name: data for name, data in TREE.items() if not name.endswith(".css")}
    members = {name: data for name, data in WHOLE.items() if not name.endswith(".css")}
    assert list(faults(members, tree)) == ["no file of the kind .css"]


@pytest.mark.parametrize("name", PAPERS)
def test_the_papers_are_asked_for(name: str):
    members = {key: data for key, data in WHOLE.items() if not key.endswith(f"dist-info/{name}")}
    assert list(faults(members, TREE)) == [f"dist-info/{name} is missing"]


def test_modules_from_elsewhere_are_strangers(tmp_path: Path):
    inside, outside, other = ModuleType("trimtab.a"), ModuleType("trimtab"), ModuleType("numpy")
    inside.__file__, outside.__file__, other.__file__ = f"{tmp_path}/a.py", "/elsewhere/trimtab.py", "/elsewhere/numpy.py"
    assert strangers([inside, outside, other], tmp_path.resolve()) == ["trimtab is /elsewhere/trimtab.py"]


def test_control_the_tree_is_refused_as_an_installed_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # nothing of this process lies there
    assert main(["--collect-only", "no such test"]) == OUTSIDE
    assert "installed: trimtab is " in capsys.readouterr().out


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a package of five files, the tools, and an environment that is the present one."""
    folder = tmp_path_factory.mktemp("with a space")
    for name in ("tools", "LICENSE", "NOTICE", "README.md", "pyproject.toml", ".gitignore"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for name, data in TREE.items():
        (folder / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "src" / name).write_bytes(data)
    (folder / "src" / "trimtab" / "__init__.py").write_text('"""Small."""\n\n__version__ = "1.0"\n')
    person = ("-c", "user.name=ann", "-c", "user.email=ann@example.com")
    for words in (("init", "-q"), ("add", "-A"), (*person, "commit", "-q", "-m", "Small")):
        subprocess.run(("git", *words), cwd=folder, check=True)
    return folder


def built(folder: Path) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"BUILD": "1", "PYTHON": sys.executable}
    return subprocess.run(("sh", "tools/wheel.sh"), cwd=folder, env=given, capture_output=True, text=True, check=False)


def test_two_builds_give_the_same_bytes(small: Path):
    done = built(small)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"the same bytes from two trees, SHA-256 [0-9a-f]{64}$", done.stdout, re.MULTILINE)) == 2
    assert "trimtab-1.0-py3-none-any.whl: the same bytes from the sdist" in done.stdout
    (wheel,) = (small / "out" / "supply" / "wheel" / "1").glob("*.whl")
    with ZipFile(wheel, "a") as archive:
        archive.writestr("trimtab/planted.py", "")
    assert contents(wheel, small) == 1


def test_control_a_build_that_depends_on_its_place_is_found(small: Path):
    hook = "import os\nfrom hatchling.builders.hooks.plugin.interface import BuildHookInterface\n\n\n"
    hook += "class Place(BuildHookInterface):\n    def initialize(self, version, build_data):\n"
    hook += "        open('src/trimtab/place.py', 'w').write(repr(os.getcwd()))\n"
    settings = (small / "pyproject.toml").read_text()
    (small / "hatch_build.py").write_text(hook)
    (small / "pyproject.toml").write_text(settings + "\n[tool.hatch.build.hooks.custom]\n")
    try:
        done = built(small)
    finally:
        (small / "hatch_build.py").unlink()
        (small / "pyproject.toml").write_text(settings)
    assert done.returncode == 1
    assert "trimtab-1.0-py3-none-any.whl is not reproducible" in done.stderr


def test_the_package_of_the_tree_is_read_without_what_python_compiled():
    names = source(ROOT)
    assert {"trimtab/__init__.py", "trimtab/py.typed"} <= names.keys()
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
