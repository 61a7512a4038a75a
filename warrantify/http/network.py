"""The caller's address behind trusted proxies, and the networks that may open the desk."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_ip(request: HttpRequest | Request) -> str:
    """The caller's address: the one that the outermost of our TRUSTED_PROXIES saw.

    What a caller writes into `X-Forwarded-For` stands left of that and is never believed.
    """
    if settings.TRUSTED_PROXIES:
        seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = seen[-settings.TRUSTED_PROXIES :][0].strip()
        if _is_address(address):
            return str(address)
    return str(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest | Request) -> str:
    """What log-ins are counted by: the caller's address, of IPv6 the /64 that one subscriber has whole."""
    text = client_ip(request)
    if not _is_address(text):
        return text[:64]
    address = ip_address(text)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def may_open_admin(request: HttpRequest) -> bool:
    """Whether the caller is within ADMIN_ALLOWED_NETWORKS; without any, everybody is."""
    if not settings.ADMIN_ALLOWED_NETWORKS:
        return True
    address = client_ip(request)
    return _is_address(address) and any(
        ip_address(address) in ip_network(network) for network in settings.ADMIN_ALLOWED_NETWORKS
    )
