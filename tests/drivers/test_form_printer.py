"""The real driver against a printer on the network, and against the programs of CUPS."""

import stat
import textwrap

import pytest

from kiosk_robot.drivers.form_printer import FormPrinter, FormPrinterError
from kiosk_robot.drivers.simulated.form_printer import SimulatedFormPrinter

PDF = b"%PDF-1.7 " + bytes(range(256)) * 400


@pytest.fixture
def network():
    with SimulatedFormPrinter() as printer:
        yield printer


@pytest.fixture
def cups(tmp_path, monkeypatch):
    """`lp` and `lpstat` as CUPS has them; `lp` keeps what it got."""

    def program(name: str, script: str) -> None:
        path = tmp_path / name
        path.write_text("#!/bin/sh\n" + textwrap.dedent(script))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    program("lpstat", '[ "$2" = forms ] || { echo "lpstat: Invalid destination" >&2; exit 1; }')
    program("lp", f'echo "$@" > {tmp_path}/asked; /bin/cat > {tmp_path}/sheet')
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def test_a_network_printer_gets_every_byte(network):
    FormPrinter(network.url).print(PDF)
    assert network.sheets == [PDF]


def test_asking_whether_it_is_there_prints_nothing(network):
    FormPrinter(network.url).check()
    assert network.sheets == []


def test_a_printer_that_is_not_there_is_named(network):
    printer = FormPrinter(network.url)
    network.close()
    with pytest.raises(FormPrinterError, match="check power and network"):
        printer.print(PDF)


def test_cups_gets_the_form_over_a_pipe_and_no_name_in_its_title(cups, tmp_path):
    FormPrinter("cups://forms").print(PDF)
    assert (tmp_path / "sheet").read_bytes() == PDF
    assert (tmp_path / "asked").read_text().split() == ["-d", "forms", "-t", "to-khai", "-s"]


def test_a_queue_that_is_not_there_is_told_in_the_words_of_cups(cups):
    with pytest.raises(FormPrinterError, match="Invalid destination; is the queue enabled"):
        FormPrinter("cups://nowhere")


def test_a_refused_form_is_told(cups):
    printer = FormPrinter("cups://forms")
    cups("lp", "echo 'lp: The printer is not accepting jobs.' >&2; exit 1")
    with pytest.raises(FormPrinterError, match="not accepting jobs"):
        printer.print(PDF)


def test_without_cups_the_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FormPrinterError, match="install cups-client"):
        FormPrinter("cups://forms")


@pytest.mark.parametrize("url", ["", "forms", "usb://1", "tcp://", "cups:forms", "file:///tmp/x"])
def test_no_other_address_is_taken(url):
    with pytest.raises(FormPrinterError, match="cups://QUEUE or tcp://HOST"):
        FormPrinter(url)
