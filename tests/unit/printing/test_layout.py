from dataclasses import replace
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image, ImageChops

from kiosk_robot.printing.layout import (
    MAX_PAPERS,
    WIDTH_58MM,
    WIDTH_80MM,
    TicketView,
    local_time,
    printable,
    printed_wait,
    render,
)

pytestmark = pytest.mark.thorough

VIEW = TicketView(
    number="A012",
    counter="Quầy 1",
    counter_place="Tầng 1, bên trái cửa vào",
    procedure="Đăng ký khai sinh",
    papers=("Giấy chứng sinh (bản chính)", "Căn cước của cha hoặc mẹ"),
    people_ahead=4,
    wait="10–15 phút",
    issued_at=datetime(2026, 11, 23, 1, 5, tzinfo=UTC),
    site_name="Điểm phục vụ hành chính công phường Cửa Nam",
    site_address="29 Quang Trung, phường Cửa Nam, Hà Nội",
    follow_url="http://robot.example/f/3f2c9e1b7a64",
    ai_notice="Phiếu do robot lễ tân (trí tuệ nhân tạo) in.",
)
LONG_PAPER = "Giấy xác nhận tình trạng hôn nhân do Ủy ban nhân dân nơi thường trú cấp"


def same(left: Image.Image, right: Image.Image) -> bool:
    return left.size == right.size and left.tobytes() == right.tobytes()


def ink_box(picture: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.invert(picture).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("width", [WIDTH_80MM, WIDTH_58MM])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("number", ["1", "A012", "WWWWWWWWWWWW"])
def test_ticket_fits_the_paper_with_a_margin_all_around(width, large, number):
    picture = render(
        replace(VIEW, number=number, large_print=large, papers=(LONG_PAPER, "x" * 300)), width
    )
    left, top, right, bottom = ink_box(picture)
    assert (picture.mode, picture.width) == ("1", width)
    assert left >= 8
    assert right <= width - 8
    assert top >= 8
    assert bottom <= picture.height - 8


def test_number_is_at_least_18_mm_high_on_80_mm_paper():
    bare = replace(VIEW, papers=(), follow_url="", ai_notice="", wait="")
    changed = ImageChops.logical_xor(render(bare), render(replace(bare, number="I")))
    _, top, _, bottom = changed.getbbox()
    assert bottom - top >= 18 * 8


@pytest.mark.parametrize("width", [WIDTH_80MM, WIDTH_58MM])
def test_qr_code_leads_to_the_follow_link(width):
    codes = zxingcpp.read_barcodes(render(VIEW, width).convert("L"))
    assert [code.text for code in codes] == [VIEW.follow_url]


@pytest.mark.parametrize(
    ("wait", "printed"), [((10, 20), "10–20 phút"), ((0, 5), "trong 5 phút"), ((0, 0), "")]
)
def test_a_wait_is_printed_as_an_interval(wait, printed):
    assert printed_wait(*wait) == printed


def test_no_link_no_qr_code():
    assert zxingcpp.read_barcodes(render(replace(VIEW, follow_url="")).convert("L")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"counter": "Quầy 2"},
        {"counter_place": "Tầng 2"},
        {"procedure": "Đăng ký khai tử"},
        {"papers": ("Giấy báo tử",)},
        {"people_ahead": 5},
        {"wait": ""},
        {"site_name": "Phường Hoàn Kiếm"},
        {"site_address": "126 Hàng Trống"},
        {"ai_notice": "Máy in."},
        {"issued_at": datetime(2026, 11, 23, 1, 6, tzinfo=UTC)},
    ],
)
def test_every_value_is_on_the_ticket(change):
    assert not same(render(VIEW), render(replace(VIEW, **change)))


def test_decomposed_letters_print_like_composed_ones():
    decomposed = replace(VIEW, procedure="Đăng ký khai sinh")
    assert same(render(decomposed), render(VIEW))


def test_control_characters_leave_no_trace():
    dirty = replace(VIEW, procedure="\x1b@Đăng ký\x00 khai\n\u202esinh\x1dV\x00")
    assert same(render(dirty), render(replace(VIEW, procedure="@Đăng ký khai sinh V")))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Quầy\t 1\r\n", "Quầy 1"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("\x1b\x70\x00", "p"),
        ("\ue000", ""),
        ("Hòa", "Hòa"),
    ],
)
def test_printable(text, clean):
    assert printable(text) == clean


def test_without_a_procedure_or_papers_their_headings_go_too():
    bare = replace(VIEW, procedure="", papers=())
    assert render(bare).height < render(replace(VIEW, papers=())).height - 60


def test_large_print_is_taller():
    assert render(replace(VIEW, large_print=True)).height > render(VIEW).height * 1.2


def test_a_paper_list_without_end_does_not_print_without_end():
    many = replace(VIEW, papers=tuple(f"{n} {LONG_PAPER}" for n in range(500)))
    most = replace(VIEW, papers=many.papers[:MAX_PAPERS])
    assert render(most).height < render(many).height < render(most).height + 100


def test_an_overlong_value_ends_in_an_ellipsis_not_in_metres_of_paper():
    assert render(replace(VIEW, procedure="rất dài " * 2000)).height < render(VIEW).height + 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": ""}, "ticket number"),
        ({"number": "\x1b\x00"}, "ticket number"),
        ({"number": "A" * 13}, "ticket number"),
        ({"counter": " "}, "counter"),
        ({"people_ahead": -1}, "people_ahead"),
        ({"issued_at": datetime(2026, 11, 23)}, "time zone"),
        ({"follow_url": "http://x/" + "y" * 5000}, "follow_url"),
        ({"follow_url": "http://x/" + "y" * 1000}, "follow_url"),
    ],
)
def test_a_ticket_that_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        render(replace(VIEW, **change))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 1, 5, tzinfo=UTC), "Thứ Hai 23/11/2026, 08:05"),
        (datetime(2026, 11, 21, 17, 0, tzinfo=UTC), "Chủ Nhật 22/11/2026, 00:00"),
    ],
)
def test_time_is_that_of_viet_nam(moment, text):
    assert local_time(moment) == text
