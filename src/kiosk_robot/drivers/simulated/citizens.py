"""Invented citizens, to be read from invented cards. Any likeness is chance."""

from datetime import date, timedelta

import numpy as np

_FAMILY = (
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mạc Tạ Quách"
    " Thái Lương Lưu Cao Chử Nghiêm Khuất Giáp Triệu"
)
_MIDDLE = (
    "Văn Thị Hữu Đức Thành Công Minh Quang Ngọc Thanh Bích Thúy Xuân Thu Hồng Kim Mỹ Diệu Khánh Gia"
    " Bảo Anh Phương Quỳnh Tường Nhật Viết Trọng Đình Duy"
)
_GIVEN = (
    "An Ánh Bằng Bình Châu Chiến Cường Dũng Dương Đạt Đức Giang Hà Hằng Hạnh Hậu Hiếu Hòa Hoài Huệ"
    " Hùng Hương Huyền Khuê Khoa Kiên Lan Liễu Linh Loan Lộc Lũy Mai Mẫn Mỹ Nga Ngân Nghĩa Nguyệt"
    " Nhã Nhung Oanh Phúc Phượng Quý Quyên Sơn Tâm Thảo Thắng Thịnh Thỏa Thơ Thủy Thương Tiến Toàn"
    " Trâm Trí Trúc Tuấn Tuyết Tú Uyên Vân Việt Vũ Vượng Xuyến Ý Yến"
)
_STREETS = ("Phố Mẫu", "Ngõ Thử", "Đường Ví Dụ", "Tổ 5", "Thôn Đông", "Xóm Hạ", "Ấp Mới")
_OLD_PLACES = (  # three levels, until 30 June 2025
    "Phường Mẫu Một, Quận Thử, Hà Nội",
    "Xã Ví Dụ, Huyện Giả Định, Nghệ An",
    "Thị trấn Tưởng Tượng, Huyện Thử Nghiệm, Lâm Đồng",
)
_NEW_PLACES = (  # two levels, from 1 July 2025
    "Phường Mẫu Một, Hà Nội",
    "Xã Ví Dụ, Nghệ An",
    "Đặc khu Giả Định, Quảng Ninh",
)
_REFORM = date(2025, 7, 1)


def invented_name(chance: np.random.Generator) -> str:
    """Two to four words; in capitals half of the time, as cards of different years have it."""
    middle = chance.choice(_MIDDLE.split(), int(chance.integers(0, 3)), replace=False)
    name = " ".join([_one(_FAMILY, chance), *middle, _one(_GIVEN, chance)])
    return name.upper() if chance.random() < 0.5 else name


def invented_payload(seed: int) -> str:
    """What the QR code of an invented citizen's card says; the same for the same seed."""
    chance = np.random.default_rng(seed)
    born = date(1930, 1, 1) + timedelta(int(chance.integers(0, 80 * 365)))
    female = int(chance.integers(0, 2))
    century = 2 * (born.year // 100 - 19)
    number = f"{chance.integers(1, 97):03}{century + female}{born:%y}{chance.integers(0, 10**6):06}"
    old_number = f"{chance.integers(0, 10**9):09}" if chance.random() < 0.6 else ""
    issued = date(2021, 1, 1) + timedelta(int(chance.integers(0, 5 * 365)))
    places = _NEW_PLACES if issued >= _REFORM else _OLD_PLACES
    address = f"{chance.integers(1, 400)} {chance.choice(_STREETS)}, {chance.choice(places)}"
    fields = [
        number,
        old_number,
        invented_name(chance),
        f"{born:%d%m%Y}",
        "Nữ" if female else "Nam",
        address,
        f"{issued:%d%m%Y}",
    ]
    if issued >= date(2024, 7, 1):
        fields += [""] * 4
    return "|".join(fields)


def _one(words: str, chance: np.random.Generator) -> str:
    return str(chance.choice(words.split()))
