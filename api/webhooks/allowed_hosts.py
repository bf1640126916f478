"""Which addresses a webhook may have: hosts that the operator names, and no special network address behind them."""

import ipaddress
import socket
import urllib.parse
from collections.abc import Iterable
from typing import NamedTuple

LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}
#: Networks that lead to an IPv4 address inside an IPv6 address, which Python calls global.
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(Exception):
    """An address that a webhook may not have. The text says why, and what to do."""


class Target(NamedTuple):
    """A checked URL. `is_named`: the setting names this very host, so that its network address may be special."""

    scheme: str
    host: str
    port: int
    path: str
    is_named: bool

    @property
    def host_field(self) -> str:
        """Return the value of the header field Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, setting: str) -> Target:
    """Return the parts of a URL that the setting `WEBHOOK_HOSTS` allows. Raise `RefusedAddressError`."""
    if not setting.strip():
        raise RefusedAddressError("This server sends no webhooks. Its operator can allow hosts.")
    parts = _split_url(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError:
        raise RefusedAddressError("The port must be a number from 1 to 65535. Correct it.") from None
    entries = [entry.strip().lower() for entry in setting.split(",") if entry.strip()]
    with_port = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    if with_port in entries:
        return Target(parts.scheme, host, port, path, True)
    if parts.scheme != "https" or port != PORTS["https"]:
        raise RefusedAddressError("Must begin with https:// and have no port, unless the operator allows its port.")
    if host in entries:
        return Target(parts.scheme, host, port, path, True)
    if any(_is_under(host, entry) for entry in entries):
        _refuse_special_literal(host)
        return Target(parts.scheme, host, port, path, False)
    raise RefusedAddressError(f"The operator of this server does not allow the host {host}. Use another host, or ask.")


def _split_url(url: str) -> urllib.parse.SplitResult:
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise RefusedAddressError(f"Must be a URL of at most {LONGEST_URL:,} ASCII characters, without spaces.")
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        raise RefusedAddressError("Must be a URL, such as https://hooks.example.org/changes.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise RefusedAddressError("Must be a URL, such as https://hooks.example.org/changes.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise RefusedAddressError("Must have no user, no password and no fragment. The signature proves who sends.")
    return parts


def _is_under(host: str, entry: str) -> bool:
    return entry == "*" or (entry.startswith("*.") and host.endswith(entry[1:]))


def _refuse_special_literal(host: str) -> None:
    """Refuse a host that is a special network address itself. A name is resolved only when something is sent."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    _refuse_special(host, [host])


def resolve_target(target: Target) -> str:
    """Return the network address to connect to. Raise `RefusedAddressError` if any address of the host is special."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddressError(f"The host {target.host} has no network address.") from None
    addresses = [str(place[4][0]).partition("%")[0] for place in found]
    if not target.is_named:
        _refuse_special(target.host, addresses)
    return addresses[0]


def _refuse_special(host: str, addresses: Iterable[str]) -> None:
    for text in addresses:
        if is_special(ipaddress.ip_address(text)):
            raise RefusedAddressError(f"The host {host} has the network address {text}, which is not a public one.")


def is_special(address: Address) -> bool:
    """Return whether an address is private, loopback, link-local, multicast or reserved, also inside of another."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in TRANSLATED) or address.teredo:
            return True
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_special(inner)
    return not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified
