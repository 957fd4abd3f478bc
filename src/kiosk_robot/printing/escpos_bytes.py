"""A picture as the bytes of one print job (ESC/POS, the language of receipt printers).

Only commands that every compatible printer knows: ESC @, GS v 0, GS V, and ESC J where there is no
knife.
"""

from enum import Enum

from PIL import Image, ImageChops

INITIALISE = b"\x1b@"
RASTER = b"\x1dv0\x00"


class Ending(Enum):
    """How a ticket leaves the printer."""

    PARTIAL_CUT = b"\x1dVB\x00"
    """Fed to the knife, hangs by a thread of paper instead of falling to the floor."""
    FULL_CUT = b"\x1dVA\x00"
    TEAR_OFF = b"\x1bJ\xff"
    """No knife: 32 mm of paper, past the edge that it is torn at."""


BAND_DOTS = 256
"""Rows in one raster command: 18 kB on 80 mm paper, which printers with small buffers take."""


def encode(picture: Image.Image, ending: Ending = Ending.PARTIAL_CUT) -> bytes:
    """The job that prints a mode "1" picture and cuts. Raises ValueError for another mode."""
    if picture.mode != "1":
        raise ValueError(f'a ticket is a picture of mode "1", not "{picture.mode}"')
    width, height = picture.size
    bands = (
        picture.crop((0, top, width, min(top + BAND_DOTS, height)))
        for top in range(0, height, BAND_DOTS)
    )
    return INITIALISE + b"".join(map(_raster, bands)) + ending.value


def _raster(band: Image.Image) -> bytes:
    row_bytes = (band.width + 7) // 8
    size = row_bytes.to_bytes(2, "little") + band.height.to_bytes(2, "little")
    return RASTER + size + ImageChops.invert(band).tobytes()
