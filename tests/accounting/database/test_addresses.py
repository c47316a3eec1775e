"""Addresses of servers: one that cannot be read is refused, and nothing of a password is ever shown."""

from __future__ import annotations

import pytest

from trimtab.accounting.database.addresses import ServerAddress, address_of
from trimtab.core.errors import UsageError


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:s3c%ret@server/books",  # a percent sign that begins no code: the driver quotes the password
        "postgresql://u:s3c ret@server/books",
        "postgresql://u:s3c/ret@server/books",  # the rest of the password would be shown as the database
        "postgresql://u:s3c@ret@server/books",  # or as the server
        "postgresql://u:s3c@[::1/ret",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        address_of(address)
    assert "s3c" not in str(refused.value)
    assert "ret" not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__  # a traceback shows neither


def test_a_password_with_its_signs_coded_is_read_and_not_shown() -> None:
    place = address_of("postgresql://u:s3c%40r%2Fet@server/books?schema=ours")
    assert isinstance(place, ServerAddress)
    assert place.words == "postgresql://server/books?schema=ours"
    assert "s3c" not in repr(place)
