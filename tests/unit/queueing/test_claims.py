"""What a citizen says to be found by, and that nobody else can read it."""

import stat
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.queueing.claims import (
    Claim,
    KeyFileError,
    SealedClaim,
    SealingKey,
    claim_in,
    claim_in_code,
    name_and_time,
)

KEY = SealingKey("2026-11-23", b"k" * 32)
CARD = (
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12345678", "code", "12345678"),
        ("mã của tôi là 1234 5678 ạ", "code", "12345678"),
        ("một hai ba bốn năm sáu bảy tám", "code", "12345678"),
        ("0912345678", "phone", "0912345678"),
        ("số điện thoại 091.234.5678", "phone", "0912345678"),
        ("+84 912 345 678", "phone", "0912345678"),
        ("không chín một hai ba bốn năm sáu bảy tám", "phone", "0912345678"),
        ("khong chin mot hai ba bon nam sau bay tam", "phone", "0912345678"),
        ("001194026153", "card", "001194026153"),
        ("tôi tên là Nguyễn Thị Năm, chín giờ rưỡi", "name", "nguyen thi nam 09:30"),
        ("Nguyễn Văn Đạt đặt lúc 9h30", "name", "nguyen van dat 09:30"),
        ("NGUYEN VAN DAT 9:30", "name", "nguyen van dat 09:30"),
        ("chị Trần Lan Chi hẹn hai giờ chiều", "name", "tran lan chi 14:00"),
        ("Đỗ Mỹ Linh mười giờ mười lăm", "name", "do mi linh 10:15"),
        ("chín giờ sáng Lê Thị Hoà", "name", "le thi hoa 09:00"),
        ("Hồ Văn Chín mười một giờ kém mười", "name", "ho van chin 10:50"),
        ("my name is Anna Smith at 9 o'clock", "name", "anna smith 09:00"),
    ],
)
def test_a_claim_is_found_however_it_is_said(text, kind, value):
    claim = claim_in(text)
    assert claim is not None
    assert (claim.kind, claim.value) == (kind, value)


@pytest.mark.parametrize(
    "text",
    ["", "có", "không", "chín giờ", "1234567", "123456789", "tôi muốn làm khai sinh cho con",
     "quầy số hai ở đâu", "Nguyễn Văn Đạt", "99 giờ Lê Hoà"],
)  # fmt: skip
def test_anything_else_is_no_claim(text):
    assert claim_in(text) is None


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text):
    claim_in(text)
    claim_in_code(text)


def test_codes_held_to_the_camera():
    booked = claim_in_code("kiosk-booking:hoan_kiem:12345678")
    assert booked
    assert (booked.kind, booked.value, booked.point) == ("code", "12345678", "hoan_kiem")
    card = claim_in_code(CARD)
    assert card
    assert (card.kind, card.value) == ("card", "001194026153")
    for payload in ("https://example.com", "kiosk-booking:x:123", "kiosk-booking::12345678", "A1"):
        assert claim_in_code(payload) is None


def test_a_name_is_found_as_the_service_wrote_it():
    listed = name_and_time("Nguyễn Thị Bích Hằng", time(9, 30))
    claim = claim_in("tôi là Nguyễn Thị Bích Hằng, chín giờ rưỡi")
    assert claim
    assert claim.value == listed


def test_a_sealed_claim_tells_nothing_and_travels_as_text():
    claim = Claim("phone", "0912345678", "cua_nam")
    sealed = KEY.seal(claim)
    assert "0912345678" not in repr(claim) + repr(KEY) + str(sealed) + repr(sealed)
    assert SealedClaim.parse(str(sealed)) == sealed
    tomorrow = SealingKey("2026-11-24", b"another key of thirty-two bytes!")
    assert tomorrow.seal(claim).mac != sealed.mac
    assert KEY.mac("code", "0912345678") != sealed.mac, "a code is no phone number"


@pytest.mark.parametrize("text", ["", "0912345678", "a:phone:zz:", "::::", "d:fax:" + "0" * 64])
def test_what_is_not_sealed_is_refused_and_not_quoted(text):
    with pytest.raises(ValueError, match=r"^not a sealed claim$"):
        SealedClaim.parse(text)


def test_the_key_file_is_for_the_robot_alone(tmp_path):
    path = tmp_path / "booking.key"
    assert SealingKey.load(path) is None
    KEY.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = SealingKey.load(path)
    assert loaded
    assert (loaded.id, loaded.secret) == (KEY.id, KEY.secret)
    SealingKey("2026-11-24", b"n" * 32).save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["booking.key"]
    assert b"a2tra2tr" not in path.read_bytes(), "yesterday's key is gone"

    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        SealingKey.load(path)
    path.chmod(0o600)
    for damage in ("", "{}", "[1]", '{"id": "x", "secret": "?"}'):
        path.write_text(damage)
        with pytest.raises(KeyFileError, match="damaged"):
            SealingKey.load(path)
