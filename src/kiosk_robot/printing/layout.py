"""The paper ticket, drawn as a one-bit picture.

A picture prints the same on every printer: no code page has all Vietnamese letters, and a value can
never reach the printer as a command (docs/decisions/0006-ticket-as-image.md).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from PIL import Image, ImageChops, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

WIDTH_80MM = 576
WIDTH_58MM = 384
_NARROW = 450  # dots; from here on down the smaller type
DOTS_PER_MM = 8

MAX_NUMBER_LENGTH = 12  # characters; longer would print too small to be a number
MAX_PAPERS = 12
TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")

_WHITE, _BLACK = 255, 0
_LINE = 1.4  # line height in em: room for the highest (Ễ) and the lowest (ự) letters
_BASELINE = 1.15  # of it above the baseline, in em
_SMALLEST_TYPE = 24  # dots; 3 mm, the least an older reader should be given for a key fact
_MIN_QR_BOX = 3  # dots a module that phones still read off thermal paper
_QUIET_ZONE = 2  # modules; the paper around it is white too

Weight = Literal["Medium", "Bold"]
Align = Literal["left", "centre"]
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class TicketView:
    """What one ticket says. Values may come from anywhere: they are cleaned when drawn."""

    number: str
    counter: str
    counter_place: str
    procedure: str
    papers: tuple[str, ...]
    people_ahead: int
    wait: str
    """An interval such as "10–15 phút"; empty when no promise can be made."""
    issued_at: datetime
    """Aware; printed in the time of Việt Nam."""
    site_name: str
    site_address: str
    follow_url: str = ""
    """Printed as a QR code; empty for none."""
    ai_notice: str = ""
    large_print: bool = False
    missing_papers: tuple[str, ...] = ()
    """Of `papers`, what the citizen does not have with them; empty when nobody has checked."""


def render(view: TicketView, width_dots: int = WIDTH_80MM) -> Image.Image:
    """Draw the ticket, mode "1", `width_dots` wide (576 on 80 mm paper, 384 on 58 mm).

    Raises ValueError for a number that is empty or over 12 characters, no counter, a negative count
    of people, a naive time, or a link too long for a QR code of this width.
    """
    number = printable(view.number)
    if not 1 <= len(number) <= MAX_NUMBER_LENGTH:
        raise ValueError(f"a ticket number has 1 to {MAX_NUMBER_LENGTH} characters: {number!r}")
    if not printable(view.counter):
        raise ValueError("a ticket needs a counter")
    if view.people_ahead < 0:
        raise ValueError(f"people_ahead is negative: {view.people_ahead}")
    page = _Page(width_dots, large=view.large_print)

    page.text(view.site_name, "Bold", 1.15, "centre")
    page.text(view.site_address, "Medium", 0.85, "centre")
    page.gap(0.4)
    page.rule(4)
    page.gap(0.7)
    page.text("SỐ THỨ TỰ", "Bold", 1.1, "centre")
    page.gap(0.5)
    page.add(_number(number, page.width))
    page.gap(0.9)
    page.add(_counter_band(printable(view.counter), printable(view.counter_place), page))
    page.gap(0.6)
    page.add(_cells(_waiting(view), page))
    if printable(view.procedure):
        page.gap(0.8)
        page.text("Thủ tục", "Medium", 0.85)
        page.text(view.procedure, "Bold", 1.15)
    missing = {printable(paper) for paper in view.missing_papers}
    have = tuple(paper for paper in view.papers if printable(paper) not in missing)
    _papers("Giấy tờ còn thiếu", view.missing_papers, page, weight="Bold")
    _papers("Giấy tờ cần có", have, page)
    page.gap(0.8)
    page.rule(2)
    page.gap(0.6)
    if view.follow_url:
        page.add(_follow(view.follow_url, page))
        page.gap(0.6)
    page.text(f"Lấy số lúc: {local_time(view.issued_at)}", "Medium", 0.85, "centre")
    page.text(view.ai_notice, "Medium", 0.75, "centre")
    return page.picture()


def printable(text: str) -> str:
    """Text as it may be drawn: NFC, one line, with no control, format or unassigned character."""
    visible = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or not unicodedata.category(c).startswith("C")
    )
    return unicodedata.normalize("NFC", " ".join("".join(visible).split()))


def printed_wait(low: int, high: int) -> str:
    """A wait of so many to so many minutes, e.g. "10–20 phút"; "" when unknown, `high` being 0."""
    if not high:
        return ""
    return f"{low}–{high} phút" if 0 < low < high else f"trong {high} phút"


def local_time(moment: datetime) -> str:
    """Such as "Thứ Hai 23/11/2026, 08:05". Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("issued_at needs a time zone")
    local = moment.astimezone(TIME_ZONE)
    return f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y, %H:%M}"


