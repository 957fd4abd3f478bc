"""Prints tickets. A request is printed once, however often it is asked for."""

from datetime import UTC, datetime

from rclpy.action.server import ServerGoalHandle

from kiosk_interfaces.action import PrintTicket
from kiosk_interfaces.msg import DeviceCondition, PrinterState
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.config import load_site
from kiosk_robot.drivers.escpos_printer import EscposPrinter, PrinterError
from kiosk_robot.parameters import TicketPrinter
from kiosk_robot.printing.layout import TicketView, render
from kiosk_robot.printing.status import PrinterStatus

WIDTH_DOTS = {58: 384, 80: 576}
AI_NOTICE = "Phiếu do robot lễ tân tự động in"
CONDITIONS = {
    PrinterStatus.OK: (DeviceCondition.OK, "ready"),
    PrinterStatus.LOW: (DeviceCondition.LOW, "paper is low: put a new roll at hand"),
    PrinterStatus.OUT: (DeviceCondition.OUT, "paper is out: put in a new roll"),
    PrinterStatus.COVER: (DeviceCondition.BLOCKED, "cover is open: press it shut"),
    PrinterStatus.ERROR: (
        DeviceCondition.BLOCKED,
        "cutter or paper jam: free it, switch off and on",
    ),
    PrinterStatus.OFFLINE: (DeviceCondition.OFFLINE, "offline: press FEED, switch off and on"),
    PrinterStatus.UNKNOWN: (DeviceCondition.UNKNOWN, "no answer: check power, cable and `url`"),
}
ERRORS = {
    PrinterStatus.OUT: PrintTicket.Result.PAPER_OUT,
    PrinterStatus.COVER: PrintTicket.Result.COVER_OPEN,
    PrinterStatus.UNKNOWN: PrintTicket.Result.UNKNOWN_OUTCOME,
}


class TicketPrinterNode(DeviceNode[TicketPrinter]):
    """Layout and bytes come from the core; the driver talks to the printer in the worker thread."""

    def __init__(self) -> None:
        super().__init__("ticket_printer")
        self._state = self.create_publisher(PrinterState, "printer/state", STATE)
        self.serve(PrintTicket, "/skill/print_ticket", self._print)
        self._printed: set[str] = set()
        period = self.get_parameter("status_period").value
        steady_timer(self, period, lambda: self.active and self.worker.submit(self._query))

    def open_device(self) -> None:
        """Reach the printer. Out of paper is a state, not a failure to open; silence is one."""
        self._site = load_site(self.parameters.site)
        self._printer = EscposPrinter(self.parameters.url)
        self._query()
        if self.condition.value == DeviceCondition.UNKNOWN:
            raise OSError(f"printer {self.parameters.url}: {self.condition.detail}")

    def condition_changed(self) -> None:
        """Publish the state."""
        state = PrinterState(condition=self.condition, tickets_printed=len(self._printed))
        state.header.stamp = self.get_clock().now().to_msg()
        self._state.publish(state)

    def _query(self) -> None:
        self.set_condition(*CONDITIONS[self._printer.status()])

    async def _print(self, handle: ServerGoalHandle) -> PrintTicket.Result:
        goal: PrintTicket.Goal = handle.request
        result = PrintTicket.Result(already_printed=goal.request_id in self._printed)
        if not result.already_printed:
            try:
                await self.worker.run(self._render_and_print, goal, handle)
            except PrinterError as error:
                result.error_code = ERRORS.get(error.status, PrintTicket.Result.OFFLINE)
                result.error_msg = str(error)
                self.set_condition(*CONDITIONS[error.status])
            except (ValueError, OSError) as error:
                result.error_code = PrintTicket.Result.RENDER_FAILED
                result.error_msg = str(error)
        if not result.error_code:
            self._printed.add(goal.request_id)
            self.condition_changed()
        return result

    def _render_and_print(self, goal: PrintTicket.Goal, handle: ServerGoalHandle) -> None:
        handle.publish_feedback(PrintTicket.Feedback(stage="rendering"))
        view = TicketView(
            number=goal.number,
            counter=goal.counter,
            counter_place=goal.counter_place,
            procedure=goal.procedure,
            papers=tuple(goal.papers),
            people_ahead=goal.people_ahead,
            wait=goal.wait,
            issued_at=datetime.fromtimestamp(goal.issued_at.sec, UTC),
            site_name=self._site.name,
            site_address=self._site.address,
            follow_url=goal.follow_url,
            ai_notice=AI_NOTICE,
            large_print=goal.large_print,
        )
        ticket = render(view, WIDTH_DOTS[self.parameters.paper_width])
        handle.publish_feedback(PrintTicket.Feedback(stage="printing"))
        self._printer.print_ticket(ticket)


def main() -> None:
    """Run the node."""
    run(TicketPrinterNode)


if __name__ == "__main__":
    main()
