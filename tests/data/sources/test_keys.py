"""Keys come from the environment or a file of the user's own, and show themselves to nobody."""

from __future__ import annotations

import copy
import os
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from trimtab.core.errors import UsageError
from trimtab.data.sources.keys import VARIABLES, Login, Secret, key, key_if_any

CANARY = "canary-0123456789"


def stored(folder: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path = folder / "trimtab" / "keys.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return {"XDG_CONFIG_HOME": str(folder), "APPDATA": str(folder)}


@pytest.mark.parametrize(("vendor", "variable"), VARIABLES.items())
def test_the_environment_comes_first(vendor: str, variable: str, tmp_path: Path) -> None:
    environment = stored(tmp_path, f'{vendor} = "from-the-file"')
    assert key(vendor, environment).reveal() == "from-the-file"
    found = key(vendor, environment | {variable: f" {CANARY}\n"})
    assert (found.reveal(), found.variable) == (CANARY, variable)


def test_the_real_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIINGO_API_KEY", CANARY)
    assert key("tiingo").reveal() == CANARY


def test_a_missing_key_says_what_to_set(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    assert key_if_any("fred", environment) is None
    with pytest.raises(UsageError, match=r'TIINGO_API_KEY, or write `tiingo = "..."` in .*keys\.toml'):
        key("tiingo", environment)
    assert key_if_any("fred", {}) is None
    assert key_if_any("fred", stored(tmp_path, 'tiingo = "only-this-one"')) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    environment = stored(tmp_path, f'tiingo = "{CANARY}"', mode)
    if os.name == "nt":  # keeps no such modes
        assert key("tiingo", environment).reveal() == CANARY
        return
    with pytest.raises(UsageError, match="chmod 600") as caught:
        key("tiingo", environment)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'tiingo = "{CANARY}', "is not TOML"),
        (f"tiingo = {CANARY}", "is not TOML"),
        (f'tiingo = ["{CANARY}"]', "is not text"),
        (f'tiingo = "{CANARY} {CANARY}"', "does not look like one"),
        (f'tiingo = "{CANARY}\\r\\nHost: x"', "does not look like one"),
        (f'tiingo = "{CANARY}\u00e9"', "does not look like one"),
        ('tiingo = "abc"', "does not look like one"),
        ("x" * 70_000, "is not TOML"),
    ],
)
def test_a_file_or_key_that_cannot_be_used_is_refused_unshown(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        key("tiingo", stored(tmp_path, text))
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
    assert str(tmp_path) in str(caught.value)


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(CANARY, "X_API_KEY")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", "%s %r" % (secret, secret)]  # noqa: UP031
    shown += [repr(Login(secret, query="token")), repr([secret]), repr({"k": secret})]
    assert not [text for text in shown if "canary" in text]
    assert not hasattr(secret, "__dict__")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be copied"):
            leak(secret)
    with pytest.raises(TypeError, match="cannot be copied"):
        asdict(Login(secret))
    assert secret.reveal() == CANARY
