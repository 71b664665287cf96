"""Outgoing connections that reach the public Internet only, and end in time."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddress(httpx.RequestError):
    """The name leads into a private network, where no stranger's address may take us."""


def is_public(address: IPAddress) -> bool:
    """Whether `address`, and any IPv4 address wrapped in it, belongs to the public Internet."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = _wrapped(address)
        if any(not is_public(inner) for inner in wrapped):
            return False
        if wrapped:
            return True
    return address.is_global and not (address.is_multicast or address.is_reserved)


def public_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of `host` in the order to try them.

    Raises `PrivateAddress` when any of them is private, and `OSError` when there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        if not allow_private and not is_public(ipaddress.ip_address(text.partition("%")[0])):
            raise PrivateAddress(f"{host} leads to the private address {text}")
    return addresses


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport, with the address checked and pinned and an end to the whole exchange."""

    def __init__(self, *, seconds: float, allow_private: bool) -> None:
        context = _tls()
        super().__init__(verify=context, trust_env=False)
        # No connection is kept: each request looks its name up, checks it and connects to it.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_keepalive_connections=0,
            network_backend=_GuardedBackend(seconds=seconds, allow_private=allow_private),
        )


@cache
def _tls() -> ssl.SSLContext:
    """Reading the world's certificates takes longer than most exchanges: once a process."""
    return httpx.create_ssl_context(trust_env=False)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very address that was checked, so that a second answer cannot differ."""

    def __init__(self, *, seconds: float, allow_private: bool) -> None:
        self._until = time.monotonic() + seconds
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = public_addresses(host, port, allow_private=self._allow_private)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known: {error}") from error
        for number, address in enumerate(addresses, 1):
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(self._until, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self._until)
        raise httpcore.ConnectError(f"{host} has no address")


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends by the exchange's end, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout)
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("took too long")
    return left if timeout is None else min(left, timeout)


def _wrapped(address: ipaddress.IPv6Address) -> list[IPAddress]:
    """IPv4 addresses that an IPv6 address stands for or tunnels to."""
    found: list[IPAddress | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        found += address.teredo
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]
