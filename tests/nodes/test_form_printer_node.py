"""Forms come out of the printer; what stands in them stays in the goal."""

import pytest

pytest.importorskip("rclpy")

import pypdfium2

from kiosk_interfaces.action import PrintForm
from kiosk_nodes.form_printer import FormPrinterNode

FORM = {"form": "ct01", "fields": ["name", "phone"], "values": ["TRẦN VĂN MẪU", "0912345678"]}


@pytest.fixture
def printer(bench, devices):
    return bench.device(FormPrinterNode, url=devices.form_printer.url)


def test_a_form_is_printed_once_with_what_was_told(bench, devices, printer):
    result = bench.act(PrintForm, "/skill/print_form", **FORM, ticket="A007")
    assert result.error_code == PrintForm.Result.NONE
    [sheet] = devices.form_printer.sheets
    text = pypdfium2.PdfDocument(sheet)[0].get_textpage().get_text_bounded()
    for words in ("TRẦN VĂN MẪU", "0912345678", "A007", "CT01"):
        assert words in text


def test_a_printer_that_hangs_up_is_told_as_it_is(bench, devices, printer):
    devices.form_printer.close()
    result = bench.act(PrintForm, "/skill/print_form", **FORM)
    assert result.error_code == PrintForm.Result.OFFLINE
    assert "check power and network" in result.error_msg
    assert "MẪU" not in result.error_msg


@pytest.mark.parametrize(
    "wrong", [{"form": "nope"}, {"fields": ["name"]}, {"fields": ["name", "nobody"]}]
)
def test_what_cannot_be_set_is_refused_without_a_word_of_it(bench, devices, printer, wrong):
    result = bench.act(PrintForm, "/skill/print_form", **(FORM | wrong))
    assert result.error_code == PrintForm.Result.RENDER_FAILED
    assert "MẪU" not in result.error_msg
    assert devices.form_printer.sheets == []


def test_without_a_printer_configuring_says_so(bench):
    node = bench.add(FormPrinterNode())
    assert not bench.change(node, "configure")
    assert "form_printer.url" in node.condition.detail
