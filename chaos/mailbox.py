"""`python -m chaos.mailbox PORT FILE`: an SMTP server that only notes what it accepted."""

import asyncio
import sys
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    def __init__(self, file: Path) -> None:
        self.file = file

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
        with self.file.open("a") as file:
            file.write(f"{message['Message-ID']}\n")
        return "250 OK"


def main() -> None:
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(Mailbox(file), hostname="127.0.0.1", port=port, loop=loop)
    controller.begin()  # type: ignore[no-untyped-call]
    loop.run_forever()


if __name__ == "__main__":
    main()
