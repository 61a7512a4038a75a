"""No webhook leads into our own network: as a literal, by a name, or by a name that changes."""

import socket
from typing import Any

import pytest

from webhooks import sending
from webhooks.addresses import BadURLError, validate_url

LITERALS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "192.0.2.1",
    "198.18.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
    "[::127.0.0.1]", "[fec0::1]", "[4000::1]",
    "[2002:7f00:1::]", "[ff02::1]", "[2001:db8::1]", "localhost", "x.localhost", "127.0.0.1.",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _production(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False


@pytest.mark.parametrize("host", LITERALS)
def test_an_internal_address_is_refused_as_a_literal(host: str) -> None:
    with pytest.raises(BadURLError):
        validate_url(f"https://{host}/hooks")


@pytest.mark.parametrize(
    "url",
    [
        "hooks", "//a.example/", "https:///x", "https://", "https:a.example", "http://a.example/",
        "https://user@a.example/", "https://user:pass@a.example/", "https://a.example/#f", "https://a.example#",
        "https://a.example:0/", "https://a.example:99999/", "https://a.example:x/", "https://a b.example/",
        "https://a.example/\t", "https://a.example\\@b.example/", "https://[::1/", "https://bücher.example/",
        "https://%31.example/", "ftp://a.example/",
    ],
)  # fmt: skip
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadURLError):
        validate_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "HTTPS://A.example:8443/x?y=1", "https://8.8.8.8/", "https://[2606:4700::1111]/h"],
)
def test_a_public_https_url_passes(url: str) -> None:
    validate_url(url)


def resolving(*addresses: str) -> Any:
    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        family = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port))
            for kind, address in zip(family, addresses, strict=True)
        ]

    return getaddrinfo


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("8.8.8.8", "::1"), ("::ffff:10.0.0.1",)]
)
def test_a_name_with_any_internal_address_is_refused_when_connecting(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving(*addresses))
    with pytest.raises(sending.SendingError, match="not on the public internet"):
        sending.post("https://a.example/", b"{}", {})


def test_the_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[Any] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return resolving("8.8.8.8" if len(asked) == 1 else "127.0.0.1")(host, port)  # type: ignore[no-any-return]

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(sending.SendingError):
        sending.post("https://a.example/", b"{}", {})
    assert (asked, connected) == (["a.example"], [("8.8.8.8", 443)])
