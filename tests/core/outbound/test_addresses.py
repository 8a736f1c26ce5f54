"""Which addresses zdt may talk to."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.outbound.addresses import METADATA, permitted


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111"])
def test_public_addresses_are_permitted(address):
    assert permitted(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.1.1", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "233.1.1.1",
        "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "ff0e::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_denied(address):
    assert not permitted(address)


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_an_address_within_an_address_is_judged(address):
    assert not permitted(address)


def test_a_mapped_public_address_is_permitted():
    assert permitted("::ffff:1.1.1.1")


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.1", "1.2.3", "1.2.3.4.5"])
def test_what_is_no_address_is_denied(text):
    assert not permitted(text)


def test_the_site_may_allow_networks_of_its_own():
    assert permitted("10.1.2.3", ["10.0.0.0/8"])
    assert permitted("::1", ["::1/128"])
    assert permitted("::ffff:10.1.2.3", ["10.0.0.0/8"])
    assert not permitted("192.168.1.1", ["10.0.0.0/8"])


@pytest.mark.parametrize("address", sorted(map(str, METADATA)))
def test_a_metadata_address_has_to_be_named_by_itself(address):
    assert not permitted(address)
    assert not permitted(address, ["0.0.0.0/0", "::/0"])
    assert permitted(address, [address])


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_the_address(address):
    mapped = IPv6Address((0xFFFF << 32) | int(address))
    assert permitted(str(mapped)) == permitted(str(address))


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_private_address_hides_in_nat64(address: IPv4Address):
    assert not permitted(str(IPv6Address(int(IPv6Address("64:ff9b::")) | int(address))))
