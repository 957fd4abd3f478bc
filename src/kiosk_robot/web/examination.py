"""`kiosk doctor` from the technician's page: one device at a time, the robot's hands off it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from kiosk_robot.findings import Check, Finding, Settings, Technician
from kiosk_robot.web.refusal import both

PATIENCE = 120.0  # seconds for the technician's answer; then it is no
RELEASE = 15.0  # seconds for the device nodes to let go of their devices
LOOK = 0.2  # seconds
SHOW_CODE = both(
    "Giơ mã QR của phiếu thử trước máy quét, rồi bấm Có.",
    "Hold the QR code of the test ticket to the scanner, then press Yes.",
)


class BusyError(Exception):
    """A device is being checked already."""


class Examination:
    """Checks devices. What is found, and what is asked, stands in `view` as it comes.

    :param checks: by device; they run in a thread. :param settings: parameters by node.
    :param manage: sends a command of ManageNodes to the device nodes.
    :param released: whether no device node holds its device any more.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        settings: Settings,
        manage: Callable[[str], Awaitable[Any]],
        released: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._checks = checks
        self._settings = settings
        self._manage = manage
        self._released = released
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._device = ""
        self._question: str | dict[str, str] = ""  # in English, or in both languages
        self._findings: list[Finding] = []
        self._answered = threading.Event()
        self._answer = False

    @property
    def view(self) -> dict[str, Any]:
        """How it stands."""
        return {
            "device": self._device,
            "running": self._task is not None and not self._task.done(),
            "question": self._question,
            "findings": [asdict(one) for one in self._findings],
        }

    def begin(self, device: str) -> None:
        """Start to check a device; on the loop of the server.

        :raises BusyError: another one is being checked.
        """
        if self._task is not None and not self._task.done():
            raise BusyError
        self._device, self._question, self._findings = device, "", []
        self._task = asyncio.create_task(self._examine(device))

    def answer(self, yes: bool) -> bool:
        """What the technician says to the question; False when none is asked."""
        if not self._question:
            return False
        self._answer = yes
        self._answered.set()
        return True

    async def _examine(self, device: str) -> None:
        await self._manage("RESET")
        try:
            async with asyncio.timeout(RELEASE):
                while not self._released():
                    await asyncio.sleep(LOOK)
            await asyncio.to_thread(self._find, device)
        except TimeoutError:
            wrong = "the robot does not let go of its devices"
            self._findings.append(Finding(device, "release", False, wrong, "restart the robot"))
        finally:
            await self._manage("STARTUP")
            self._changed()

    def _find(self, device: str) -> None:
        technician = Technician(self._ask, self._show_code)
        try:
            for finding in self._checks[device](self._settings, technician):
                self._findings.append(finding)
                self._changed()
        except Exception as error:  # a device of any kind, broken in any way
            told = f"{type(error).__name__}: {error}"
            self._findings.append(Finding(device, "check", False, told, "report this"))

    def _show_code(self, _code: str) -> None:
        self._ask(SHOW_CODE)

    def _ask(self, question: str | dict[str, str]) -> bool:
        self._answered.clear()
        self._answer, self._question = False, question
        self._changed()
        self._answered.wait(PATIENCE)
        self._question = ""
        self._changed()
        return self._answer
