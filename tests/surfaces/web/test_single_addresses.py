"""Where an identity provider may be asked."""

from __future__ import annotations

import pytest

from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.web.single_addresses import endpoint, require_issuer


@pytest.mark.parametrize(
    "address",
    [
        "http://login.firm.example",
        "http://10.0.0.1",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.firm.example",
        "http://localhost@firm.example",
        "https://anna@firm.example",
        "https://",
        "https://firm.example:99999",
        "https://firm.example/#a",
        "https:\\\\firm.example",
        "https://firm.example/ a",
        "https://fïrm.example",
        "file:///etc/passwd",
        "",
    ],
)
def test_addresses_that_are_not_asked(address: str):
    with pytest.raises(UsageError, match="no address of a provider"):
        require_issuer(address)
    for issuer in ("https://login.firm.example", "http://127.0.0.1:80"):
        with pytest.raises(DataError, match="names no token_endpoint"):
            endpoint({"token_endpoint": address}, "token_endpoint", issuer)


def test_plain_http_is_for_a_provider_on_loopback_alone():
    for address in ("http://127.0.0.1:9", "http://[::1]:9/realm", "http://localhost"):
        require_issuer(address)
        assert endpoint({"x": address}, "x", "http://127.0.0.1:80") == address
        with pytest.raises(DataError):
            endpoint({"x": address}, "x", "https://login.firm.example")
        with pytest.raises(DataError):  # TLS names its host, loopback or not
            endpoint({"x": address}, "x", "https://localhost")
