"""Which URLs a webhook may have, and which network addresses behind them."""

import ipaddress
import socket
from typing import Any

import pytest

from api.webhooks.allowed_hosts import RefusedAddressError, check_url, is_special, resolve_target

SETTING = "hooks.example.org, *.example.com, 10.0.0.5:8123,[::1]:9000"


@pytest.mark.parametrize(
    ("url", "host_field"),
    [
        ("https://hooks.example.org/x?y=1", "hooks.example.org"),
        ("https://HOOKS.example.org./x", "hooks.example.org"),
        ("https://a.b.example.com", "a.b.example.com"),
        ("https://hooks.example.org:443/x", "hooks.example.org"),
        ("http://10.0.0.5:8123/x", "10.0.0.5:8123"),
        ("https://10.0.0.5:8123/x", "10.0.0.5:8123"),
        ("http://[::1]:9000/", "[::1]:9000"),
    ],
)
def test_an_allowed_host(url: str, host_field: str) -> None:
    assert check_url(url, SETTING).host_field == host_field


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/x",
        "https://hooks.example.org:8443/x",
        "https://example.org/x",
        "https://example.com/x",
        "https://hooks.example.org.evil.net/x",
        "https://evilexample.com/x",
        "https://hooks.example.org@evil.net/x",
        "https://user:word@hooks.example.org/x",
        "https://hooks.example.org/x#y",
        "https://evil.net\\@hooks.example.org/x",
        "https://hooks.example.org:99999/x",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nX: y",
        "ftp://hooks.example.org/x",
        "https:///x",
        "//hooks.example.org/x",
        "https://[::1/x",
        "http://10.0.0.5/x",
        "http://10.0.0.5:8124/x",
        "https://hööks.example.org/x",
        "https://hooks.example.org/" + "x" * 2000,
    ],
)
def test_a_refused_url(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        check_url(url, SETTING)


def test_without_a_setting_every_url_is_refused() -> None:
    with pytest.raises(RefusedAddressError, match="sends no webhooks"):
        check_url("https://hooks.example.org/x", " ")


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::808:808", "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_a_special_network_address(text: str) -> None:
    assert is_special(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_a_public_network_address(text: str) -> None:
    assert not is_special(ipaddress.ip_address(text))


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:10.0.0.1]"])
def test_an_address_that_a_pattern_allows_may_not_be_special(host: str) -> None:
    with pytest.raises(RefusedAddressError, match="not a public one"):
        check_url(f"https://{host}/x", "*")


def test_a_name_that_a_pattern_allows_may_not_lead_to_a_special_address() -> None:
    """`localhost` is resolved, as a name in the public DNS that points inside would be; so are odd spellings."""
    for name in ("localhost", "0x7f.1", "2130706433"):
        with pytest.raises(RefusedAddressError):
            resolve_target(check_url(f"https://{name}/x", "*"))


def test_a_host_that_the_setting_names_may_be_special() -> None:
    assert resolve_target(check_url("https://localhost/x", "localhost")) in ("127.0.0.1", "::1")


def test_one_special_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*arguments: Any, **options: Any) -> list[Any]:
        return [(0, 0, 0, "", (text, 443)) for text in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(RefusedAddressError, match="10.0.0.1"):
        resolve_target(check_url("https://two.example.com/x", "*.example.com"))
