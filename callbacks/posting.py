"""Posts to a target outside: to the very address that was checked, within a time, reading no more than it must."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from socket import SOCK_STREAM, gaierror
from typing import Self

import httpx

from dashboard.clock import Clock
from dashboard.deliveries import Attempt, Fault, read_retry_after
from dashboard.webhooks import Address, Allowed, read_address

MOST_BYTES = 64 * 1024
MOST_ADDRESSES = 4
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Takes a host and a port; answers its addresses, the best first. Raises ``OSError``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, for each part of the answer, and for all of it from the name to the last byte."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 15.0


class Forbidden(Exception):  # noqa: N818 - it says what happened
    """The target's address is none that may be posted to."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class Poster:
    """Posts, until it is closed. Follows no redirection, and takes no proxy from the environment."""

    def __init__(
        self, allowed: Allowed, clock: Clock, limits: Limits | None = None, resolve: Resolve | None = None
    ) -> None:
        self._allowed, self._clock = allowed, clock
        self._limits, self._resolve = limits or Limits(), resolve or system_resolve
        self._client = httpx.AsyncClient(
            verify=ssl.create_default_context(),  # the system's own authorities, so that a company's are among them
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=2.0),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """Post once. What goes wrong is part of the answer, and nothing is raised."""
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._post(httpx.URL(url), body, headers)
        except (Forbidden, httpx.HTTPError, OSError, ValueError) as error:
            return Attempt(fault=_fault_of(error))

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Attempt:
        *others, last = await self._addresses(url)
        for address in others:
            try:
                return await self._post_to(address, url, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent: another of its addresses may be reached
        return await self._post_to(last, url, body, headers)

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Where the host is. One forbidden address among several forbids all: an honest name has none."""
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        try:
            found = [read_address(url.host)]
        except ValueError:
            found = [read_address(one) for one in await self._resolve(url.host, port)]
        faults = (self._allowed.fault(url.scheme, url.host, address) for address in found)
        if fault := next(filter(None, faults), None if found else Fault.UNKNOWN_HOST):
            raise Forbidden(fault)
        return found[:MOST_ADDRESSES]

    async def _post_to(self, address: Address, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Attempt:
        # The name is not looked up again: what it says by now was not checked.
        pinned = url.copy_with(host=str(address))
        named = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity", **headers}
        secured = {"sni_hostname": url.host} if str(address) != url.host else {}
        request = self._client.build_request("POST", pinned, content=body, headers=named, extensions=secured)
        response = await self._client.send(request, stream=True)
        try:
            await _read_some(response)
        finally:
            await response.aclose()
        status = response.status_code
        if 200 <= status < 300:
            return Attempt(status)
        asked = read_retry_after(response.headers.get("Retry-After"), self._clock.now())
        return Attempt(status, Fault.REDIRECT if 300 <= status < 400 else Fault.STATUS, asked)


async def system_resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver knows."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def _read_some(response: httpx.Response) -> None:
    """To the end, so that one which breaks off is noticed, but no further than is reasonable for an answer."""
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > MOST_BYTES:
            return


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, Forbidden):
        return error.fault
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return Fault.TIMEOUT
    if isinstance(error, gaierror):
        return Fault.UNKNOWN_HOST
    if isinstance(error, (httpx.NetworkError, OSError)):
        return Fault.TLS if _of_tls(error) else Fault.CONNECTION
    # The one sentence of h11 that tells an answer which broke off from one that is no HTTP.
    broke_off = isinstance(error, httpx.RemoteProtocolError) and ("closed" in str(error) or "disconn" in str(error))
    return Fault.CONNECTION if broke_off else Fault.BROKEN


def _of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "SSL" in type(error).__name__ or "CERTIFICATE" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
