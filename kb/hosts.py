"""Addresses of machines: which ones of a name may be connected to. Pure."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

NAT64 = IPv6Network("64:ff9b::/96")  # holds any IPv4 address, private ones as well

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def may_be_asked(found: str, host: str, port: int, hosts: frozenset[str]) -> bool:
    """Whether an address that a name leads to may be connected to: a public one, or one that is listed itself.

    Args:
        found: the address.
        host: the name, which is on the list.
        hosts: the operator's list; addresses and networks ("10.1.0.0/16") count here.

    >>> [may_be_asked("10.1.2.3", "wiki", 80, frozenset({"wiki", also})) for also in ("", "10.1.2.3", "10.1.0.0/16")]
    [False, True, True]
    """
    address = ip_address(found.partition("%")[0])
    if is_public(address):
        return True
    if host == "localhost" and address.is_loopback:
        return True  # that is what the name means, and it is on the list
    return any(
        address in network and only in {None, port}
        for network, only in _listed(hosts)
        if network.version == address.version
    )


def is_public(address: Address) -> bool:
    """Whether an address is one of the whole internet, and not of this machine or of the network it stands in.

    >>> [is_public(ip_address(one)) for one in ("192.0.43.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1")]
    [True, False, False, False, False]
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.sixtofour or address.teredo or address in NAT64:
            return False
    return address.is_global and not address.is_multicast


@lru_cache(maxsize=8)
def _listed(hosts: frozenset[str]) -> list[tuple[Network, int | None]]:
    """The addresses and networks among the hosts, each with the port that it is listed for."""
    found: list[tuple[Network, int | None]] = []
    for entry in hosts:
        with suppress(ValueError):
            found.append((ip_network(entry, strict=False), None))
            continue
        with suppress(ValueError):
            parts = urlsplit(f"//{entry}")
            found.append((ip_network(parts.hostname or ""), parts.port))
    return found