class _Page:
    """A strip of paper filled from the top; sizes are in em of the body text."""

    def __init__(self, width_dots: int, *, large: bool) -> None:
        narrow = width_dots < _NARROW
        self.em = {(False, False): 26, (False, True): 34, (True, False): 23, (True, True): 29}[
            narrow, large
        ]
        self.plain: Weight = "Bold" if large else "Medium"  # thin strokes are lost on weak eyes
        self.margin = 12 if narrow else 16
        self.width = width_dots - 2 * self.margin
        self._paper_width = width_dots
        self._blocks: list[tuple[int, Image.Image]] = []
        self._y = self.margin

    def size(self, em: float) -> int:
        return round(em * self.em)

    def gap(self, em: float) -> None:
        self._y += self.size(em)

    def add(self, block: Image.Image) -> None:
        self._blocks.append((self._y, block))
        self._y += block.height

    def rule(self, dots: int) -> None:
        self.add(Image.new("1", (self.width, dots), _BLACK))

    def text(self, text: str, weight: Weight, em: float, align: Align = "left") -> None:
        clean = printable(text)
        if clean:
            font = typeface("Bold" if weight == "Bold" else self.plain, self.size(em))
            self.add(_paragraph(clean, font, self.width, align))

    def picture(self) -> Image.Image:
        paper = Image.new("1", (self._paper_width, self._y + self.margin), _WHITE)
        for y, block in self._blocks:
            paper.paste(block, (self.margin, y))
        return paper


def _number(number: str, width: int) -> Image.Image:
    """The number as large as the paper allows: it is read at arm's length and without glasses."""
    font = _fitting_font(number, width, largest=220)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(number))
    block = Image.new("1", (width, bottom - top), _WHITE)
    x = (width - (right - left)) // 2 - left
    ImageDraw.Draw(block).text((x, -top), number, font=font, fill=_BLACK)
    return block


def _counter_band(counter: str, place: str, page: _Page) -> Image.Image:
    inner = page.width - 2 * page.size(0.5)
    name = _paragraph(counter, _fitting_font(counter, inner, page.size(2.3)), inner, "centre")
    lines = [name]
    if place:
        lines.append(_paragraph(place, typeface(page.plain, page.size(1)), inner, "centre"))
    lines.append(Image.new("1", (inner, page.size(0.15)), _WHITE))
    return ImageChops.invert(_framed(_stacked(lines), page.width, page.size(0.25)))


def _waiting(view: TicketView) -> list[tuple[str, str]]:
    ahead = f"{view.people_ahead} người" if view.people_ahead else "Không có ai"
    wait = printable(view.wait)
    return [("Đang chờ trước", ahead)] + ([("Dự kiến chờ", wait)] if wait else [])


def _cells(cells: Sequence[tuple[str, str]], page: _Page) -> Image.Image:
    """Label over value, side by side, a thin line between."""
    width = page.width // len(cells)
    inner = width - page.size(0.6)
    fonts = (_fitting_font(value, inner, page.size(1.6)) for _, value in cells)
    value_font = min(fonts, key=lambda font: font.size)
    drawn = []
    for label, value in cells:
        lines = [
            _paragraph(label, typeface(page.plain, page.size(0.85)), inner, "centre"),
            _paragraph(value, value_font, inner, "centre"),
        ]
        drawn.append(_framed(_stacked(lines), width, 0))
    height = max(cell.height for cell in drawn)
    row = Image.new("1", (page.width, height), _WHITE)
    for index, cell in enumerate(drawn):
        row.paste(cell, (index * width, height - cell.height))
        if index:
            ImageDraw.Draw(row).rectangle(
                (index * width - 1, 6, index * width, height - 7), fill=_BLACK
            )
    return row


def _papers(title: str, papers: Sequence[str], page: _Page, weight: Weight = "Medium") -> None:
    lines = [line for line in map(printable, papers) if line]
    if not lines:
        return
    page.gap(0.6)
    page.text(title, weight, 0.85)
    for line in lines[:MAX_PAPERS]:
        page.gap(0.2)
        page.add(_tick_line(line, page, weight))
    left_over = len(lines) - MAX_PAPERS
    if left_over > 0:
        page.gap(0.2)
        page.text(f"Còn {left_over} giấy tờ nữa: xin hỏi cán bộ tại quầy.", "Medium", 1)


def _tick_line(text: str, page: _Page, weight: Weight) -> Image.Image:
    """A square to tick with a pen, and the text wrapped beside it."""
    box, indent = page.size(0.85), page.size(1.5)
    font = typeface("Bold" if weight == "Bold" else page.plain, page.size(1))
    words = _paragraph(text, font, page.width - indent, "left")
    block = Image.new("1", (page.width, words.height), _WHITE)
    block.paste(words, (indent, 0))
    top = round(font.size * _BASELINE) - box + 2
    ImageDraw.Draw(block).rectangle((0, top, box - 1, top + box - 1), outline=_BLACK, width=2)
    return block


