import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.config import load_site
from kiosk_robot.documents.codes import KINDS, Document, Votes, recognise

# invented
CARD = "001098012345|012345678|NGUYỄN VĂN A|15081998|Nam|Số 1 Đại Cồ Việt, Hà Nội|25052021"
TICKET = "6f1c2a50-7d1e-4f0a-9a52-0c5a7be0d111"
PATTERNS = load_site("cua_nam").codes


@pytest.mark.parametrize(
    ("payload", "kind", "text"),
    [
        (CARD, "citizen_card", CARD),
        ("iHanoi:BK-20261123-0042", "booking", "BK-20261123-0042"),
        ("kiosk-booking:cua_nam:12345678", "booking", "cua_nam:12345678"),
        (TICKET, "ticket", TICKET),
        (f"http://192.168.1.5:8080/ticket/{TICKET}", "ticket", TICKET),
        ("H26.124-250718-0001", "dossier", "H26.124-250718-0001"),
        ("000.19.26.H26-250718-0001", "dossier", "000.19.26.H26-250718-0001"),
        (
            "https://dichvucong.example.vn/tra-cuu?ma=H26.124-250718-0001",
            "dossier",
            "H26.124-250718-0001",
        ),
    ],
)
def test_kinds_are_told_apart(payload, kind, text):
    assert recognise(payload.encode(), PATTERNS) == Document(kind, text)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"https://example.com/",
        b"iHanoi:" + b"A" * 10_000,
        f"{TICKET}\n".encode(),
        f"http://evil.example/x y/ticket/{TICKET}".encode(),
        b"\x1b@" + TICKET.encode(),
        "Ｈ26.124-250718-0001".encode(),
        b"iHanoi:'; DROP TABLE tickets; --",
        CARD.replace("1998", "1997").encode(),
        b"\xff\xfe",
    ],
)
def test_anything_else_is_nothing(payload):
    assert recognise(payload, PATTERNS) is None


@given(st.one_of(st.binary(max_size=600), st.text(max_size=300).map(str.encode)))
def test_what_is_recognised_is_harmless(payload):
    document = recognise(payload, PATTERNS)
    if document:
        assert document.kind in KINDS
        assert document.text.isprintable()


def test_a_document_in_a_log_tells_nothing():
    assert "NGUYỄN" not in repr(recognise(CARD.encode(), PATTERNS))


def test_a_card_is_certain_at_once_and_anything_else_when_two_frames_agree():
    votes = Votes(PATTERNS)
    assert votes.cast(CARD.encode()).kind == "citizen_card"
    assert votes.cast(b"iHanoi:BK-1234") is None
    assert votes.cast(b"iHanoi:BK-1235") is None
    assert votes.cast(b"iHanoi:BK-1234") == Document("booking", "BK-1234")
