"""Which addresses zdt may talk to. No I/O.

Public ones, and those in networks that the site allowed. An IPv6 address that carries an IPv4
address stands for that one as well. Sources: the IANA special-purpose registries, as `ipaddress`
has them; the metadata services' addresses from the clouds' own manuals.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Google, Azure, DigitalOcean, OpenStack
            "169.254.170.2",  # AWS: credentials of a container's task
            "169.254.170.23",  # AWS: credentials of a pod
            "fd00:ec2::254",  # AWS over IPv6
            "fd00:ec2::23",
            "168.63.129.16",  # Azure's wire server, a public address
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
        ),
    )
)
"""Where machines of a cloud find their own credentials."""

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def permitted(address: str, allowed: Iterable[str] = ()) -> bool:
    """Whether zdt may talk to ``address``; ``allowed`` are networks as text. False for what is no
    address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    networks = [ip_network(network) for network in allowed]
    return all(_permitted(face, networks) for face in _faces(found))


def _permitted(address: Address, allowed: list[Network]) -> bool:
    if address in METADATA:
        return any(network.num_addresses == 1 and address in network for network in allowed)
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address.is_site_local:  # deprecated, still routed
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _faces(address: Address) -> list[Address]:
    """The addresses that ``address`` leads to: the IPv4 address within, or itself."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if any(address in network for network in _NAT64):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    within = [address.sixtofour, *(address.teredo or ())]
    return [address, *(found for found in within if found is not None)]
