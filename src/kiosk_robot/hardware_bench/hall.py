"""A service hall in which everything may fail: citizens, dialogue, queue, printer, on one clock.

The dialogue's rules, the queue, the print journal, the print jobs and the printer's driver are the
real ones; only the wire, the clock and the messages between them are simulated, so that each can be
cut, delayed, lost or repeated at a chosen moment.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

from PIL import Image

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.config import load_site
from kiosk_robot.dialogue.choices import pressed
from kiosk_robot.dialogue.reducer import Dialogue, Timeouts
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import (
    Cancelled,
    Command,
    Event,
    Finished,
    HeldTicket,
    Phase,
    PrintTicket,
    Requested,
    ReserveTicket,
    Session,
    SettleTicket,
)
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.documents.form import load_forms
from kiosk_robot.drivers.escpos_printer import EscposPrinter
from kiosk_robot.drivers.simulated.printer_mechanism import Fault, PrinterMechanism
from kiosk_robot.feedback.desk import FeedbackDesk
from kiosk_robot.printing.jobs import NotPrintableError, PrintJobs
from kiosk_robot.printing.journal import JournalError, Outcome, PrintJournal
from kiosk_robot.printing.status import PrinterError
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Status, StoreError, Ticket, TicketError
from kiosk_robot.reconciliation import Reconciler

BIRTH = "1.001193"
COUNTER = "1"
SETTLE_TIMEOUT = timedelta(seconds=30)
TICKET_ROWS = 8
JOB_BYTES = 2 + 8 + 16 * TICKET_ROWS + 4
"""ESC @, one GS v 0 with its picture, GS V: what a hall prints."""


class BrokenPromiseError(AssertionError):
    """A number was called that nobody holds, or two papers came out for one wish."""


class Killed(BaseException):
    """SIGKILL of the printer's process."""


@dataclass(frozen=True)
class Fuse:
    """What happens once `after` more bytes have reached the printer: a fault, or a death."""

    after: int
    what: Fault | type[Killed] | type[ConnectionError]


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    now: float = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def wall(self) -> datetime:
        """The same as an aware datetime, in the middle of a working day."""
        return datetime(2026, 11, 23, 2, 0, tzinfo=UTC) + timedelta(seconds=self.now)


class FullDisk:
    """The queue or the desk, on a disk that may be full."""

    def __init__(self, real: Any, hall: "Hall") -> None:
        self._real = real
        self._hall = hall

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if self._hall.writes_left == 0:
                raise StoreError("store: database or disk is full")
            if self._hall.writes_left is not None:
                self._hall.writes_left -= 1
            return method(*args, **kwargs)

        return guarded


class Wire:
    """A serial line as python-escpos would have opened it; an answer may come late, for the next
    one who opens it.
    """

    def __init__(self, hall: "Hall") -> None:
        self._hall = hall

    def open(self) -> None:
        """Connect, and forget what was not read, as pyserial does; refused without power."""
        self._hall.answers = b""
        if self._hall.printer.fault is Fault.UNPLUGGED:
            raise ConnectionRefusedError("nobody listens")

    def _raw(self, data: bytes) -> None:
        fuse, printer = self._hall.fuse, self._hall.printer
        if fuse and fuse.after < len(data):
            self._hall.fuse = None
            self._hall.answers += printer.receive(data[: fuse.after])
            self._hall.blow(fuse)
            data = data[fuse.after :]
        elif fuse:
            self._hall.fuse = replace(fuse, after=fuse.after - len(data))
        if printer.fault is Fault.UNPLUGGED:
            raise ConnectionResetError("the printer has gone")
        self._hall.answers += printer.receive(data)

    def _read(self) -> bytes:
        self._hall.go_on_printing()
        answers = self._hall.answers
        if not answers:
            self._hall.clock.sleep(2.0)
            raise TimeoutError
        answer, self._hall.answers = answers[:1], answers[1:]
        if self._hall.lost_answers:
            self._hall.lost_answers -= 1
            return self._read()
        if self._hall.doubled_answers:
            self._hall.doubled_answers -= 1
            return answer + answer
        return answer

    def close(self) -> None:
        """Hang up."""
        self._hall.printer.hang_up()


