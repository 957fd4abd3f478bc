import os
import pty
import socket
import threading
import tty
from datetime import UTC, datetime

import pytest
from PIL import Image

from kiosk_robot.drivers.escpos_printer import CLEAR_BUFFERS, EscposPrinter, printer_model
from kiosk_robot.drivers.simulated.printer import LOW_PAPER_MM, Fault, SimulatedPrinter
from kiosk_robot.drivers.simulated.printer_mechanism import PrinterMechanism
from kiosk_robot.printing.escpos_bytes import Ending
from kiosk_robot.printing.layout import WIDTH_58MM, TicketView, render
from kiosk_robot.printing.status import PrinterError, PrinterStatus

VIEW = TicketView(
    number="A012",
    counter="Quầy 1",
    counter_place="Tầng 1, bên trái cửa vào",
    procedure="Đăng ký khai sinh",
    papers=("Giấy chứng sinh (bản chính)", "Căn cước của cha hoặc mẹ"),
    people_ahead=4,
    wait="10–15 phút",
    issued_at=datetime(2026, 11, 23, 1, 5, tzinfo=UTC),
    site_name="Điểm phục vụ hành chính công phường Cửa Nam",
    site_address="29 Quang Trung, phường Cửa Nam, Hà Nội",
    follow_url="http://robot.example/f/3f2c9e1b7a64",
)
TICKET = render(VIEW)
# every two rows spell DLE EOT 1 … 4: a picture that a printer takes for questions
TREACHEROUS = Image.frombytes("1", (24, 512), bytes([0xEF, 0xFB, 0xFE, 0xEF, 0xFB, 0xFB]) * 256)


@pytest.fixture
def device():
    with SimulatedPrinter() as printer:
        yield printer


def driver(device: SimulatedPrinter) -> EscposPrinter:
    return EscposPrinter(device.url, timeout_s=0.3)


@pytest.mark.parametrize(
    "ticket", [TICKET, render(VIEW, WIDTH_58MM), TREACHEROUS], ids=["80mm", "58mm", "treacherous"]
)
def test_a_ticket_comes_out_of_the_printer_pixel_by_pixel(device, ticket):
    raw = driver(device).print_ticket(ticket)
    [printed] = device.jobs
    assert printed.image.size == ticket.size
    assert printed.image.tobytes() == ticket.tobytes()
    assert printed.raw == raw
    assert printed.letters == b""


def test_tickets_come_one_after_the_other(device):
    for _ in range(3):
        driver(device).print_ticket(TICKET)
    assert len(device.jobs) == 3


def test_finished_tickets_are_kept_in_the_directory(tmp_path):
    with SimulatedPrinter(directory=tmp_path) as device:
        raw = driver(device).print_ticket(TICKET)
        driver(device).print_ticket(TICKET)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "001.escpos",
        "001.png",
        "002.escpos",
        "002.png",
    ]
    assert (tmp_path / "001.escpos").read_bytes() == raw
    assert Image.open(tmp_path / "001.png").tobytes() == TICKET.tobytes()


def test_paper_used_is_the_length_of_the_ticket(device):
    before = device.paper_mm
    driver(device).print_ticket(TICKET)
    assert before - device.paper_mm == pytest.approx(TICKET.height / 8 + 15)


@pytest.mark.parametrize(
    ("fault", "status", "advice"),
    [
        (Fault.OUT, PrinterStatus.OUT, "new roll"),
        (Fault.COVER, PrinterStatus.COVER, "cover"),
        (Fault.OFFLINE, PrinterStatus.OFFLINE, "FEED"),
        (Fault.SILENT, PrinterStatus.UNKNOWN, "cable"),
        (Fault.UNPLUGGED, PrinterStatus.UNKNOWN, "cable"),
    ],
)
def test_a_printer_in_trouble_prints_nothing_and_says_why(device, fault, status, advice):
    device.fault = fault
    assert driver(device).status() is status
    with pytest.raises(PrinterError, match=advice) as caught:
        driver(device).print_ticket(TICKET)
    assert caught.value.status is status
    assert device.jobs == []


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_after_the_repair_it_prints_again(device, fault):
    printer = driver(device)
    device.fault = fault
    printer.status()
    device.fault = Fault.NONE
    # a printer plugged in again takes a moment to listen
    while printer.status() is PrinterStatus.UNKNOWN:
        pass
    printer.print_ticket(TICKET)
    assert len(device.jobs) == 1


