"""Speaks HTTP to the service, with the standard library only."""

import contextlib
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

BASE = "/api/warrantify/"
TIMEOUT = 60
LONGEST_WAIT = 120

Headers = Mapping[str, str]
Part = str | tuple[str, bytes]  # a text, or a file's name and content


class Answer(NamedTuple):
    """What came back; `json` is None where the body is no JSON."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Client:
    """Sends requests to the service at `url` (`https://host[:port]`); raises OSError without it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._prefix = parts.path.rstrip("/")

    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Answer:
        """The answer; `path` is under the API's base unless it begins with `/`.

        Where a rate limit is reached it waits as long as the service asks.
        """
        target = self._prefix + (path if path.startswith("/") else BASE + path)
        answer = self._once(method, target, headers or {}, body)
        while answer.status == 429 and int(answer.headers.get("Retry-After") or "1") <= LONGEST_WAIT:
            time.sleep(int(answer.headers.get("Retry-After") or "1"))
            answer = self._once(method, target, headers or {}, body)
        return answer

    def post_json(self, path: str, value: object, headers: Headers | None = None) -> Answer:
        """POSTs `value` as JSON; bytes are sent as they are."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.send("POST", path, {"Content-Type": "application/json", **(headers or {})}, body)

    def post_form(self, path: str, parts: Mapping[str, Part], headers: Headers | None = None) -> Answer:
        """POSTs `parts` as multipart/form-data."""
        boundary = uuid.uuid4().hex
        kind = f"multipart/form-data; boundary={boundary}"
        body = b"".join(_part(boundary, name, part) for name, part in parts.items())
        return self.send(
            "POST", path, {"Content-Type": kind, **(headers or {})}, body + f"--{boundary}--\r\n".encode()
        )

    def _once(self, method: str, target: str, headers: Headers, body: bytes | None) -> Answer:
        connection = self._connect()
        try:
            # A service that refuses a large body may answer before it has read it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        if self._secure:
            return HTTPSConnection(self._host, timeout=TIMEOUT, context=ssl.create_default_context())
        return HTTPConnection(self._host, timeout=TIMEOUT)


def _part(boundary: str, name: str, part: Part) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if isinstance(part, str):
        return f"{head}\r\n\r\n{part}\r\n".encode()
    file_name, content = part
    head += f'; filename="{file_name}"\r\nContent-Type: application/octet-stream'
    return f"{head}\r\n\r\n".encode() + content + b"\r\n"
