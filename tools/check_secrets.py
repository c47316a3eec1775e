"""No file of the project holds a secret: keys, tokens, passwords in addresses, and random text given to a secret's name.

Reads every file that git tracks or would track, and prints one line per finding, never the secret itself. Tests plant
secrets on purpose, to look for them where they must not be: tools/planted.txt lists each by its file, the fingerprint of
its text, and why it is there. An entry that nothing matches any more is a finding too.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.check_addresses import text_of, tracked

PLANTED = Path("tools/planted.txt")
RANDOM = 3.0  # bits a character, from which a text of 16 characters looks drawn rather than written


class Rule(NamedTuple):
    """What is looked for: a group of the pattern is the secret. `hints`, in lower case, say which files are worth a look.

    `drawn`: only what looks drawn by lot counts.
    """

    what: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    drawn: bool = False


class Finding(NamedTuple):
    """A secret in a file."""

    name: str
    line: int
    what: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}: {self.what} (fingerprint {self.fingerprint})"


SECRET_NAMES = ("secret", "passw", "passphrase", "token", "apikey", "api_key", "access_key", "private_key", "credential")
RULES = (  # written so that they do not find themselves
    Rule("a private key", re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)"), ("-----begin ",)),
    Rule("a key of AWS", re.compile(r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b"), ("akia", "asia")),
    Rule("a token of GitHub", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"), ("gh", "github_pat_")),
    Rule(
        "a token of Slack",
        re.compile(r"\b(xox[abeoprs]-\w[\w-]{9,}|hooks\.slack\.com/services/[\w/]{20,})"),
        ("xox", "slack.com"),
    ),
    Rule("a token of this desk", re.compile(r"\b(trimtab_[A-Za-z0-9]{6,}_(?=\w*\d)[\w-]{32,})"), ("trimtab_",)),
    Rule("a password in an address", re.compile(r"://[^\s/:@'\"<>{}$]*:([^\s/@'\"{$<*%][^\s/@'\"]*)@[\w.\[{-]"), ("://",)),
    Rule(
        "random text under a secret's name",
        re.compile(
            rf"(?:{'|'.join(SECRET_NAMES)})\w*[\"']?\]?\s*[:=]=?\s*[bf]?"
            r"(?:[\"']([^\s\"'{}]{16,})[\"']|(?![\"'])([A-Za-z0-9+/=_~-]{16,}+)(?![(.\[\w]))",
            re.IGNORECASE,
        ),
        SECRET_NAMES,
        drawn=True,
    ),
)


def findings(name: str, text: str) -> Iterator[Finding]:
    """What is in one file, rule by rule."""
    small = text.lower()
    for rule in RULES:
        if any(hint in small for hint in rule.hints):
            for found in rule.pattern.finditer(text):
                secret = next(group for group in found.groups() if group)
                if not rule.drawn or looks_drawn(secret):
                    yield Finding(name, text.count("\n", 0, found.start()) + 1, rule.what, fingerprint(secret))


def looks_drawn(text: str) -> bool:
    """Whether a text has letters and digits, and as many different characters as drawn text has (Shannon 1948)."""
    shares = [count / len(text) for count in Counter(text).values()]
    entropy = -sum(share * math.log2(share) for share in shares)
    return entropy >= RANDOM and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def fingerprint(secret: str) -> str:
    """A short hash, by which a planted secret is known without being written down again."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def planted(text: str) -> dict[tuple[str, str], str]:
    """By file and fingerprint, why a secret stands there. Raises ValueError for a line without a reason."""
    entries: dict[tuple[str, str], str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            words = line.split(maxsplit=2)
            if len(words) < 3:
                raise ValueError(f"{PLANTED}:{number}: {line!r} gives no reason. Write: FILE FINGERPRINT REASON")
            entries[words[0], words[1]] = words[2]
    return entries


def main(root: Path = Path()) -> int:
    """Check all files under `root`, print the findings, and return the exit code."""
    files = tracked(root)
    allowed = planted(text_of(root / PLANTED))
    found = [one for name in files for one in findings(name, text_of(root / name))]
    wrong = [f"{one}" for one in found if (one.name, one.fingerprint) not in allowed]
    idle = sorted(allowed.keys() - {(one.name, one.fingerprint) for one in found})
    wrong += [f"{PLANTED}: {name} holds no secret {mark} any more: take the line out" for name, mark in idle]
    print(*wrong, f"secrets: {len(files)} files, {len(allowed)} planted, {len(wrong)} findings", sep="\n")
    if wrong:
        print(f"  A real one: take it out, and have it withdrawn. Planted by a test: a line in {PLANTED} with the reason.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