def test_paper_that_runs_out_in_the_middle_is_no_ticket():
    with SimulatedPrinter(paper_mm=TICKET.height / 8 / 2) as device:
        with pytest.raises(PrinterError, match="new roll") as caught:
            driver(device).print_ticket(TICKET)
        assert caught.value.status is PrinterStatus.OUT
        assert device.jobs == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.COVER, PrinterStatus.COVER),
        (Fault.SILENT, PrinterStatus.UNKNOWN),
        (Fault.UNPLUGGED, PrinterStatus.UNKNOWN),
    ],
)
def test_trouble_in_the_middle_of_a_ticket_is_an_error(device, fault, status):
    device.fault = Fault.SLOW
    threading.Timer(0.2, setattr, (device, "fault", fault)).start()
    with pytest.raises(PrinterError) as caught:
        driver(device).print_ticket(TICKET)
    assert caught.value.status is status


def test_a_slow_printer_is_waited_for(device):
    device.fault = Fault.SLOW
    driver(device).print_ticket(TICKET.crop((0, 0, TICKET.width, 300)))
    assert len(device.jobs) == 1


def test_low_paper_still_prints_and_is_reported(device):
    assert driver(device).status() is PrinterStatus.OK
    device.paper_mm = LOW_PAPER_MM - 1
    driver(device).print_ticket(TICKET)
    assert driver(device).status() is PrinterStatus.LOW
    assert len(device.jobs) == 1


def test_text_sent_by_others_shows_as_letters_on_the_ticket(device):
    with socket.create_connection(("127.0.0.1", int(device.url.rsplit(":", 1)[1]))) as stranger:
        stranger.sendall(b"\x1b@Xin\n\x1dv0\x00\x01\x00\x01\x00\xff\x1dV\x00\x1dr\x01")
        assert stranger.recv(1) == b"\x00"
    [ticket] = device.jobs
    assert ticket.letters == b"Xin"
    assert ticket.image.size == (8, 31)


def test_nobody_at_the_address_is_unknown_not_ok():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    assert EscposPrinter(url, timeout_s=0.2).status() is PrinterStatus.UNKNOWN


@pytest.mark.parametrize("reply", [b"\xff", b"OK\r\n", b"\x00", b"\x13"])
def test_garbage_is_unknown(reply):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            connection, _ = server.accept()
            with connection:
                while connection.recv(64):
                    connection.sendall(reply)

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert EscposPrinter(url, timeout_s=0.2).status() is PrinterStatus.UNKNOWN
        thread.join()


