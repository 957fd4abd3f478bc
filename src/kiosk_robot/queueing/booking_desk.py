"""Checks bookings in, from a list that is kept here, and tells the booking service afterwards.

Invariants:

* a booking has at most one ticket that counts, however often and however it is shown;
* a check-in is written down before the ticket is given, and reported until it is answered;
* without a line everything works from the list as it was last;
* nobody can be recognised in the table: it holds HMACs under a key that is replaced every day.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import String, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk_robot.queueing.booking_contract import (
    BookingPage,
    CheckInReport,
    ListedBooking,
    Lookup,
)
from kiosk_robot.queueing.booking_line import BookingLine, ConflictError, LineError
from kiosk_robot.queueing.bookings import Booking, Outcome, Verdict, judge, window
from kiosk_robot.queueing.claims import SealedClaim, SealingKey
from kiosk_robot.queueing.rows import to_number
from kiosk_robot.queueing.store import Base, Store, TicketRow, UtcDateTime
from kiosk_robot.queueing.ticket import Status, StoreError, Ticket
from kiosk_robot.site import Site

KEY_FILE = "booking.key"
GIVING = timedelta(seconds=10)  # a check-in without a ticket yet is under way for so long
KEPT_DAYS = 1  # yesterday's bookings are still known as "another day", older ones are forgotten

IssueTicket = Callable[[str, Booking, datetime], Ticket]
"""Gives the ticket of a request id; the moment is what counts for its place in the queue."""


class BookingRow(Base):
    """One booking as the robot may know it, and what became of it here."""

    __tablename__ = "bookings"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    point: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(60))
    group: Mapped[str] = mapped_column(String(20))
    day: Mapped[str] = mapped_column(String(10), index=True)  # local
    at: Mapped[str] = mapped_column(String(5))  # HH:MM local; empty: any time
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    procedure_code: Mapped[str] = mapped_column(String(10))
    used: Mapped[bool]  # as the service says
    key_id: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(64), index=True)  # HMACs, hex
    phone: Mapped[str] = mapped_column(String(64), index=True)
    card: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    # Ours: set when it is checked in here.
    check_in_id: Mapped[str] = mapped_column(String(36), default="")
    request_id: Mapped[str] = mapped_column(String(36), default="", index=True)  # of its ticket
    checked_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # by the service
    conflict: Mapped[str] = mapped_column(String(40), default="")  # why it does not count there


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What a check-in came to, with what the citizen is told."""

    outcome: Outcome
    ticket: Ticket | None = None  # given now or, when already used, earlier
    booking: Booking | None = None
    opens: datetime | None = None  # local: from when until when the booking is taken
    closes: datetime | None = None
    more: int = 0  # bookings of the same person that could be used now too
    offline: bool = False  # the list is as old as the line is broken


@dataclass(frozen=True, slots=True)
class Conflict:
    """A check-in of ours that the service refuses: two citizens, or one twice, hold a number."""

    booking_id: str
    reason: str
    day: str
    at: str
    number: str  # of the ticket given here; empty when none is


