"""A4 printers for forms: a CUPS queue, or a network printer that takes PDF itself.

The form goes over a pipe or a socket; this program writes no file. What CUPS keeps of a job is set
in CUPS (`PreserveJobFiles No`, `PreserveJobHistory No`; hardware/acceptance.md checks it).
"""

import shutil
import socket
import subprocess
from urllib.parse import urlsplit

PATIENCE = 15.0  # seconds a printer may take to accept a form
RAW_PORT = 9100  # AppSocket, as printers with PDF in firmware have it


class FormPrinterError(Exception):
    """The form was not taken. It names printer and fix, never what stands in the form."""


class FormPrinter:
    """`url` is cups://QUEUE or tcp://HOST[:PORT]."""

    def __init__(self, url: str) -> None:
        """Find the printer.

        :raises FormPrinterError: the URL is wrong or the printer is not there.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("cups", "tcp") or not parts.hostname:
            raise FormPrinterError(
                f"form_printer.url {url!r}: cups://QUEUE or tcp://HOST[:PORT] is needed"
            )
        self._url = url
        self._queue = parts.netloc if parts.scheme == "cups" else ""
        self._address = (parts.hostname, parts.port or RAW_PORT)
        self.check()

    def check(self) -> None:
        """Whether a form would be taken now.

        :raises FormPrinterError: it would not.
        """
        if self._queue:
            self._run(["lpstat", "-p", self._queue])
        else:
            self._send(b"")

    def print(self, pdf: bytes) -> None:
        """Hand over one form.

        :raises FormPrinterError: the printer did not take it.
        """
        if self._queue:
            self._run(["lp", "-d", self._queue, "-t", "to-khai", "-s"], pdf)
        else:
            self._send(pdf)

    def _run(self, command: list[str], content: bytes = b"") -> None:
        program = shutil.which(command[0])
        if program is None:
            raise FormPrinterError(f"{command[0]} not found; install cups-client")
        try:
            done = subprocess.run(
                [program, *command[1:]], input=content, capture_output=True, timeout=PATIENCE,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise FormPrinterError(f"{self._url}: {command[0]} gives no answer") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise FormPrinterError(f"{self._url}: {said[-1]}; is the queue enabled?")

    def _send(self, content: bytes) -> None:
        try:
            with socket.create_connection(self._address, PATIENCE) as line:
                line.sendall(content)
                line.shutdown(socket.SHUT_WR)
                while line.recv(1024):  # until the printer has read it all and hangs up
                    pass
        except OSError as error:
            raise FormPrinterError(
                f"{self._url}: {error.strerror or 'no answer'}; check power and network"
            ) from None
