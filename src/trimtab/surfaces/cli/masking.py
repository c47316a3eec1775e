"""Secrets in addresses never reach a message: what stands between `://` and `@`, and passwords among the options of one."""

from __future__ import annotations

import re


def masked(text: str) -> str:
    """The text, with the user and password of every address in it, and every `password=`, made unreadable."""
    hidden = re.sub(r"(://)[^\s/'\"]*@", r"\1***@", text)
    return re.sub(r"(?i)(pass(?:word|wd|file)?|sslpassword|pwd|token)=[^\s&'\"]+", r"\1=***", hidden)
