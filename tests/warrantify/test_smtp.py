"""Mail servers that are slow on purpose."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage, get_connection

from tests.support.smtp import smtp_sink
from warrantify import environment

BACKEND = "warrantify.smtp.EmailBackend"


@pytest.fixture(params=[b"220 hello\r\n", b"", b"220"])
def dripping(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that sends what is given and from then on a byte each 50 ms."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        client.sendall(request.param)
        try:
            while True:
                client.sendall(b"2")
                time.sleep(0.05)
        except OSError:  # the client gave up
            client.close()

    Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def send(port: int, **options: bool) -> int:
    connection = get_connection(BACKEND, host="127.0.0.1", port=port, **options)
    return EmailMessage("Subject", "Body", to=["a@example.com"], connection=connection).send()


@pytest.mark.parametrize("options", [{}, {"use_ssl": True}])
def test_a_dripping_server_is_given_up(
    settings: LazySettings, dripping: int, options: dict[str, bool]
) -> None:
    settings.EMAIL_DEADLINE, settings.EMAIL_TIMEOUT = 0.5, 1
    began = time.monotonic()
    with pytest.raises((smtplib.SMTPException, TimeoutError, ssl.SSLError)):
        send(dripping, **options)
    assert time.monotonic() - began < 5


def test_an_ordinary_server_gets_the_mail() -> None:
    with smtp_sink() as sink:
        assert send(sink.port) == 1
        assert sink.to("a@example.com")[0]["Subject"] == "Subject"


def test_mail_by_smtp_has_a_deadline() -> None:
    assert environment.email("smtp+tls://user:pw@mail.example.com:587")["EMAIL_BACKEND"] == BACKEND
