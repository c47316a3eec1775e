"""Keys of vendors: from the environment, or else from the user's own file keys.toml; never from a policy.

The file stands in the user's folder of settings (XDG_CONFIG_HOME or ~/.config on POSIX, APPDATA on Windows), in its folder
`trimtab`, and holds one line a vendor: `tiingo = "..."`. A key is handed around as a `Secret`, which shows itself to nobody
who does not ask for it by name.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from trimtab.core.errors import UsageError

VARIABLES = {
    "tiingo": "TIINGO_API_KEY",
    "fred": "FRED_API_KEY",
    "eodhd": "EODHD_API_KEY",
    "alpha_vantage": "ALPHAVANTAGE_API_KEY",
    "nasdaq_data_link": "NASDAQ_DATA_LINK_API_KEY",
}

MASK = "***"

_LARGEST = 65_536  # bytes; a file of keys is a few lines


class Secret:
    """A text that must not be shown. Every way of printing or copying it shows a mask or is refused."""

    __slots__ = ("_text", "variable")

    def __init__(self, text: str, variable: str = "") -> None:
        self._text, self.variable = text, variable

    def reveal(self) -> str:
        """The text itself. Call it where the text leaves for the vendor and nowhere else; keep the answer in no variable."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or stored")


@dataclass(frozen=True, slots=True)
class Login:
    """How a vendor wants its key: as the parameter `query` of the address, or in `header` after `prefix`."""

    secret: Secret
    query: str = ""
    header: str = ""
    prefix: str = ""


def key(vendor: str, environment: Mapping[str, str] | None = None) -> Secret:
    """The key of `vendor` (a name of VARIABLES). Raises UsageError where there is none, or where it cannot be used."""
    found = key_if_any(vendor, environment)
    if found is None:
        remedy = f'Set the environment variable {VARIABLES[vendor]}, or write `{vendor} = "..."` in {_shown(environment)}.'
        raise UsageError(f"{vendor} needs a key and none is set", remedy=remedy)
    return found


def key_if_any(vendor: str, environment: Mapping[str, str] | None = None) -> Secret | None:
    """The key of `vendor`, or None where none is set. Raises UsageError where it cannot be used."""
    given = os.environ if environment is None else environment
    variable = VARIABLES[vendor]
    if text := given.get(variable, "").strip():
        return _checked(text, variable, variable)
    path = keys_file(given)
    value = _stored(path).get(vendor) if path is not None else None
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError(f"the key of {vendor} is not text", where=str(path), remedy="Write it between quotes.")
    return _checked(value.strip(), variable, str(path)) if value.strip() else None


def keys_file(environment: Mapping[str, str]) -> Path | None:
    """Where the user's keys.toml stands, or None where the system names no folder for settings."""
    if os.name == "nt":
        folder = environment.get("APPDATA", "")
    else:
        folder = environment.get("XDG_CONFIG_HOME", "")
        if not folder.startswith("/"):  # the standard: a relative path is to be ignored
            folder = f"{environment['HOME']}/.config" if environment.get("HOME") else ""
    return Path(folder) / "trimtab" / "keys.toml" if folder else None


def _shown(environment: Mapping[str, str] | None) -> str:
    return str(keys_file(os.environ if environment is None else environment) or "keys.toml")


def _stored(path: Path) -> dict[str, Any]:
    """The entries of the file of keys; none where there is no file. The parser's own words could show a key: left out."""
    try:
        with path.open("rb") as stream:
            mode, data = os.fstat(stream.fileno()).st_mode, stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        fault = UsageError(f"the file of keys cannot be read ({error.strerror})", where=str(path), remedy="Check it.")
        raise fault from None
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        remedy = f"Run: chmod 600 {path}"
        raise UsageError("other users of this machine may read the file of keys", where=str(path), remedy=remedy)
    return _entries(data, path)


def _entries(data: bytes, path: Path) -> dict[str, Any]:
    entries = None
    if len(data) <= _LARGEST:
        try:
            entries = tomllib.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
            entries = None
    if entries is None:  # raised out here, so that the parser's error does not hang on it
        remedy = 'Write one line a vendor, such as tiingo = "...".'
        raise UsageError("the file of keys is not TOML", where=str(path), remedy=remedy)
    return entries


def _checked(text: str, variable: str, where: str) -> Secret:
    """The key, if it can stand in a request: what cannot was cut or pasted wrongly."""
    if len(text) < 4 or len(text) > 512 or not all("!" <= letter <= "~" for letter in text):
        remedy = "Copy it again: keys are printable ASCII without blanks, 4 to 512 characters long."
        raise UsageError("the key does not look like one", where=where, remedy=remedy)
    return Secret(text, variable)
