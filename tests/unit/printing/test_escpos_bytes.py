import pytest
from escpos.printer import Dummy
from PIL import Image

from kiosk_robot.printing.escpos_bytes import BAND_DOTS, encode


def checkered(width: int, height: int) -> Image.Image:
    picture = Image.new("1", (width, height), 255)
    picture.putdata([255 * ((7 * x + 13 * y) % 5 > 1) for y in range(height) for x in range(width)])
    return picture


@pytest.mark.parametrize("size", [(576, 1), (576, BAND_DOTS), (384, 2 * BAND_DOTS + 7), (13, 9)])
def test_bytes_are_those_of_an_independent_encoder(size):
    picture = checkered(*size)
    reference = Dummy()
    reference.hw("INIT")
    reference.image(picture, fragment_height=BAND_DOTS)
    reference.cut(feed=False)
    assert encode(picture) == reference.output


def test_only_one_bit_pictures():
    with pytest.raises(ValueError, match="mode"):
        encode(Image.new("L", (8, 8)))
