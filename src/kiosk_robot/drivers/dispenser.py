"""The dispenser board on its serial line, by Modbus RTU."""

import logging
import os
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk_robot.dispensing.job import (
    JobOutcome,
    Reply,
    Request,
    start,
    step,
)
from kiosk_robot.dispensing.registers import (
    BAUD_RATE,
    UNIT_ID,
    HoldingRegister,
    InputRegister,
    Slot,
)
from kiosk_robot.dispensing.state import DispenserState, decode
from kiosk_robot.drivers.backoff import Backoff

if TYPE_CHECKING:
    from pymodbus.client import ModbusSerialClient
    from pymodbus.pdu import ModbusPDU

_POLL_S = 0.05
MAX_STOCK = 0xFFFF  # pieces that a register can count
_WRITE = 16  # the function code of a write, as its reply repeats it
_WRITE_REFUSED = _WRITE | 0x80


class DispenserUnavailable(Exception):  # noqa: N818 - a state of the device, not a mistake
    """The board cannot be reached; the message names the port and what to do."""


class _OrderRefused(Exception):  # noqa: N818
    """The board answered a write with a Modbus exception."""


class ModbusDispenser:
    """The dispenser board at `port` (its udev link). Each method may be called from any thread.

    `timeout_s` is the wait for one reply, in seconds; the board answers within 0.1 s or never.
    """

    def __init__(self, port: str, timeout_s: float = 0.3) -> None:
        self._port = port
        self._timeout_s = timeout_s
        self._client: ModbusSerialClient | None = None
        self._bus = threading.Lock()

    def open(self) -> None:
        """Open the port for this process alone. Raises DispenserUnavailable."""
        with self._bus:
            self._connected()

    def close(self) -> None:
        """Let the port go; a job that the board has begun goes on."""
        with self._bus:
            self._disconnect()

    def read_state(self) -> DispenserState:
        """Read the whole input block, opening the port if need be.

        Raises DispenserUnavailable when the board does not answer, or not in this protocol version.
        """
        reply = self._transact(
            lambda client: client.read_input_registers(
                0, count=len(InputRegister), device_id=UNIT_ID
            )
        )
        try:
            return decode(reply.registers)
        except ValueError as error:
            raise DispenserUnavailable(f"dispenser at {self._port}: {error}") from error

    def refill(self, slot: Slot, pieces: int) -> None:
        """Tell the board how many pieces its `slot` holds now.

        Raises ValueError for a count that fits no register, and DispenserUnavailable when the
        board did not confirm it; doing it again does no harm.
        """
        if not 0 <= pieces <= MAX_STOCK:
            raise ValueError(f"a slot holds 0 to {MAX_STOCK} pieces, got {pieces}")
        try:
            self._write(HoldingRegister.REFILL_SLOT, [slot, pieces])
        except _OrderRefused as error:
            raise DispenserUnavailable(f"dispenser at {self._port}: {error}") from error

    def dispense(
        self,
        slot: Slot,
        job_id: int,
        on_progress: Callable[[DispenserState], None] | None = None,
        timeout_s: float = 8.0,
        state: DispenserState | None = None,
    ) -> JobOutcome:
        """Drop one piece from `slot`, exactly once for one `job_id`, and return how it ended.

        Take `job_id` from `next_job_id`; the `state` it was taken from, if it was read just now,
        spares reading it again. Calling again with the id of the board's newest job tells how that
        one ended and drops nothing. A line that fails on the way is opened again until `timeout_s`
        seconds have passed; `on_progress` gets each state that the board reports.

        Raises DispenserUnavailable when the port cannot be opened: then nothing was sent.
        """
        self.open()
        deadline = time.monotonic() + timeout_s
        backoff = Backoff()
        job, action = start(job_id, slot)
        if state:
            job, action = step(job, state)
        while isinstance(action, Request):
            if time.monotonic() > deadline:
                job, action = step(job, Reply.TIME_IS_UP)
                continue
            event = self._order(slot, job_id) if action is Request.WRITE else self._poll()
            job, action = step(job, event)
            if isinstance(event, DispenserState):
                backoff.reset()
                if on_progress:
                    on_progress(event)
            if action is Request.POLL:
                time.sleep(backoff.next_s() if event is Reply.NONE else _POLL_S)
        return action

    def _poll(self) -> DispenserState | Reply:
        try:
            return self.read_state()
        except DispenserUnavailable:
            return Reply.NONE

    def _order(self, slot: Slot, job_id: int) -> Reply:
        try:
            self._write(HoldingRegister.JOB_ID, [job_id, slot, 1])
        except DispenserUnavailable:
            return Reply.NONE
        except _OrderRefused:
            return Reply.REFUSED
        return Reply.WRITTEN

    def _write(self, address: HoldingRegister, values: list[int]) -> None:
        reply = self._transact(
            lambda client: client.write_registers(address, values, device_id=UNIT_ID)
        )
        if reply.function_code == _WRITE_REFUSED:
            raise _OrderRefused(f"the board refused a write: {reply}")
        if reply.function_code != _WRITE:
            raise DispenserUnavailable(f"dispenser at {self._port}: a write got another's reply")

    def _transact(self, ask: Callable[["ModbusSerialClient"], "ModbusPDU"]) -> "ModbusPDU":
        """Send one request, once, and return its reply.

        A pulled cable shows as SerialException (an OSError), OSError, termios.error or TypeError.
        """
        from pymodbus.exceptions import ModbusException, ModbusIOException

        with self._bus:
            client = self._connected()
            try:
                return ask(client)
            except ModbusIOException as error:
                raise DispenserUnavailable(
                    f"the dispenser at {self._port} does not answer: check that the board has "
                    "power and that this port is its own"
                ) from error
            except (ModbusException, OSError, termios.error, TypeError) as error:
                self._disconnect()
                raise DispenserUnavailable(
                    f"the line to the dispenser at {self._port} broke: check its cable"
                ) from error

    def _connected(self) -> "ModbusSerialClient":
        if self._client is None:
            from pymodbus.client import ModbusSerialClient

            # Each failure is raised with its cause and cure; the library would log it again.
            logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
            client = ModbusSerialClient(
                self._port, baudrate=BAUD_RATE, timeout=self._timeout_s, retries=0
            )
            if not client.connect():
                raise DispenserUnavailable(_why_closed(self._port))
            self._client = client
        return self._client

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, termios.error, TypeError):  # the port may be gone already
                client.close()  # type: ignore[no-untyped-call]


def _why_closed(port: str) -> str:
    if not Path(port).exists():
        return (
            f"there is no dispenser at {port}: plug the board in and check the udev rule and the "
            "configured port"
        )
    if not os.access(port, os.R_OK | os.W_OK):
        return f"the dispenser's port {port} may not be opened: add this user to the group dialout"
    return f"the dispenser's port {port} cannot be opened: another program holds it"
