"""`manage.py webhook_sink`: a receiver on loopback that verifies and prints, for trying webhooks out."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from standardwebhooks.webhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from partners.models import Partner
from webhooks import services

HOST = "127.0.0.1"
MAX_BODY = 1024 * 1024
REGISTERED_AS = "manage.py webhook_sink"


class Command(BaseCommand):
    """Registers itself as a webhook of a partner, or takes the secret of one that exists."""

    help = "Receive webhooks on 127.0.0.1, verify each and print it; for development."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9000)
        parser.add_argument("--status", type=int, default=200, help="what to answer (default 200)")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--secret", help="the secret of a webhook that leads here")
        whose.add_argument("--partner", help="registers a webhook for the partner of this name, until Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves until Ctrl-C."""
        url = f"http://{HOST}:{options['port']}/"
        try:
            server = ThreadingHTTPServer((HOST, options["port"]), BaseHTTPRequestHandler)
        except OSError:
            raise CommandError(f"Port {options['port']} cannot be used: choose another by --port.") from None
        webhook, secret = None, options["secret"]
        if options["partner"]:
            webhook, secret = _register(options["partner"], url)
        try:
            server.RequestHandlerClass = _handler(Signer(secret), options["status"], self.stdout.write)
        except ValueError:
            raise CommandError("The secret is not one: whsec_ and base64.") from None
        self.stdout.write(f"Listening on {url}. Ctrl-C ends it.")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("")
        finally:
            server.server_close()
            if webhook is not None:
                services.delete(webhook)


def _register(name: str, url: str) -> Any:
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        raise CommandError(
            "Webhooks may not lead to this machine: set WEBHOOK_ALLOW_PRIVATE=on for this command, "
            "the server and the worker."
        )
    partner = Partner.objects.filter(name=name).first()
    if partner is None:
        raise CommandError(f"There is no partner {name!r}.")
    # What an earlier run that was killed has left.
    for old in services.of_partner(partner.pk).filter(description=REGISTERED_AS):
        services.delete(old)
    return services.create(partner.pk, {"url": url, "description": REGISTERED_AS})


def _handler(signer: Signer, status: int, write: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Verifies, prints, answers."""
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
            try:
                event = signer.verify(body, dict(self.headers))
            except WebhookVerificationError as error:
                self._answer(HTTPStatus.BAD_REQUEST)
                write(f"REFUSED: {error}")
                return
            self._answer(status)
            write(f"{self.headers['webhook-id']} verified\n{json.dumps(event, indent=2)}")

        def _answer(self, code: int) -> None:
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Says nothing more."""

    return Handler