def _follow(url: str, page: _Page) -> Image.Image:
    """The QR code on the left, what it is for on the right."""
    code = _qr(printable(url), target=round(page.width * 0.36), limit=round(page.width * 0.6))
    left = code.width + page.size(0.7)
    room = page.width - left
    words = _stacked(
        [
            _paragraph("Theo dõi bằng điện thoại", typeface("Bold", page.size(1)), room, "left"),
            _paragraph(
                "Quét mã để biết khi nào đến lượt.", typeface(page.plain, page.size(0.9)), room
            ),
        ]
    )
    block = Image.new("1", (page.width, max(code.height, words.height)), _WHITE)
    block.paste(code, (0, (block.height - code.height) // 2))
    block.paste(words, (left, (block.height - words.height) // 2))
    return block


def _qr(data: str, target: int, limit: int) -> Image.Image:
    """A QR code about `target` dots wide, never over `limit`, with at least 3 dots a module."""
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_ZONE)
    qr.add_data(data)
    try:
        qr.make(fit=True)
    except (DataOverflowError, ValueError):
        raise ValueError(f"follow_url is too long for a QR code: {len(data)} characters") from None
    modules = qr.get_matrix()
    box = max(_MIN_QR_BOX, target // len(modules))
    if box * len(modules) > limit:
        raise ValueError(f"follow_url is too long for this paper: {len(data)} characters")
    code = Image.new("1", (len(modules), len(modules)), _WHITE)
    code.putdata([_BLACK if dark else _WHITE for row in modules for dark in row])
    return code.resize((box * code.width, box * code.height), Image.Resampling.NEAREST)


@lru_cache(maxsize=512)  # most of a ticket stands on the one before it too; never drawn upon
def _paragraph(
    text: str, font: Font, width: int, align: Align = "left", max_lines: int = 5
) -> Image.Image:
    lines = _balanced(text, font, width, _wrapped(text, font, width, max_lines))
    height = round(font.size * _LINE)
    block = Image.new("1", (width, height * len(lines)), _WHITE)
    draw = ImageDraw.Draw(block)
    for index, line in enumerate(lines):
        x = 0.0 if align == "left" else (width - font.getlength(line)) / 2
        baseline = index * height + round(font.size * _BASELINE)
        draw.text((round(x), baseline), line, font=font, fill=_BLACK, anchor="ls")
    return block


def _wrapped(text: str, font: Font, width: int, max_lines: int) -> list[str]:
    """Lines no wider than `width`; what does not fit in `max_lines` ends in an ellipsis."""
    lines = [""]
    for piece in (piece for word in text.split() for piece in _pieces(word, font, width)):
        candidate = f"{lines[-1]} {piece}".lstrip()
        if font.getlength(candidate) <= width:
            lines[-1] = candidate
        else:
            lines.append(piece)
    if len(lines) <= max_lines:
        return lines
    last = lines[max_lines - 1]
    while last and font.getlength(f"{last}…") > width:
        last = last[:-1].rstrip()
    return [*lines[: max_lines - 1], f"{last}…"]


def _balanced(text: str, font: Font, width: int, lines: list[str]) -> list[str]:
    """As many lines, with no word left alone on the last one."""
    for narrower in range(width - 8, width // 2, -8):
        if font.getlength(lines[-1]) > 0.4 * width:
            break
        candidate = _wrapped(text, font, narrower, len(lines) + 1)
        if len(candidate) > len(lines):
            break
        lines = candidate
    return lines


def _pieces(word: str, font: Font, width: int) -> Iterator[str]:
    """The word, cut where it alone is wider than the line."""
    while font.getlength(word) > width:
        cut = next(
            n for n in range(len(word), 0, -1) if n == 1 or font.getlength(word[:n]) <= width
        )
        yield word[:cut]
        word = word[cut:]
    if word:
        yield word


def _stacked(blocks: Sequence[Image.Image]) -> Image.Image:
    stack = Image.new("1", (blocks[0].width, sum(block.height for block in blocks)), _WHITE)
    y = 0
    for block in blocks:
        stack.paste(block, (0, y))
        y += block.height
    return stack


def _framed(block: Image.Image, width: int, padding: int) -> Image.Image:
    """The block centred on a white field with `padding` dots above and below."""
    field = Image.new("1", (width, block.height + 2 * padding), _WHITE)
    field.paste(block, ((width - block.width) // 2, padding))
    return field


def _fitting_font(text: str, width: int, largest: int) -> Font:
    """The largest bold type, down to body text, that keeps `text` on one line."""
    for size in range(largest, _SMALLEST_TYPE, -2):
        font = typeface("Bold", size)
        if font.getlength(text) <= width:
            return font
    return typeface("Bold", _SMALLEST_TYPE)


@lru_cache(maxsize=256)
def typeface(weight: Weight, size: int) -> Font:
    """Be Vietnam Pro, shipped with the package (SIL Open Font License, fonts/OFL.txt)."""
    return ImageFont.truetype(Path(__file__).parent / "fonts" / f"BeVietnamPro-{weight}.ttf", size)
