"""An HTTP client for a running service, with the standard library only."""

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

Headers = Mapping[str, str]
Part = str | tuple[str, bytes]  # a text, or a file's name and content


class Answer(NamedTuple):
    """A response; `json` is None where the body is not JSON."""

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
    """Sends requests to the service at `url` (`https://host[:port]`), each on a connection of its own.

    `headers` go with every request. On a 429 the client waits as long as the service asks, up to
    `longest_wait` seconds, and sends again. Raises OSError when the service cannot be reached.
    """

    def __init__(self, url: str, headers: Headers | None = None, longest_wait: int = 0) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        self.url = url.rstrip("/")
        self.headers = dict(headers or {})
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._prefix = parts.path.rstrip("/")
        self._longest_wait = longest_wait

    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Answer:
        """Returns the answer; `path` is below the API's base unless it begins with `/`."""
        target = self._prefix + (path if path.startswith("/") else BASE + path)
        sent = {**self.headers, **(headers or {})}
        answer = self._once(method, target, sent, body)
        while answer.status == 429 and (wait := int(answer.headers["Retry-After"])) <= self._longest_wait:
            time.sleep(wait)
            answer = self._once(method, target, sent, body)
        return answer

    def get(self, path: str, headers: Headers | None = None) -> Answer:
        """GETs `path`."""
        return self.send("GET", path, headers)

    def post_json(self, path: str, value: object, headers: Headers | None = None) -> Answer:
        """POSTs `value` as JSON; bytes are sent as they are."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.send("POST", path, {"Content-Type": "application/json", **(headers or {})}, body)

    def post_form(self, path: str, parts: Mapping[str, Part], headers: Headers | None = None) -> Answer:
        """POSTs `parts` as multipart/form-data."""
        body, content_type = multipart(parts)
        return self.send("POST", path, {"Content-Type": content_type, **(headers or {})}, body)

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


def multipart(parts: Mapping[str, Part]) -> tuple[bytes, str]:
    """Returns the body of a multipart form and its content type."""
    boundary = uuid.uuid4().hex
    body = b"".join(_part(boundary, name, part) for name, part in parts.items())
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, name: str, part: Part) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if isinstance(part, str):
        return f"{head}\r\n\r\n{part}\r\n".encode()
    file_name, content = part
    head += f'; filename="{file_name}"\r\nContent-Type: application/octet-stream'
    return f"{head}\r\n\r\n".encode() + content + b"\r\n"
