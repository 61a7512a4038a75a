"""Which addresses a webhook may have: not one that leads into our own network."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

Address = IPv4Address | IPv6Address

# No space, no control character, no backslash, which URL parsers disagree about. Other alphabets are
# written in Punycode and percent-encoding.
_URL = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+")


# All of IPv6 that IANA has allotted to the public internet; the rest is reserved or was once private.
_GLOBAL_IPV6 = ip_network("2000::/3")


class BadURLError(ValueError):
    """A URL that no webhook may have; the message is a sentence for the partner."""


def is_public(address: Address) -> bool:
    """Whether an address lies on the public internet; an IPv4 address inside an IPv6 one counts."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return False
    return not any(address in network for network in EXTRA_BLOCKED_NET_RANGES)


def is_allowed(address: Address) -> bool:
    """Whether we connect to it: `WEBHOOK_ALLOW_PRIVATE` allows every address, for development."""
    return settings.WEBHOOK_ALLOW_PRIVATE or is_public(address)


def validate_url(url: str) -> None:
    """Raises BadURLError unless `url` is absolute https without credentials and fragment, and names no
    internal address as a literal. With `WEBHOOK_ALLOW_PRIVATE` http and internal addresses pass.
    """
    if not _URL.fullmatch(url):
        raise BadURLError("Give a URL of printable ASCII characters without spaces.")
    try:
        parts = urlsplit(url)
        has_bad_port = parts.port == 0
    except ValueError:
        raise BadURLError("Give a complete URL, such as https://example.com/hooks.") from None
    schemes = ("https", "http") if settings.WEBHOOK_ALLOW_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname or has_bad_port:
        raise BadURLError("Give a complete https URL, such as https://example.com/hooks.")
    if "@" in parts.netloc or "#" in url:
        raise BadURLError("Give a URL without credentials and without a fragment.")
    _validate_host(parts)


def _validate_host(parts: SplitResult) -> None:
    host = (parts.hostname or "").rstrip(".")
    literal = _literal(host)
    if literal is None and not _HOST.fullmatch(host):
        raise BadURLError("Give a host name of letters, digits, dots and hyphens.")
    is_local_name = host == "localhost" or host.endswith(".localhost")
    if is_local_name and not settings.WEBHOOK_ALLOW_PRIVATE:
        raise BadURLError("Give a host on the public internet.")
    if literal is not None and not is_allowed(literal):
        raise BadURLError("Give a host on the public internet.")


def _literal(host: str) -> Address | None:
    """The address that `host` spells, also as 127.1, 0x7f000001 or 2130706433; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
