import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.printing.status import (
    PaperStatus,
    PrinterStatus,
    decode_paper,
    decode_status,
    is_printed_reply,
    is_realtime_reply,
)


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        ((b"\x12", b"\x12", b"\x12"), PrinterStatus.OK),
        ((b"\x12", b"\x12", b"\x1e"), PrinterStatus.LOW),
        ((b"\x1a", b"\x32", b"\x7e"), PrinterStatus.OUT),
        ((b"\x12", b"\x12", b"\x72"), PrinterStatus.OUT),
        ((b"\x1a", b"\x16", b"\x12"), PrinterStatus.COVER),
        ((b"\x1a", b"\x36", b"\x72"), PrinterStatus.COVER),
        ((b"\x1a", b"\x52", b"\x12"), PrinterStatus.ERROR),
        ((b"\x1a", b"\x12", b"\x12"), PrinterStatus.OFFLINE),
        ((b"", b"", b""), PrinterStatus.UNKNOWN),
        ((b"\x12", b"\x12", b""), PrinterStatus.UNKNOWN),
        ((b"", b"\x12", b"\x12"), PrinterStatus.UNKNOWN),
        ((b"\x12", b"\x12", b"\x12\x12"), PrinterStatus.UNKNOWN),
        ((b"\x12", b"\x12", b"OK"), PrinterStatus.UNKNOWN),
        ((b"", b"", b"\x72"), PrinterStatus.OUT),
    ],
)
def test_decode_status(replies, status):
    assert decode_status(*replies) is status


@pytest.mark.parametrize(
    ("reply", "paper"),
    [
        (b"\x12", PaperStatus.OK),
        (b"\x16", PaperStatus.LOW),
        (b"\x1e", PaperStatus.LOW),
        (b"\x32", PaperStatus.OUT),
        (b"\x7e", PaperStatus.OUT),
        (b"\x00", PaperStatus.UNKNOWN),
        (b"\xff", PaperStatus.UNKNOWN),
        (b"\x13", PaperStatus.UNKNOWN),  # XOFF
        (b"", PaperStatus.UNKNOWN),
    ],
)
def test_decode_paper(reply, paper):
    assert decode_paper(reply) is paper


@given(st.tuples(*[st.binary(max_size=2)] * 3))
def test_only_three_well_formed_replies_allow_printing(replies):
    if decode_status(*replies).can_print:
        assert all(map(is_realtime_reply, replies))


@given(st.binary(max_size=3))
def test_a_reply_is_never_both_kinds(reply):
    assert not (is_realtime_reply(reply) and is_printed_reply(reply))


@pytest.mark.parametrize("status", PrinterStatus)
def test_only_ok_and_low_can_print(status):
    assert status.can_print == (status in {PrinterStatus.OK, PrinterStatus.LOW})
