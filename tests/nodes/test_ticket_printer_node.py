"""Tickets come out once; what is wrong with the printer is told."""

import uuid

import pytest

pytest.importorskip("rclpy")

from kiosk_interfaces.action import PrintTicket
from kiosk_interfaces.msg import DeviceCondition, PrinterState
from kiosk_interfaces.srv import ClosePrint
from kiosk_nodes.qos import STATE
from kiosk_nodes.ticket_printer import TicketPrinterNode
from kiosk_robot.drivers.simulated.printer import Fault

PRINT = "/skill/print_ticket"
codes = PrintTicket.Result


@pytest.fixture
def printer(bench, devices):
    return bench.device(TicketPrinterNode, url=devices.printer.url)


def ticket(request_id: str = ""):
    return {
        "request_id": request_id or str(uuid.uuid4()),
        "number": "A001",
        "counter": "Quầy 1",
        "counter_place": "bên trái cửa vào",
        "procedure": "Đăng ký khai sinh",
        "papers": ["Giấy chứng sinh"],
    }


def test_a_ticket_is_printed_once_however_often_it_is_asked_for(bench, printer, devices):
    states = bench.hear(PrinterState, "printer/state", STATE)
    first = bench.act(PrintTicket, PRINT, **ticket("wish"))
    again = bench.act(PrintTicket, PRINT, **ticket("wish"))
    assert (first.error_code, first.already_printed) == (codes.NONE, False)
    assert (again.error_code, again.already_printed) == (codes.NONE, True)
    [printed] = devices.printer.jobs
    assert printed.image.width == 576
    bench.act(PrintTicket, PRINT, **ticket("another wish"))
    assert len(devices.printer.jobs) == 2
    bench.wait_for(lambda: states and states[-1].tickets_printed == 2, "the count")
    assert states[-1].condition.value == DeviceCondition.OK


@pytest.mark.parametrize(
    ("fault", "error", "condition", "advice"),
    [
        (Fault.OUT, codes.PAPER_OUT, DeviceCondition.OUT, "put in a new roll"),
        (Fault.COVER, codes.COVER_OPEN, DeviceCondition.BLOCKED, "press it shut"),
        (Fault.OFFLINE, codes.OFFLINE, DeviceCondition.OFFLINE, "press FEED"),
    ],
)
def test_a_fault_is_told_and_after_its_cure_it_prints(
    bench, printer, devices, fault, error, condition, advice
):
    states = bench.hear(PrinterState, "printer/state", STATE)
    devices.printer.fault = fault
    result = bench.act(PrintTicket, PRINT, **ticket("wish"))
    assert (result.error_code, result.already_printed) == (error, False)
    assert result.error_msg
    bench.wait_for(lambda: states and states[-1].condition.value == condition, "the fault")
    assert advice in states[-1].condition.detail
    devices.printer.fault = Fault.NONE
    assert bench.act(PrintTicket, PRINT, **ticket("wish")).error_code == codes.NONE
    assert len(devices.printer.jobs) == 1


def test_what_cannot_be_drawn_is_refused_and_the_next_ticket_is_printed(bench, printer, devices):
    result = bench.act(PrintTicket, PRINT, **{**ticket(), "number": ""})
    assert result.error_code == codes.RENDER_FAILED
    assert "1 to 12 characters" in result.error_msg
    assert devices.printer.jobs == []
    assert bench.act(PrintTicket, PRINT, **ticket()).error_code == codes.NONE


def test_without_paper_the_node_comes_up_and_says_so(bench, devices):
    devices.printer.fault = Fault.OUT
    node = bench.device(TicketPrinterNode, url=devices.printer.url)
    assert node.condition.value == DeviceCondition.OUT


def test_no_goal_is_accepted_while_it_is_not_active(bench, printer, devices):
    assert bench.change(printer, "deactivate")
    assert not bench.send(PrintTicket, PRINT, **ticket()).accepted
    assert devices.printer.jobs == []


def close_print(bench, ticket_id: str) -> ClosePrint.Response:
    return bench.call(ClosePrint, "printer/close_print", ClosePrint.Request(ticket_id=ticket_id))


def test_a_new_process_prints_nothing_that_the_last_one_printed(bench, printer, devices):
    bench.act(PrintTicket, PRINT, **ticket("wish"))
    bench.remove(printer)
    bench.device(TicketPrinterNode, url=devices.printer.url)
    again = bench.act(PrintTicket, PRINT, **ticket("wish"))
    assert (again.error_code, again.already_printed) == (codes.NONE, True)
    assert len(devices.printer.jobs) == 1
    assert close_print(bench, "wish").outcome == ClosePrint.Response.PRINTED


def test_what_the_queue_has_closed_is_never_printed(bench, printer, devices):
    assert close_print(bench, "wish").outcome == ClosePrint.Response.NOT_ASKED
    late = bench.act(PrintTicket, PRINT, **ticket("wish"))
    assert late.error_code == codes.REQUEST_CLOSED
    assert devices.printer.jobs == []


def test_what_became_of_a_ticket_is_told_without_a_printer(bench, devices):
    devices.printer.fault = Fault.UNPLUGGED
    bench.add(TicketPrinterNode())
    assert close_print(bench, "wish").outcome == ClosePrint.Response.NOT_ASKED


def test_a_ticket_in_doubt_is_not_tried_again(bench, devices):
    devices.printer.paper_mm = 5.0
    bench.device(TicketPrinterNode, url=devices.printer.url)
    assert bench.act(PrintTicket, PRINT, **ticket("wish")).error_code == codes.PAPER_OUT
    again = bench.act(PrintTicket, PRINT, **ticket("wish"))
    assert again.error_code == codes.UNKNOWN_OUTCOME
    assert close_print(bench, "wish").outcome == ClosePrint.Response.UNKNOWN


def test_an_unknown_model_is_refused_with_those_that_are_known(bench, devices):
    node = bench.add(TicketPrinterNode())
    bench.set(node, url=devices.printer.url, profile="TM-T88")
    assert not bench.change(node, "configure")
    assert "no printer profile 'TM-T88'; there are: TM-T88" in node.condition.detail


def test_a_narrower_model_gets_narrower_tickets(bench, devices):
    bench.device(TicketPrinterNode, url=devices.printer.url, profile="TM-T88V")
    assert bench.act(PrintTicket, PRINT, **ticket()).error_code == codes.NONE
    assert devices.printer.jobs[0].image.width == 512
