"""Which code made a result: the version, a hash of the package's own source, and of each module of others that it used."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import trimtab
from trimtab.core.errors import UsageError

_INSTALLED = ("site-packages", "dist-packages", Path(os.__file__).parent.name)  # folders whose files have nothing in common
_LOADED: dict[str, tuple[Any, str]] = {}  # by name: the module, and the hash of its source when it was loaded


@lru_cache(maxsize=1)
def code_version() -> str:
    """`0.1.0+1a2b3c4d5e6f`: the hash covers every Python file of the package, so that an edited copy shows."""
    root = Path(trimtab.__file__).parent
    return f"{trimtab.__version__}+{_sha256(root.rglob('*.py'), root)[:12]}"


def source_version(module: str) -> str:
    """SHA-256 of the source of a module that is not ours; empty where it has no file.

    That of a package is all of its Python files; that of a single file is the file and what it imports from beside it.
    Raises UsageError where it was edited after this process had loaded it: what runs is not what lies there.
    """
    now = _source(module)
    if module in sys.modules and note_loaded(module) != now:
        remedy = "Start Python again, so that the edited code is what runs."
        raise UsageError(f"the code of {module} was edited after it had been loaded", remedy=remedy)
    return now


def note_loaded(module: str) -> str:
    """The SHA-256 that the source of a module had when it was first seen loaded: called where a policy loads it."""
    here = sys.modules.get(module)
    if module not in _LOADED or _LOADED[module][0] is not here:
        _LOADED[module] = (here, _source(module))
    return _LOADED[module][1]


def _source(module: str) -> str:
    name = module.partition(".")[0]
    loaded = sys.modules.get(name)
    try:
        spec = getattr(loaded, "__spec__", None) or (find_spec(name) if loaded is None else None)
    except (ImportError, ValueError):
        return ""
    if spec is not None and spec.submodule_search_locations:
        folders = sorted(map(Path, spec.submodule_search_locations))
        return hashlib.sha256("".join(_sha256(root.rglob("*.py"), root) for root in folders).encode()).hexdigest()
    origin = Path(getattr(spec, "origin", None) or getattr(loaded, "__file__", None) or "")
    return _sha256(_with_imports(origin), origin.parent) if origin.is_file() else ""


def _with_imports(path: Path) -> set[Path]:
    """A file and what it imports from its own folder, directly or not."""
    found, ahead = {path}, [] if path.parent.name in _INSTALLED else [path]
    while ahead:
        for name in _imported(ahead.pop()):
            beside = {path.with_name(f"{name}.py"), *path.with_name(name).rglob("*.py")}
            new = {one for one in beside if one.is_file()} - found
            found |= new
            ahead += new
    return found


def _imported(path: Path) -> Iterator[str]:
    """The first names of what a file imports, wherever in it."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _sha256(files: Iterable[Path], root: Path) -> str:
    sha = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):  # an editor's mark on a file it holds is a link to nothing
        sha.update(path.relative_to(root).as_posix().encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()
