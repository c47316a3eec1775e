"""Secrets in addresses never reach a message: what stands between `://` and `@`, and passwords among the options of one."""

from __future__ import annotations

import re

_USER = re.compile(r"://[^\s/'\":@]*:[^\s'\"]*@")
_OPTION = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword|token)=[^\s&'\"]+")


def masked(text: str) -> str:
    """The text, with user and password of every address in it, and every `password=`, made unreadable."""
    return _OPTION.sub(r"\1=***", _USER.sub("://***@", text))