def load_knowledge() -> Knowledge:
    """What the dialogue needs to give a ticket."""
    return Knowledge(
        catalogue=Catalogue.load(),
        site=load_site("cua_nam"),
        sentences={"vi-VN": Sentences.load("vi")},
        today=lambda: date(2026, 11, 23),
        forms=load_forms(),
    )


class Hall:
    """One morning. Each method is something that may happen; `check` holds the promises."""

    def __init__(self, knowledge: Knowledge, store: Store, journal: Path, clock: Clock) -> None:
        self.clock = clock
        self.printer = PrinterMechanism(clock=clock.monotonic)
        self.fuse: Fuse | None = None
        self.answers = b""  # of the printer, not read yet
        self.lost_answers = self.doubled_answers = 0
        self.called: list[str] = []
        self.tickets: dict[str, str] = {}  # ids by wish
        self.writes_left: int | None = None  # until the disk is full
        self._store = store
        self._site = knowledge.site
        self._dialogue = Dialogue(knowledge, Timeouts(absence=30.0, silence=60.0))
        self._journal_path = journal
        self._signs: dict[bytes, str] = {}  # what a ticket's rows look like
        self._session = Session()
        self._outstanding: list[tuple[Command, bool]] = []  # whether the dialogue still waits
        self._seen: set[str] = set()
        self._told: set[str] = set()  # void tickets that were announced, to their holder or to all
        self.start_queue()
        self._start_printer_node()

    # --- the citizen ---------------------------------------------------------------------------

    def press(self) -> None:
        """Ask for a number; somebody comes before the robot if nobody is there."""
        if not self._session.id:
            self._session = replace(
                self._session,
                id=str(uuid.uuid4()),
                phase=Phase.CONFIRM_TICKET,
                procedure=BIRTH,
                last_activity=self.clock.now,
            )
        self._step(Requested(self._session.id, pressed("take_ticket", "Lấy số")))

    def leave(self) -> None:
        """Walk away; the visit is wiped."""
        self._step(Cancelled())

    # --- what is under way -------------------------------------------------------------------

    @property
    def outstanding(self) -> int:
        """Commands not yet carried out."""
        return len(self._outstanding)

    def carry_out(
        self, index: int, *, times: int = 1, answer_lost: bool = False, late: bool = False
    ) -> None:
        """Do one outstanding command, in any order: never, once or twice, heard or not.

        `late`: the dialogue has given it up, and it arrives all the same, now.
        """
        command, awaited = self._outstanding.pop(index)
        if late and awaited:
            self._outstanding.append((command, False))
            self._answer(command, Finished(command.id, "timeout"))
            return
        answer = Finished(command.id, "timeout")
        for _ in range(times):
            answer = self._do(command)
        if awaited:
            self._answer(command, Finished(command.id, "timeout") if answer_lost else answer)

    def _answer(self, command: Command, answer: Finished) -> None:
        silent = answer.error in ("timeout", "store_failed")
        if isinstance(command, SettleTicket) and command.outcome != "printing" and silent:
            self._outstanding.append((command, True))  # said again until the queue answers
            return
        self._step(answer)

    def _step(self, event: Event) -> None:
        before = self._session
        self._session, commands = self._dialogue.step(before, event, self.clock.now)
        if self._session.ticket and not self._session.ticket.on_paper:
            self._seen.add(self._session.ticket.id)
        if before.ticket and not self._session.ticket and before.id == self._session.id:
            self._told.add(before.ticket.id)
        for command in commands:
            if isinstance(command, ReserveTicket | PrintTicket | SettleTicket):
                self._outstanding.append((command, True))
            else:
                self._step(Finished(command.id))

    def _do(self, command: Command) -> Finished:
        match command:
            case ReserveTicket():
                return self._reserve(command)
            case SettleTicket():
                return self._settle(command)
            case PrintTicket():
                return self._print(command)
        raise TypeError(type(command))

    def _reserve(self, command: ReserveTicket) -> Finished:
        try:
            ticket = self._queue.reserve(
                command.request_id, command.procedure_code, self._site.counters[0]
            )
        except StoreError:
            return Finished(command.id, "store_failed")
        known = self.tickets.setdefault(command.request_id, ticket.id)
        if known != ticket.id:
            raise BrokenPromiseError(f"two tickets for one wish: {known}, {ticket.id}")
        return Finished(command.id, ticket=_held(ticket))

    def _settle(self, command: SettleTicket) -> Finished:
        status = Status[command.outcome.upper()]
        try:
            self._queue.settle(
                command.ticket_id, status, delivery=command.delivery, reason=command.reason
            )
        except StoreError:
            return Finished(command.id, "store_failed")
        except TicketError:
            return Finished(command.id, "not_allowed")
        return Finished(command.id)

    def _print(self, command: PrintTicket) -> Finished:
        ticket_id = command.ticket.id
        error = ""
        try:
            self._jobs.print(ticket_id, self._picture(ticket_id))
            if self._real_queue.get(ticket_id).status is Status.VOID:
                raise BrokenPromiseError(f"{command.ticket.number} is printed though it is void")
        except PrinterError as problem:
            error = "unknown_outcome" if problem.may_be_out else "offline"
        except NotPrintableError as problem:
            unknown = problem.outcome is Outcome.UNKNOWN
            error = "unknown_outcome" if unknown else "request_closed"
        except JournalError:
            error = "journal_failed"
        except Killed:
            self._start_printer_node()
            error = "node_lost"
        return Finished(command.id, error)

    # --- what goes wrong ----------------------------------------------------------------------

    def blow(self, fuse: Fuse) -> None:
        """The fuse's moment has come."""
        if isinstance(fuse.what, Fault):
            self.break_printer(fuse.what)
        elif fuse.what is Killed:
            self._journal.close()  # a dead process writes no more
            raise Killed
        else:
            raise ConnectionResetError("somebody tripped over the cable")

    def break_printer(self, fault: Fault) -> None:
        """Or repair it, with `Fault.NONE`; without power it forgets what it has not printed."""
        if fault is Fault.UNPLUGGED:
            self.printer.lose_power()
        self.printer.fault = fault

    def change_paper(self, paper_mm: float) -> None:
        """Another roll, perhaps a nearly empty one."""
        self.printer.paper_mm = paper_mm
        self.go_on_printing()

    def kill_dialogue(self, *, on_the_way: bool) -> None:
        """SIGKILL of the dialogue; what it had sent may be on the way still."""
        self._session = Session(serial=0)
        self._outstanding = [(c, False) for c, _ in self._outstanding] if on_the_way else []

    def kill_printer_node(self) -> None:
        """SIGKILL of the printer's node between two jobs."""
        self._journal.close()
        self._start_printer_node()

    def start_queue(self) -> None:
        """The queue's process, new."""
        self._real_queue = Queue(self._store, self._site, self.clock.wall)
        desk = FeedbackDesk(self._store, self._site, self.clock.wall)
        self._queue = cast(Queue, FullDisk(self._real_queue, self))
        self._reconciler = Reconciler(
            self._queue, cast(FeedbackDesk, FullDisk(desk, self)), SETTLE_TIMEOUT
        )

    def cut_power(self) -> None:
        """The whole robot; the printer hangs on the same plug."""
        self.kill_dialogue(on_the_way=False)
        self.printer.lose_power()
        self.kill_printer_node()
        self.start_queue()

    def _start_printer_node(self) -> None:
        self._journal = PrintJournal(self._journal_path)
        driver = EscposPrinter("", link=lambda: Wire(self), clock=self.clock)
        self._jobs = PrintJobs(self._journal, driver)

    def go_on_printing(self) -> None:
        """Let the printer do what it can do by now."""
        self.answers += self.printer.advance()

    # --- time passes --------------------------------------------------------------------------

    def sweep(self, seconds: float = 40.0) -> None:
        """The queue asks the printer what became of what was left over."""
        self.clock.sleep(seconds)
        self.go_on_printing()
        try:
            for ticket in self._reconciler.due():
                outcome = self._journal.close_request(ticket.id)
                if self._reconciler.settle(ticket, outcome):
                    self._told.add(ticket.id)
        except (StoreError, JournalError):
            return

    def call(self) -> None:
        """A member of staff calls the next number."""
        try:
            ticket = self._queue.call_next(COUNTER)
        except StoreError:
            return
        if ticket is None or ticket.id not in self.tickets.values():
            return  # nobody, or somebody of an earlier schedule that ended in a broken promise
        self.called.append(ticket.id)
        if ticket.id not in self._seen and ticket.id not in self._papers():
            raise BrokenPromiseError(f"{ticket.number} is called and nobody holds it")

    # --- what is promised ---------------------------------------------------------------------

    def check(self) -> None:
        """At any moment: no two papers for a ticket, no ticket called twice.

        :raises BrokenPromiseError: one of them is broken.
        """
        papers = [self._rows(piece.image) for piece in self.printer.jobs]
        pieces = Counter(ticket_id for tickets in papers for ticket_id in tickets)
        if any(len(tickets) > 1 for tickets in papers):
            raise BrokenPromiseError("two tickets on one piece of paper")
        double = [ticket_id for ticket_id, count in pieces.items() if count > 1]
        if double:
            raise BrokenPromiseError(f"two papers for {double[0]}")
        if len(self.called) > len(set(self.called)):
            raise BrokenPromiseError("a number was called twice")

    def check_in_the_end(self) -> None:
        """Once everything is repaired: every number is called or void, and who holds a void one
        has been told.

        :raises BrokenPromiseError: one is neither, or was not told.
        """
        self.fuse, self.lost_answers, self.doubled_answers = None, 0, 0
        self.writes_left = None
        self.break_printer(Fault.NONE)
        self.change_paper(50_000)
        while self._outstanding:
            self.carry_out(0)
        for _ in range(2):
            self.sweep()
        for _ in range(len(self.tickets)):
            self.call()
        self.check()
        for ticket in map(self._real_queue.get, self.tickets.values()):
            held = ticket.id in self._papers() or ticket.id in self._seen
            if ticket.status is Status.VOID and held and ticket.id not in self._told:
                raise BrokenPromiseError(f"{ticket.number} is void and its holder was not told")
            if ticket.status is not Status.VOID and ticket.id not in self.called:
                raise BrokenPromiseError(f"{ticket.number} is left {ticket.status.name}")

    def _picture(self, ticket_id: str) -> Image.Image:
        """A small ticket: each row is its sign, the same ones in the same order in every run."""
        known = {wanted: sign for sign, wanted in self._signs.items()}
        sign = known.get(ticket_id) or blake2b(bytes([len(self._signs)]), digest_size=16).digest()
        self._signs[sign] = ticket_id
        return Image.frombytes("1", (128, TICKET_ROWS), sign * TICKET_ROWS)

    def _rows(self, image: Image.Image) -> Counter[str]:
        """Whose rows are on a piece of paper, and how many of each; other rows are of nobody."""
        data = image.tobytes()
        rows = (data[start : start + 16] for start in range(0, len(data), 16))
        return Counter(self._signs[row] for row in rows if row in self._signs)

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()

    def _papers(self) -> set[str]:
        """Tickets that are out, whole."""
        return {
            ticket_id
            for piece in self.printer.jobs
            for ticket_id, rows in self._rows(piece.image).items()
            if rows == TICKET_ROWS
        }


def _held(ticket: Ticket) -> HeldTicket:
    return HeldTicket(
        id=ticket.id,
        number=ticket.number,
        procedure_code=ticket.procedure_code,
        counter=ticket.counter,
        people_ahead=ticket.people_ahead,
        registered_at=ticket.registered_at.timestamp(),
    )
