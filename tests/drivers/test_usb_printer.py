"""The USB way of the printer driver, through python-escpos and pyusb, on a bus of software."""

import array
import errno
from types import SimpleNamespace

import pytest
import usb.backend
import usb.backend.libusb0
import usb.backend.libusb1
import usb.backend.openusb
from PIL import Image
from usb.core import USBError, USBTimeoutError

from kiosk_robot.drivers.escpos_printer import EscposPrinter
from kiosk_robot.drivers.simulated.printer_mechanism import Fault, PrinterMechanism
from kiosk_robot.printing.status import PrinterError, PrinterStatus

VENDOR, PRODUCT = 0x0416, 0x5011  # a receipt printer of another make: its endpoints are its own
IN, OUT = 0x81, 0x03
PACKET = 64
BULK = 2
URL = f"usb://{VENDOR:04x}:{PRODUCT:04x}"
TICKET = Image.frombytes("1", (576, 300), bytes(range(72)) * 300)


class Bus(usb.backend.IBackend):
    """One printer on a bus. `bite` is how much of a transfer the printer takes at once."""

    def __init__(self) -> None:
        self.printer = PrinterMechanism()
        self.plugged = True
        self.bite = 10_000
        self.interface_class = 7
        self.kernel_driver = True
        self.resets = 0
        self.answers = b""

    def enumerate_devices(self):
        return iter(["printer"] if self.plugged else [])

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT,
            bcdDevice=0x100, iManufacturer=0, iProduct=0, iSerialNumber=0, bNumConfigurations=1,
            address=5, bus=1, port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf or alt:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2,
            bInterfaceClass=self.interface_class, bInterfaceSubClass=1, bInterfaceProtocol=2,
            iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(IN, OUT)[ep], bmAttributes=BULK,
            wMaxPacketSize=PACKET, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev):
        return "handle"

    def close_device(self, dev_handle):
        self.printer.hang_up()

    def get_configuration(self, dev_handle):
        return 1

    def set_configuration(self, dev_handle, config_value):
        pass

    def claim_interface(self, dev_handle, intf):
        if self.kernel_driver:
            raise USBError("Resource busy", errno=errno.EBUSY)

    def release_interface(self, dev_handle, intf):
        pass

    def is_kernel_driver_active(self, dev_handle, intf):
        return self.kernel_driver

    def detach_kernel_driver(self, dev_handle, intf):
        self.kernel_driver = False

    def reset_device(self, dev_handle):
        self.resets += 1

    def bulk_write(self, dev_handle, ep, intf, data, timeout):
        self._present()
        assert ep == OUT
        taken = bytes(data)[: self.bite]
        self.answers += self.printer.receive(taken)
        return len(taken)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        self._present()
        assert ep == IN
        assert len(buff) % PACKET == 0, "a shorter buffer overflows"
        self.answers += self.printer.advance()
        if not self.answers:
            raise USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT)
        packet, self.answers = self.answers[: len(buff)], self.answers[len(buff) :]
        buff[: len(packet)] = array.array("B", packet)
        return len(packet)

    def _present(self):
        if not self.plugged:
            raise USBError("No such device", errno=errno.ENODEV)


Bus.__module__ = "test.libusb1"  # python-escpos looks at the name before it asks for the driver


@pytest.fixture
def bus(monkeypatch):
    bus = Bus()
    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda: bus)
    return bus


def driver() -> EscposPrinter:
    return EscposPrinter(URL, timeout_s=0.05)


@pytest.mark.parametrize("bite", [10_000, 100, 1], ids=["whole", "in bites", "byte by byte"])
def test_a_ticket_goes_over_usb_whole_whatever_the_printer_takes_at_once(bus, bite):
    bus.bite = bite
    driver().print_ticket(TICKET)
    [printed] = bus.printer.jobs
    assert printed.image.tobytes() == TICKET.tobytes()


def test_the_kernel_s_own_driver_is_asked_to_let_go(bus):
    assert driver().status() is PrinterStatus.OK
    assert not bus.kernel_driver


def test_asking_does_not_reset_the_device(bus):
    printer = driver()
    printer.status()
    printer.print_ticket(TICKET)
    assert bus.resets == 0


def test_an_answer_that_nobody_read_is_none_to_the_next_question(bus):
    bus.answers = b"\x12\x12\x12\x00"  # well, well, well, and printed
    bus.printer.fault = Fault.SILENT
    assert driver().status() is PrinterStatus.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.OUT, PrinterStatus.OUT),
        (Fault.COVER, PrinterStatus.COVER),
        (Fault.SILENT, PrinterStatus.UNKNOWN),
    ],
)
def test_trouble_is_told_over_usb(bus, fault, status):
    bus.printer.fault = fault
    assert driver().status() is status
    with pytest.raises(PrinterError) as caught:
        driver().print_ticket(TICKET)
    assert (caught.value.status, caught.value.may_be_out) == (status, False)


def test_unplugged_and_plugged_in_again(bus):
    printer = driver()
    bus.plugged = False
    assert printer.status() is PrinterStatus.UNKNOWN
    with pytest.raises(PrinterError, match="check its power"):
        printer.print_ticket(TICKET)
    bus.plugged = True
    printer.print_ticket(TICKET)
    assert len(bus.printer.jobs) == 1


def test_pulled_in_the_middle_there_may_be_a_paper(bus, monkeypatch):
    bus.bite = 1000
    real, sent = bus.bulk_write, []

    def write(*args):
        sent.append(args)
        bus.plugged = len(sent) < 12
        return real(*args)

    monkeypatch.setattr(bus, "bulk_write", write)
    with pytest.raises(PrinterError) as caught:
        driver().print_ticket(TICKET)
    assert caught.value.may_be_out


def test_what_is_no_printer_is_said(bus):
    bus.interface_class = 3
    with pytest.raises(PrinterError, match="0416:5011 is not a printer"):
        driver().print_ticket(TICKET)


def test_without_the_library_of_the_system_it_is_said(monkeypatch):
    for library in (usb.backend.libusb0, usb.backend.libusb1, usb.backend.openusb):
        monkeypatch.setattr(library, "get_backend", lambda: None)
    with pytest.raises(PrinterError, match="install libusb"):
        driver().print_ticket(TICKET)