class BookingDesk:
    """The bookings of one point over the store. `point` is the name of its site file."""

    def __init__(
        self,
        store: Store,
        line: BookingLine,
        issue: IssueTicket,
        *,
        point: str,
        site: Site,
        key_file: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._line = line
        self._issue = issue
        self._point = point
        self._rules = site.bookings
        self._zone = ZoneInfo(site.timezone)
        self._key_file = key_file
        self._clock = clock
        self._tag = ""  # of the list as it was last fetched
        self._connected = True  # until the line proves broken; a sync finds out anew

    @property
    def connected(self) -> bool:
        """Whether the last call reached the service."""
        return self._connected

    # --- a citizen is there -------------------------------------------------------------------

    def check_in(self, request_id: str, claim: SealedClaim) -> CheckedIn:
        """Give the ticket of a booking, or tell why not. The same request gives the same ticket.

        :raises StoreError: nothing was checked in.
        """
        if claim.point and claim.point != self._point:
            return CheckedIn(Outcome.WRONG_PLACE)
        if known := self._of_request(request_id):
            return self._told(known, request_id)
        verdict = self._take(claim, request_id)
        if verdict.outcome is Outcome.NO_SUCH_BOOKING and self._ask_service(claim):
            verdict = self._take(claim, request_id)
        if verdict.outcome is Outcome.OK and verdict.booking and self._connected:
            verdict = self._confirm(verdict, verdict.booking)
        return self._told(verdict, request_id)

    def ticket_of(self, request_id: str) -> Ticket | None:
        """The ticket a check-in gave, as it stands now; None when the request gave none here.

        :raises StoreError: the store refuses.
        """
        known = self._of_request(request_id)
        return self._told(known, request_id).ticket if known else None

    def _take(self, claim: SealedClaim, request_id: str) -> Verdict:
        """Judge what the claim finds and, if it can be used, write the check-in down."""
        column = {
            "code": BookingRow.code,
            "phone": BookingRow.phone,
            "card": BookingRow.card,
            "name": BookingRow.name,
        }[claim.kind]
        with self._store.transaction() as session:
            rows = session.scalars(
                select(BookingRow)
                .where(column == claim.mac, BookingRow.key_id == claim.key_id)
                .with_for_update()
            ).all()
            found = [self._booking(session, row) for row in rows]
            verdict = judge(found, self._point, self._now(), self._rules)
            if verdict.outcome is Outcome.OK and verdict.booking:
                row = session.get_one(BookingRow, verdict.booking.id)
                row.check_in_id = row.check_in_id or str(uuid.uuid4())
                row.checked_in_at, row.request_id = self._clock(), request_id
        return verdict

    def _of_request(self, request_id: str) -> Verdict | None:
        with self._store.transaction() as session:
            row = session.scalar(select(BookingRow).where(BookingRow.request_id == request_id))
            return Verdict(Outcome.OK, self._booking(session, row)) if row else None

    def _ask_service(self, claim: SealedClaim) -> bool:
        """Look for a booking that is newer than the list, or of another point; whether it knows."""
        if not self._connected:
            return False
        wanted = Lookup(key_id=claim.key_id, kind=claim.kind, mac=claim.mac)
        try:
            found = self._line.lookup(wanted)
        except LineError:
            self._connected = False
            return False
        with self._store.transaction() as session:
            for listed in found:
                _keep(session, listed, claim.key_id)
        return bool(found)

    def _confirm(self, verdict: Verdict, booking: Booking) -> Verdict:
        """Hear from the service whether the check-in counts; without an answer it is told later."""
        try:
            self._report(booking.id)
        except LineError:
            self._connected = False
        except ConflictError as conflict:
            with self._store.transaction() as session:
                row = session.get_one(BookingRow, booking.id)
                row.used, row.check_in_id, row.request_id, row.checked_in_at = True, "", "", None
            used = str(conflict) == "used_elsewhere"
            return Verdict(Outcome.ALREADY_USED if used else Outcome.NO_SUCH_BOOKING, booking)
        return verdict

    def _told(self, verdict: Verdict, request_id: str) -> CheckedIn:
        booking, ticket = verdict.booking, None
        if booking is None:
            return CheckedIn(verdict.outcome, offline=not self._connected)
        if verdict.outcome is Outcome.OK:
            ticket = self._issue(request_id, booking, self._rank(booking))
        elif verdict.outcome is Outcome.ALREADY_USED and (earlier := self._request_of(booking)):
            ticket = self._issue(earlier, booking, self._rank(booking))
        opens, closes = window(booking, self._rules)
        return CheckedIn(
            verdict.outcome, ticket, booking, opens, closes, verdict.more, not self._connected
        )

    def _rank(self, booking: Booking) -> datetime:
        """Online and paper numbers are worth the same: who registered first is first."""
        return booking.registered_at if self._rules.order == "registration" else self._clock()

    def _request_of(self, booking: Booking) -> str:
        with self._store.transaction() as session:
            return session.get_one(BookingRow, booking.id).request_id

    # --- the line -----------------------------------------------------------------------------

    def sync(self) -> list[Conflict]:
        """Forget past bookings, report what was checked in without a line, renew the list.

        :returns: the check-ins that the service refuses.
        :raises LineError: there is no line now; everything is tried again at the next sync.
        :raises StoreError: the store refuses; likewise.
        """
        self._connected = False  # citizens do not wait for a line that is only being tried
        self._forget()
        conflicts = []
        for booking_id in self._unanswered():
            try:
                self._report(booking_id)
            except ConflictError as conflict:
                conflicts.append(self._note(booking_id, str(conflict)))
        fetched = self._line.fetch(self._tag)
        if fetched:
            page, tag = fetched
            self._renew(page)
            self._tag = tag
        self._connected = True
        return conflicts

    def _unanswered(self) -> list[str]:
        with self._store.transaction() as session:
            rows = session.scalars(
                select(BookingRow.id)
                .where(BookingRow.checked_in_at.is_not(None), BookingRow.answered_at.is_(None))
                .order_by(BookingRow.checked_in_at)
            )
            return list(rows)

    def _report(self, booking_id: str) -> None:
        """Tell the service, outside of any transaction, and note its answer."""
        with self._store.transaction() as session:
            row = session.get_one(BookingRow, booking_id)
            report = CheckInReport(
                check_in_id=row.check_in_id,
                point=self._point,
                at=row.checked_in_at or self._clock(),
            )
        self._line.report(booking_id, report)
        with self._store.transaction() as session:
            session.get_one(BookingRow, booking_id).answered_at = self._clock()

    def _note(self, booking_id: str, reason: str) -> Conflict:
        with self._store.transaction() as session:
            row = session.get_one(BookingRow, booking_id)
            row.answered_at, row.conflict = self._clock(), reason
            ticket = _ticket(session, row.request_id)
            number = to_number(vars(ticket)) if ticket else ""
            return Conflict(row.id, reason, row.day, row.at, number)

    def _renew(self, page: BookingPage) -> None:
        """Replace list and key, or neither; what was checked in here stays."""
        listed = {booking.id for booking in page.bookings}
        with self._store.transaction() as session:
            for row in session.scalars(select(BookingRow).where(BookingRow.check_in_id == "")):
                if row.id not in listed:
                    session.delete(row)
            for booking in page.bookings:
                _keep(session, booking, page.key_id)
            session.flush()
            try:
                SealingKey(page.key_id, page.key).save(self._key_file)
            except OSError as error:
                raise StoreError(f"{self._key_file}: {error.strerror}; check disk space") from error

    def _forget(self) -> None:
        """Past bookings leave the table; a check-in the service has not heard of loses its HMACs
        and waits.
        """
        oldest = (self._now().date() - timedelta(days=KEPT_DAYS)).isoformat()
        with self._store.transaction() as session:
            done = or_(BookingRow.checked_in_at.is_(None), BookingRow.answered_at.is_not(None))
            session.execute(delete(BookingRow).where(BookingRow.day < oldest, done))
            for row in session.scalars(select(BookingRow).where(BookingRow.day < oldest)):
                row.code = row.phone = row.card = row.name = ""

    # --- rows ---------------------------------------------------------------------------------

    def _booking(self, session: Session, row: BookingRow) -> Booking:
        return Booking(
            id=row.id,
            point=row.point,
            place=row.place,
            field=row.field,
            group=row.group,  # type: ignore[arg-type]  # checked when it came
            day=date.fromisoformat(row.day),
            at=time.fromisoformat(row.at) if row.at else None,
            registered_at=row.registered_at,
            person=row.card or row.phone or row.id,
            procedure_code=row.procedure_code,
            used=self._given(session, row) if row.check_in_id else row.used,
        )

    def _given(self, session: Session, row: BookingRow) -> bool:
        """Whether its ticket counts. One that came to nothing (the citizen left, the power failed)
        does not use a booking up; one that another robot is about to give does.
        """
        ticket = _ticket(session, row.request_id)
        if ticket:
            return ticket.status != Status.VOID
        if row.checked_in_at is None:
            return False
        return timedelta(0) <= self._clock() - row.checked_in_at < GIVING

    def _now(self) -> datetime:
        return self._clock().astimezone(self._zone)


def _keep(session: Session, listed: ListedBooking, key_id: str) -> None:
    row = session.get(BookingRow, listed.id)
    if row is None:
        row = BookingRow(id=listed.id)
        session.add(row)
    for name, value in listed.model_dump(exclude={"id", "day"}).items():
        setattr(row, name, value)
    row.day, row.key_id = listed.day.isoformat(), key_id


def _ticket(session: Session, request_id: str) -> TicketRow | None:
    return session.scalar(select(TicketRow).where(TicketRow.request_id == request_id))
