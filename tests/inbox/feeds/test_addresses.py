"""Addresses no stranger may send us to."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from inbox.connectors.addresses import PrivateAddress, is_public, public_addresses

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a00:1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_no_public_one(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_one(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def names(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Let every name lead to `found`."""

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(PrivateAddress, match=r"10\.0\.0\.1"):
        public_addresses("feed.example", 443, allow_private=False)


def test_a_zone_does_not_hide_a_link_local_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "fe80::1%eth0")
    with pytest.raises(PrivateAddress):
        public_addresses("feed.example", 443, allow_private=False)


def test_private_addresses_may_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "10.0.0.1")
    assert public_addresses("feed.example", 80, allow_private=True) == ["10.0.0.1"]
