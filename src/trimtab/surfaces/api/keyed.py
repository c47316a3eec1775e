"""The key of a write: a new one per intention, the same one for a repeat."""

from typing import Annotated

from fastapi import Header


async def keyed(
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")],
) -> str:
    """What a route that writes depends on."""
    return key
