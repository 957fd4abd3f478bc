"""Check-ins over real HTTP: with a line, without one, and when it comes back."""

import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import inspect

from kiosk_robot.config import load_site
from kiosk_robot.feedback.tables import AlertRow, DeliveryRow, FeedbackRow
from kiosk_robot.queueing.booking_desk import BookingDesk, BookingRow
from kiosk_robot.queueing.booking_line import BookingLine, LineError
from kiosk_robot.queueing.bookings import Outcome
from kiosk_robot.queueing.claims import Claim, SealingKey
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Status
from kiosk_robot.web.booking_service import BookingBook, Made, Wish, create_booking_service

pytestmark = pytest.mark.thorough

TOKEN = "token-of-the-point"  # noqa: S105  of a test
PATIENCE = 15.0  # seconds for an answer on a busy machine
MONDAY = date(2026, 11, 23)
HANG = {"name": "Nguyễn Thị Bích Hằng", "phone": "0912345678", "card": "001194026153"}
DAT = {"name": "Trần Văn Đạt", "phone": "0987654321", "card": "001090012345"}


class Clock:
    """Local time in Hà Nội, set by the test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, hour: int, minute: int = 0, day: int = 23) -> None:
        self.now = datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


class Point:
    """One robot with its own store, at the other end of the line from the service."""

    def __init__(self, folder, url, clock, site="cua_nam"):
        folder.mkdir(exist_ok=True)
        self.key_file = folder / "booking.key"
        self.path = folder / "kiosk.db"
        self.store = Store(f"sqlite:///{self.path}")
        layout = load_site("cua_nam")
        self.queue = Queue(self.store, layout, clock)
        self.line = BookingLine(url, TOKEN, site, PATIENCE)
        self.desk = BookingDesk(
            self.store,
            self.line,
            lambda request, booking, registered_at: self.queue.reserve(
                request,
                booking.procedure_code,
                layout.counter_for(booking.group),
                registered_at=registered_at,
            ),
            point=site,
            site=layout,
            key_file=self.key_file,
            clock=clock,
        )

    def seal(self, kind, value, point=""):
        key = SealingKey.load(self.key_file)
        assert key
        return key.seal(Claim(kind, value, point))

    def check_in(self, kind, value, request_id="", point=""):
        claim = self.seal(kind, value, point)
        return self.desk.check_in(request_id or str(uuid.uuid4()), claim)

    def be_patient(self, seconds):
        self.line._timeout, self.line._client.timeout = seconds, seconds

    def settle(self, checked_in, outcome):
        self.queue.settle(checked_in.ticket.id, outcome)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(clock):
    site = load_site("cua_nam")
    other = site.model_copy(update={"name": "Điểm phục vụ phường Hoàn Kiếm"})
    return BookingBook({"cua_nam": site, "hoan_kiem": other}, clock)


@pytest.fixture
def server(serve, book):
    return serve(create_booking_service(book, TOKEN))


@pytest.fixture
def point(tmp_path, server, clock):
    return Point(tmp_path / "robot", server.url, clock)


def make(book, person=HANG, slot="09:30", **changes) -> Made:
    values = {"point": "cua_nam", "field": "Hộ tịch", "group": "civil_status", "day": MONDAY}
    return book.make(Wish(**values | {"at": slot} | person | changes))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", None),
        ("phone", "0912345678"),
        ("card", "001194026153"),
        ("name", "nguyen thi bich hang 09:30"),
    ],
)
def test_a_citizen_is_found_by_code_phone_card_or_name_and_time(book, point, clock, kind, value):
    made = make(book)
    point.desk.sync()
    clock.set(9, 20)
    done = point.check_in(kind, value or made.code)
    assert done.outcome is Outcome.OK
    assert (done.ticket.number, done.ticket.counter) == ("A001", "1")
    assert book.kept[made.id].booking.used
    assert not done.offline


def test_booked_and_walk_in_citizens_are_called_by_time_of_registration(book, point, clock):
    clock.set(8, 50)
    made = make(book)
    point.desk.sync()
    counter = load_site("cua_nam").counters[0]
    clock.set(9, 0)
    first = point.queue.reserve("walk-in", "1.001193", counter)
    clock.set(9, 10)
    booked = point.check_in("code", made.code)
    clock.set(9, 11)
    last = point.queue.reserve("another", "1.001193", counter)
    for ticket in (first, booked.ticket, last):
        point.queue.settle(ticket.id, Status.ISSUED)
    called = [point.queue.call_next("1").id for _ in range(3)]
    assert called == [booked.ticket.id, first.id, last.id]


def test_the_database_has_the_columns_of_the_code(point):
    with point.store.reading() as connection:
        found = inspect(connection)
        for table in (BookingRow, FeedbackRow, AlertRow, DeliveryRow):
            name = table.__tablename__
            columns = {one["name"] for one in found.get_columns(name)}
            assert columns == set(table.__table__.columns.keys())
            indexes = {one["name"] for one in found.get_indexes(name)}
            assert indexes == {one.name for one in table.__table__.indexes}


def test_the_same_request_gives_the_same_ticket_and_the_booking_is_used_once(book, point, clock):
    made = make(book)
    point.desk.sync()
    clock.set(9, 20)
    first = point.check_in("code", made.code, "wish")
    again = point.check_in("code", made.code, "wish")
    assert (again.outcome, again.ticket.id) == (Outcome.OK, first.ticket.id)
    other = point.check_in("phone", HANG["phone"])
    assert (other.outcome, other.ticket.number) == (Outcome.ALREADY_USED, "A001")


def test_a_ticket_that_came_to_nothing_does_not_use_the_booking_up(book, point, clock):
    made = make(book)
    point.desk.sync()
    clock.set(9, 20)
    point.settle(point.check_in("code", made.code), Status.VOID)
    again = point.check_in("code", made.code)
    assert (again.outcome, again.ticket.number) == (Outcome.OK, "A002")


def test_why_a_booking_cannot_be_used_is_told_apart(book, point, clock):
    made = make(book)
    tomorrow = make(book, DAT, day=MONDAY + timedelta(1))
    elsewhere = make(book, DAT, point="hoan_kiem", field="Đất đai", group="land")
    point.desk.sync()

    early = point.check_in("code", made.code)
    assert early.outcome is Outcome.TOO_EARLY
    assert f"{early.opens:%H:%M}" == "08:30"
    clock.set(11, 0)
    assert point.check_in("code", made.code).outcome is Outcome.TOO_LATE
    wrong_day = point.check_in("code", tomorrow.code)
    assert (wrong_day.outcome, wrong_day.booking.day) == (
        Outcome.WRONG_DAY,
        MONDAY + timedelta(1),
    )
    wrong_place = point.check_in("code", elsewhere.code)
    assert wrong_place.outcome is Outcome.WRONG_PLACE
    assert wrong_place.booking.place == "Điểm phục vụ phường Hoàn Kiếm"
    by_qr = point.check_in("code", elsewhere.code, point="hoan_kiem")
    assert by_qr.outcome is Outcome.WRONG_PLACE
    assert point.check_in("code", "00000000").outcome is Outcome.NO_SUCH_BOOKING


def test_two_people_of_one_name_are_not_mixed_up(book, point, clock):
    make(book)
    make(book, HANG | {"phone": "0900000000", "card": "001194000000"})
    point.desk.sync()
    clock.set(9, 30)
    by_name = point.check_in("name", "nguyen thi bich hang 09:30")
    assert by_name.outcome is Outcome.AMBIGUOUS
    assert by_name.ticket is None
    assert point.check_in("phone", "0900000000").outcome is Outcome.OK


def test_a_booking_younger_than_the_list_is_looked_up(book, point, clock):
    point.desk.sync()
    clock.set(9, 20)
    made = make(book)
    assert point.check_in("code", made.code).outcome is Outcome.OK


@pytest.mark.parametrize("fault", ["gone", "error", "garbage", "slow", "lost_answer"])
def test_without_a_line_the_list_serves_and_the_service_hears_of_it_later(
    book, point, server, clock, fault
):
    made, other = make(book), make(book, DAT)
    point.desk.sync()
    clock.set(9, 20)
    if fault == "gone":
        server.stop()
    if fault == "slow":
        point.be_patient(0.3)
    server.fault = fault
    done = point.check_in("code", made.code)
    assert (done.outcome, done.ticket.number, done.offline) == (Outcome.OK, "A001", True)
    assert point.check_in("phone", DAT["phone"]).outcome is Outcome.OK
    assert point.check_in("code", "00000000").offline
    assert not book.kept[other.id].booking.used
    with pytest.raises(LineError):
        point.desk.sync()

    server.fault = ""
    point.be_patient(PATIENCE)
    if fault == "gone":
        server.start()
    assert point.desk.sync() == []
    assert book.kept[made.id].booking.used
    assert book.kept[other.id].booking.used
    assert book.kept[other.id].check_in.at == clock.now, "when they came, not when it was told"
    server.requests.clear()
    point.desk.sync()
    assert server.requests == ["GET /v1/points/cua_nam/bookings"], "told once"
    assert point.check_in("code", made.code).outcome is Outcome.ALREADY_USED


def test_check_ins_outlive_the_robot(book, point, server, clock, tmp_path):
    made = make(book)
    point.desk.sync()
    clock.set(9, 20)
    server.stop()
    point.check_in("code", made.code)
    point.store.close()  # killed, and started again

    again = Point(tmp_path / "robot", server.url, clock)
    assert again.check_in("code", made.code).outcome is Outcome.ALREADY_USED
    server.start()
    again.desk.sync()
    assert book.kept[made.id].booking.used


def test_a_booking_used_at_two_places_without_a_line_is_a_conflict_told_once(
    book, server, clock, tmp_path
):
    made = make(book)
    here = Point(tmp_path / "here", server.url, clock)
    there = Point(tmp_path / "there", server.url, clock)
    for robot in (here, there):
        robot.desk.sync()
    clock.set(9, 20)
    server.stop()
    for robot in (here, there):
        assert robot.check_in("code", made.code).outcome is Outcome.OK
    server.start()
    assert here.desk.sync() == []
    [conflict] = there.desk.sync()
    assert (conflict.reason, conflict.number, conflict.at) == ("used_elsewhere", "A001", "09:30")
    assert there.desk.sync() == []


def test_with_a_line_the_service_has_the_last_word(book, server, clock, tmp_path):
    made = make(book)
    here = Point(tmp_path / "here", server.url, clock)
    there = Point(tmp_path / "there", server.url, clock)
    for robot in (here, there):
        robot.desk.sync()
    clock.set(9, 20)
    assert here.check_in("code", made.code).outcome is Outcome.OK
    refused = there.check_in("code", made.code)
    assert (refused.outcome, refused.ticket) == (Outcome.ALREADY_USED, None)
    assert there.queue.state()[0][0].waiting == 0


def test_a_booking_that_was_cancelled_leaves_the_list(book, point, clock):
    made = make(book)
    point.desk.sync()
    book.cancel(made.id)
    point.desk.sync()
    clock.set(9, 20)
    assert point.check_in("code", made.code).outcome is Outcome.NO_SUCH_BOOKING


def test_an_unchanged_list_is_not_sent_again(book, point, server):
    make(book)
    point.desk.sync()
    with closing(sqlite3.connect(point.path)) as connection:
        connection.execute("UPDATE bookings SET field = 'seen'")
        connection.commit()
    point.desk.sync()
    assert rows(point, "SELECT field FROM bookings") == [("seen",)]


def test_the_key_is_new_every_day_and_nothing_readable_stays(book, point, clock):
    made = make(book)
    make(book, DAT, day=MONDAY + timedelta(1))
    point.desk.sync()
    old = point.seal("phone", HANG["phone"])
    clock.set(9, 20)
    point.check_in("code", made.code)
    for path in point.path.parent.iterdir():
        kept = path.read_bytes()
        for secret in (made.code, *HANG.values(), *DAT.values(), "Hằng", "bich hang"):
            assert secret.encode() not in kept, path

    clock.set(8, 0, day=24)
    point.desk.sync()
    assert point.seal("phone", HANG["phone"]).mac != old.mac
    assert point.check_in("phone", HANG["phone"]).outcome is Outcome.WRONG_DAY
    clock.set(8, 0, day=26)
    point.desk.sync()
    assert rows(point, "SELECT count(*) FROM bookings") == [(0,)]


def test_without_a_line_for_days_nothing_personal_waits_with_the_report(book, point, server, clock):
    made = make(book)
    point.desk.sync()
    clock.set(9, 20)
    server.stop()
    point.check_in("code", made.code)
    clock.set(9, 20, day=27)
    server.start()
    server.fault = "error"
    with pytest.raises(LineError):
        point.desk.sync()
    assert rows(point, "SELECT code || phone || card || name FROM bookings") == [("",)]
    server.fault = ""
    point.desk.sync()
    assert book.kept[made.id].booking.used


def test_a_wrong_token_is_no_line(server, clock, tmp_path):
    line = BookingLine(server.url, "guessed", "cua_nam")
    with pytest.raises(LineError, match="status 401"):
        line.fetch("")


def rows(point, query):
    with closing(sqlite3.connect(point.path)) as connection:
        return connection.execute(query).fetchall()
