"""Prints tickets. A request is printed once, however often it is asked for and whatever dies."""

from datetime import UTC, datetime

from rclpy.action.server import ServerGoalHandle

from kiosk_interfaces.action import PrintTicket
from kiosk_interfaces.msg import DeviceCondition, PrinterState
from kiosk_interfaces.srv import ClosePrint
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import STATE
from kiosk_nodes.running import run
from kiosk_robot.config import load_site
from kiosk_robot.drivers.escpos_printer import EscposPrinter, printer_model
from kiosk_robot.parameters import TicketPrinter
from kiosk_robot.paths import data_dir
from kiosk_robot.printing.jobs import NotPrintableError, PrintJobs
from kiosk_robot.printing.journal import JournalError, Outcome, PrintJournal
from kiosk_robot.printing.layout import TicketView, render
from kiosk_robot.printing.status import PrinterError, PrinterStatus

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
codes = PrintTicket.Result
ERRORS = {PrinterStatus.OUT: codes.PAPER_OUT, PrinterStatus.COVER: codes.COVER_OPEN}


class TicketPrinterNode(DeviceNode[TicketPrinter]):
    """Layout, bytes and journal come from the core; the driver talks to the printer in the worker
    thread. What became of a ticket is told whether or not there is a printer.
    """

    def __init__(self) -> None:
        super().__init__("ticket_printer")
        self._state = self.create_publisher(PrinterState, "printer/state", STATE)
        self._tickets = 0
        self._journal = PrintJournal(data_dir() / "print_journal.db")
        self.serve(PrintTicket, "/skill/print_ticket", self._print)
        self.create_service(ClosePrint, "printer/close_print", self._close_print)
        self.watch(self._query, self.get_parameter("status_period").value)

    def open_device(self) -> None:
        """Reach the printer. Out of paper is a state, not a failure to open; silence is one."""
        wanted = self.parameters
        self.hardware_id = wanted.url
        self._site = load_site(wanted.site)
        self._model = printer_model(wanted.profile, wanted.paper_width)
        self._printer = EscposPrinter(
            wanted.url, ending=self._model.ending, confirmation=wanted.confirmation
        )
        self._jobs = PrintJobs(self._journal, self._printer)
        self._query()
        if self.condition.value == DeviceCondition.UNKNOWN:
            raise OSError(f"printer {wanted.url}: {self.condition.detail}")

    def destroy_node(self) -> None:
        """Let the next process have the journal."""
        super().destroy_node()
        self._journal.close()

    def condition_changed(self) -> None:
        """Publish the state."""
        state = PrinterState(condition=self.condition, tickets_printed=self._tickets)
        state.header.stamp = self.get_clock().now().to_msg()
        self._state.publish(state)

    def _query(self) -> None:
        self.set_condition(*CONDITIONS[self._printer.status()])

    async def _print(self, handle: ServerGoalHandle) -> PrintTicket.Result:
        result = PrintTicket.Result()
        try:
            printed_now = await self.worker.run(self._render_and_print, handle.request, handle)
        except PrinterError as error:
            in_doubt = codes.UNKNOWN_OUTCOME if error.may_be_out else codes.OFFLINE
            result.error_code, result.error_msg = ERRORS.get(error.status, in_doubt), str(error)
            self.set_condition(*CONDITIONS[error.status])
        except NotPrintableError as error:
            in_doubt = error.outcome is Outcome.UNKNOWN
            result.error_code = codes.UNKNOWN_OUTCOME if in_doubt else codes.REQUEST_CLOSED
            result.error_msg = str(error)
        except JournalError as error:
            result.error_code, result.error_msg = codes.JOURNAL_FAILED, str(error)
        except (ValueError, OSError) as error:
            result.error_code, result.error_msg = codes.RENDER_FAILED, str(error)
        else:
            result.already_printed = not printed_now
            self._tickets += printed_now
            self.condition_changed()
        return result

    def _render_and_print(self, goal: PrintTicket.Goal, handle: ServerGoalHandle) -> bool:
        handle.publish_feedback(PrintTicket.Feedback(stage="rendering"))
        picture = render(self._view(goal), self._model.width_dots)
        handle.publish_feedback(PrintTicket.Feedback(stage="printing"))
        return self._jobs.print(goal.request_id, picture)

    def _view(self, goal: PrintTicket.Goal) -> TicketView:
        return TicketView(
            number=goal.number,
            counter=goal.counter,
            counter_place=goal.counter_place,
            procedure=goal.procedure,
            papers=tuple(goal.papers),
            missing_papers=tuple(goal.missing_papers),
            people_ahead=goal.people_ahead,
            wait=goal.wait,
            issued_at=datetime.fromtimestamp(goal.issued_at.sec, UTC),
            site_name=self._site.name,
            site_address=self._site.address,
            follow_url=goal.follow_url,
            ai_notice=AI_NOTICE,
            large_print=goal.large_print,
        )

    def _close_print(
        self, request: ClosePrint.Request, response: ClosePrint.Response
    ) -> ClosePrint.Response:
        try:
            response.outcome = int(self._journal.close_request(request.ticket_id))
        except JournalError as error:
            response.error_code = ClosePrint.Response.JOURNAL_FAILED
            response.error_msg = str(error)
            self.get_logger().error(str(error))
        return response


def main() -> None:
    """Run the node."""
    run(TicketPrinterNode)


if __name__ == "__main__":
    main()
