"""Sets filled forms and prints them on A4. What stands in them is dropped with the goal."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rclpy.action.server import ServerGoalHandle

from kiosk_interfaces.action import PrintForm
from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.config import load_site
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import load_forms
from kiosk_robot.documents.typesetting import typeset
from kiosk_robot.drivers.form_printer import FormPrinter, FormPrinterError
from kiosk_robot.parameters import FormPrinter as FormPrinterParameters

CHECK_PERIOD = 10.0  # seconds


class FormPrinterNode(DeviceNode[FormPrinterParameters]):
    """Typst sets the form in memory; the printer gets it over a pipe or socket."""

    def __init__(self) -> None:
        super().__init__("form_printer")
        self.serve(PrintForm, "/skill/print_form", self._print)
        steady_timer(self, CHECK_PERIOD, lambda: self.active and self.worker.submit(self._check))

    def open_device(self) -> None:
        """Find the printer."""
        if not self.parameters.url:
            raise FormPrinterError("no A4 printer is configured (`form_printer.url`): no forms")
        self._site = load_site(self.parameters.site)
        self._forms = load_forms()
        self._printer = FormPrinter(self.parameters.url)
        self.set_condition(DeviceCondition.OK, "ready")

    def _check(self) -> None:
        try:
            self._printer.check()
        except FormPrinterError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
        else:
            self.set_condition(DeviceCondition.OK, "ready")

    async def _print(self, handle: ServerGoalHandle) -> PrintForm.Result:
        return await self.worker.run(self._set_and_print, handle.request)

    def _set_and_print(self, goal: PrintForm.Goal) -> PrintForm.Result:
        codes = PrintForm.Result
        try:
            pdf = self._set(goal)
        except Exception as error:  # its text could quote the form: only its kind is told
            return codes(error_code=codes.RENDER_FAILED, error_msg=type(error).__name__)
        try:
            self._printer.print(pdf)
        except FormPrinterError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
            return codes(error_code=codes.OFFLINE, error_msg=str(error))
        self.set_condition(DeviceCondition.OK, "ready")
        return codes()

    def _set(self, goal: PrintForm.Goal) -> bytes:
        today = datetime.now(ZoneInfo(self._site.timezone)).date()
        form = self._forms.by_code[goal.form]
        answers = {
            form.field(name).name: value
            for name, value in zip(goal.fields, goal.values, strict=True)
        }
        filling = Filling(form, today, answers=answers)
        return typeset(filling, self._site.short_name, goal.ticket)


def main() -> None:
    """Run the node."""
    run(FormPrinterNode)


if __name__ == "__main__":
    main()