def test_a_picture_that_is_not_black_and_white_is_refused(device):
    with pytest.raises(ValueError, match="mode"):
        driver(device).print_ticket(TICKET.convert("L"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "192.168.1.50",
        "tcp://printer",
        "tcp://printer:99999",
        "serial://",
        "serial:///dev/ttyS0?baudrate=fast",
        "usb://04b8",
        "usb://epson:tm",
        "file:///dev/usb/lp0",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url):
    with pytest.raises(ValueError, match="not a printer address"):
        EscposPrinter(url)


@pytest.fixture
def serial_url(device):
    """The simulated printer at the far end of a serial line."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    printer = socket.create_connection(("127.0.0.1", int(device.url.rsplit(":", 1)[1])))

    def pump(read, write) -> None:
        try:
            while data := read():
                write(data)
        except OSError:
            pass

    pumps = [
        threading.Thread(target=pump, args=args, daemon=True)
        for args in (
            (lambda: os.read(master, 1024), printer.sendall),
            (lambda: printer.recv(1024), lambda data: os.write(master, data)),
        )
    ]
    for thread in pumps:
        thread.start()
    yield f"serial://{os.ttyname(slave)}?baudrate=115200"
    printer.close()
    os.close(slave)
    os.close(master)


def test_a_ticket_goes_over_a_serial_line(device, serial_url):
    EscposPrinter(serial_url, timeout_s=0.5).print_ticket(TICKET)
    [printed] = device.jobs
    assert printed.image.tobytes() == TICKET.tobytes()


def test_a_serial_line_that_is_not_there_is_unknown(tmp_path):
    printer = EscposPrinter(f"serial://{tmp_path}/ttyUSB9")
    assert printer.status() is PrinterStatus.UNKNOWN
    with pytest.raises(PrinterError, match="ttyUSB9"):
        printer.print_ticket(TICKET)


def test_what_an_empty_roll_stopped_comes_out_neither_later_nor_on_the_next_ticket(device):
    device.paper_mm = TICKET.height / 8 / 2
    with pytest.raises(PrinterError) as caught:
        driver(device).print_ticket(TICKET)
    assert caught.value.may_be_out
    device.fault = Fault.COVER  # the technician opens it, and puts in a new roll
    device.paper_mm = 50_000.0
    assert driver(device).status() is PrinterStatus.COVER
    device.clears = True
    with socket.create_connection(("127.0.0.1", int(device.url.rsplit(":", 1)[1]))) as link:
        link.sendall(CLEAR_BUFFERS)  # it cannot print: this alone makes it forget
        assert link.recv(3) == b"\x37\x25\x00"
    device.fault = Fault.NONE
    driver(device).print_ticket(TICKET, discard_first=True)
    half, whole = device.jobs
    assert half.image.height < TICKET.height
    assert whole.image.tobytes() == TICKET.tobytes()


def test_a_late_answer_for_an_earlier_ticket_confirms_nothing():
    """On a serial line the answer of a printer that was given up waits for whoever opens next."""
    mechanism = PrinterMechanism()
    mechanism.clears = False

    class Line:
        waiting = b""

        def open(self):
            pass

        def close(self):
            pass

        def _raw(self, data):
            Line.waiting += mechanism.receive(data)

        def _read(self):
            if not Line.waiting:
                raise TimeoutError
            answer, Line.waiting = Line.waiting[:1], Line.waiting[1:]
            return answer

    mechanism.receive(b"\x1dr\x01")
    Line.waiting = b"\x00\x00"
    real = mechanism.receive

    def receive(data):
        if data[:2] == b"\x1b@":
            mechanism.fault = Fault.SILENT  # takes the ticket, and says nothing of it
        return real(data)

    mechanism.receive = receive
    printer = EscposPrinter("", timeout_s=0.01, link=Line)
    with pytest.raises(PrinterError) as caught:
        printer.print_ticket(TICKET.crop((0, 0, 576, 16)), discard_first=False)
    assert caught.value.may_be_out


def test_a_printer_that_answers_only_for_its_state_is_believed_when_it_has_paper(device):
    device.answers_when_printed = False
    printer = EscposPrinter(device.url, timeout_s=0.3, confirmation="status")
    printer.print_ticket(TICKET.crop((0, 0, 576, 60)))
    device.paper_mm = 2.0
    with pytest.raises(PrinterError) as caught:
        printer.print_ticket(TICKET.crop((0, 0, 576, 60)))
    assert (caught.value.status, caught.value.may_be_out) == (PrinterStatus.OUT, True)


@pytest.mark.parametrize(
    ("profile", "paper", "width", "ending"),
    [
        ("default", 80, 576, Ending.PARTIAL_CUT),
        ("default", 58, 384, Ending.PARTIAL_CUT),
        ("TM-T88V", 80, 512, Ending.PARTIAL_CUT),
        ("TM-T88V", 58, 384, Ending.PARTIAL_CUT),
        ("POS-5890", 58, 384, Ending.TEAR_OFF),
    ],
)
def test_a_model_is_known_by_its_profile(profile, paper, width, ending):
    model = printer_model(profile, paper)
    assert (model.width_dots, model.ending) == (width, ending)
    assert render(VIEW, model.width_dots).width == width


@pytest.mark.parametrize(
    ("profile", "told"), [("TM-T20", "there are: TM-T20II"), ("TM-U220", "prints no pictures")]
)
def test_a_model_that_will_not_do_is_refused(profile, told):
    with pytest.raises(ValueError, match=told):
        printer_model(profile, 80)
