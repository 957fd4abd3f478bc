"""Citizens with bookings, across processes: found, printed, and recognisable nowhere."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from kiosk_robot.config import load_site
from kiosk_robot.robot import running_robot
from kiosk_robot.visit import Visit
from kiosk_robot.web.booking_service import BookingBook, Wish, create_booking_service

SPOKEN_PHONE = "không chín một hai ba bốn năm sáu bảy tám"
HANG = {"name": "Nguyễn Thị Bích Hằng", "phone": "0912345678", "card": "001194026153"}
DAT = {"name": "Trần Văn Đạt", "phone": "0987654321", "card": "001090012345"}


@pytest.fixture
def book(always_open):
    return BookingBook({"cua_nam": load_site("cua_nam")}, lambda: datetime.now(UTC))


@pytest.fixture
def server(serve, book):
    return serve(create_booking_service(book, ""))


def make(book, person):
    today = datetime.now(load_site("cua_nam").zone).date()
    wish = Wish(point="cua_nam", field="Hộ tịch", group="civil_status", day=today, **person)
    return book.make(wish)


def leave(visit):
    visit.say("cảm ơn, tôi về đây")
    visit.say("không")
    visit.wait_for(lambda: not visit.latest("state")["session_id"], "the end of the visit")
    visit.leave()


def test_bookings_by_voice_and_by_touch_with_and_without_a_line(
    book, server, tmp_path, monkeypatch
):
    hang, dat = make(book, HANG), make(book, DAT)
    monkeypatch.setenv("KIOSK_BOOKING_URL", server.url)
    folder = tmp_path / "robot"
    with (
        running_robot(
            folder, simulated=True, tell=lambda _line: None, speed=20.0, private=True
        ) as robot,
        Visit(robot.url, robot.devices) as visit,
    ):
        key = folder / "booking.key"
        visit.wait_for(key.exists, "the list of bookings")
        visit.approach()
        visit.say("tôi đã đặt lịch trên iHanoi")
        turn = visit.say(SPOKEN_PHONE)
        assert turn["commands"][0].startswith("check_in: ok")
        assert visit.latest("state")["ticket_number"] == "A001"
        assert book.kept[hang.id].booking.used
        leave(visit)

        server.stop()
        visit.approach()
        visit.press("check_in_booking")
        seen = len(visit.turns())
        answer = httpx.post(f"{robot.url}/api/typed", json={"text": dat.code})
        assert answer.status_code == httpx.codes.ACCEPTED
        visit.wait_for(lambda: len(visit.turns()) > seen, "the booking to be found")
        assert visit.turns()[-1]["commands"][0].startswith("check_in: ok")
        assert visit.latest("state")["ticket_number"] == "A002"
        assert not book.kept[dat.id].booking.used
        server.start()
        visit.wait_for(lambda: book.kept[dat.id].booking.used, "the service to hear of it")
        assert len(robot.devices.printer.jobs) == 2

        screens = json.dumps(visit.messages, ensure_ascii=False)
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (SPOKEN_PHONE, hang.code, dat.code, *HANG.values(), *DAT.values()):
        assert secret not in screens
        assert secret.encode() not in files
