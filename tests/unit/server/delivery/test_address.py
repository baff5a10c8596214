"""Addresses of the public: in every form of theirs they may be sent to."""

from ipaddress import ip_address

import pytest

from server.delivery.address import refusal


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::", "2606:2800::1"]
)
def test_a_public_address_is_public_in_every_form(address: str) -> None:
    assert refusal(ip_address(address), allow_private=False) is None
