"""Paths that several parts must tell apart; nothing here needs Django."""

API_PREFIX = "/api/"
# Requests of programs, the last three under any name or address that an instance has inside.
PROGRAMS = (API_PREFIX, "/healthz", "/readyz", "/metrics")
