"""Where messages to outside systems go, and to which addresses they may: nobody is to reach inside through them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from string import hexdigits
from urllib.parse import urlsplit

from dashboard.deliveries import Fault

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TARGETS = ("wms", "carrier", "chat")
LONGEST_URL = 2000

_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The hosts and networks that may be private. A link-local address must be in a network: no name opens it."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def fault(self, scheme: str, host: str, address: Address) -> Fault | None:
        """Why nothing is sent to the address that a host has; ``None`` if it may be."""
        real = unwrapped(address)
        if is_public(real):
            return Fault.PLAIN_HTTP if scheme == "http" else None
        if any(one.version == real.version and real in one for one in self.networks):
            return None
        named = host.lower().rstrip(".") in self.hosts
        reachable = not (real.is_link_local or real.is_multicast or real.is_unspecified)
        return None if named and reachable else Fault.FORBIDDEN_ADDRESS


@dataclass(frozen=True, slots=True)
class Webhooks:
    """``urls``: by target, only those that are set. ``secret`` signs all of them."""

    urls: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None
    allowed: Allowed = field(default_factory=Allowed)

    def __repr__(self) -> str:
        return f"Webhooks({', '.join(self.urls)})"


def read_webhook_url(text: str) -> str:
    """An address that a message may be posted to.

    Raises:
        ValueError: it is none.
    """
    wrong = ValueError("takes an address such as https://wms.example/hooks/lifeline")
    try:
        parts = urlsplit(text)
        port_reads = parts.port is None or parts.port > 0
    except ValueError:
        raise wrong from None
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= LONGEST_URL
    named = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and not parts.fragment
    if not (plain and port_reads and named) or _is_a_number(parts.hostname or ""):
        raise wrong
    return text


def fault_of_url(url: str, allowed: Allowed) -> Fault | None:
    """Why nothing could ever be sent to a target, as far as its address alone tells; ``None`` where that is not known.

    It tells of an address in numbers, of the names of this very machine, and of ``http`` where nothing is allowed it.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    known = ("127.0.0.1", "::1") if host == "localhost" or host.endswith(".localhost") else (host,)
    try:
        faults = {allowed.fault(parts.scheme, host, read_address(one)) for one in known}
    except ValueError:
        private = host in allowed.hosts or allowed.networks
        return Fault.PLAIN_HTTP if parts.scheme == "http" and not private else None
    return None if None in faults else faults.pop()


def _is_a_number(host: str) -> bool:
    """Whether a host ends like an address in numbers but is none, such as ``2130706433`` or ``0x7f.1``.

    Some resolvers read these as addresses all the same.
    """
    last = host.rstrip(".").rpartition(".")[2]
    if not (last.isdecimal() or (last.startswith("0x") and set(last[2:]) <= {*hexdigits})):
        return False
    try:
        read_address(host.rstrip("."))
    except ValueError:
        return True
    return False


def read_allowed(text: str) -> Allowed:
    """Hosts and networks with commas between them.

    Raises:
        ValueError: one of them is neither.
    """
    hosts, networks = set[str](), list[Network]()
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError:
            if "/" in part or ":" in part or not part.replace("-", "").replace(".", "").replace("_", "").isalnum():
                raise ValueError(f"takes hosts and networks such as wms.internal, 10.1.0.0/16; not {part!r}") from None
            hosts.add(part.rstrip("."))
    return Allowed(frozenset(hosts), tuple(networks))


def unwrapped(address: Address) -> Address:
    """The address that is really reached: IPv4 comes in several IPv6 clothes."""
    if isinstance(address, IPv4Address):
        return address
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
    if inside is None and address in _NAT64:
        inside = IPv4Address(int(address) & 0xFFFF_FFFF)
    if inside is None and int(address) >> 32 == 0 and int(address) > 1:  # ::a.b.c.d, long out of use
        inside = IPv4Address(int(address))
    return inside or address


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet."""
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def read_address(text: str) -> Address:
    """An address as the resolver tells it; the zone of a link-local one is left out."""
    return ip_address(text.partition("%")[0])
