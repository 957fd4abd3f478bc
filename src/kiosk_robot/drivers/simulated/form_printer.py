"""An A4 printer on the network that takes PDF, with the sheets it put out in its tray."""

import socketserver
import threading
from typing import Self


class SimulatedFormPrinter:
    """Context manager: listens at `url`; `sheets` are the forms in the tray, as PDF, in memory."""

    def __init__(self) -> None:
        self.sheets: list[bytes] = []
        tray = self

        class Job(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                content = b"".join(iter(lambda: self.request.recv(65536), b""))
                if content:
                    tray.sheets.append(content)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Job)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it is to be found."""
        return f"tcp://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, daemon=True, name="form-printer"
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Pull the plug."""
        self._server.shutdown()
        self._server.server_close()
