"""Sending over TLS: the certificate is verified, and the deadline holds inside it too."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.parts import self_sign
from tests.support.required import need_program
from webhooks import sending

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers one request over TLS, `pause` seconds after each byte."""

    def __init__(self, folder: Path) -> None:
        self.certificate, key = folder / "certificate.pem", folder / "key.pem"
        self_sign(self.certificate, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.pause = 0.0
        self._listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.url = f"https://localhost:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # the certificate was refused
            return
        connection.recv(65536)
        with contextlib.suppress(OSError):  # the sender hung up
            for byte in ANSWER:
                connection.sendall(bytes([byte]))
                time.sleep(self.pause)
            while connection.recv(65536):  # what is unread at the end would take the answer along
                pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    need_program("OPENSSL", "openssl", "openssl")
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 1.0)
    sending.tls.cache_clear()
    yield Server(tmp_path)
    sending.tls.cache_clear()


@pytest.fixture
def _trusted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))


@pytest.mark.usefixtures("_trusted")
def test_a_server_with_a_trusted_certificate_gets_it(server: Server) -> None:
    assert sending.post(server.url, b"{}", {}).status == 200


def test_a_certificate_that_nobody_signed_is_refused(server: Server) -> None:
    with pytest.raises(sending.SendingError, match="certificate"):
        sending.post(server.url, b"{}", {})


@pytest.mark.usefixtures("_trusted")
def test_a_dripping_answer_ends_at_the_deadline(server: Server) -> None:
    server.pause = 0.1
    began = time.monotonic()
    with pytest.raises(sending.SendingError):
        sending.post(server.url, b"{}", {})
    assert time.monotonic() - began < 2.5
