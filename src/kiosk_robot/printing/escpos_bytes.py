"""A picture as the bytes of one print job (ESC/POS, the language of receipt printers).

Only three commands are used, which every compatible printer knows: ESC @, GS v 0 and GS V.
"""

from PIL import Image, ImageChops

INITIALISE = b"\x1b@"
RASTER = b"\x1dv0\x00"
FEED_TO_KNIFE_AND_CUT = b"\x1dVB\x00"
"""Partial cut: the ticket hangs by a thread of paper instead of falling to the floor."""

BAND_DOTS = 256
"""Rows in one raster command: 18 kB on 80 mm paper, which printers with small buffers take."""


def encode(picture: Image.Image) -> bytes:
    """The job that prints a mode "1" picture and cuts. Raises ValueError for another mode."""
    if picture.mode != "1":
        raise ValueError(f'a ticket is a picture of mode "1", not "{picture.mode}"')
    width, height = picture.size
    bands = (
        picture.crop((0, top, width, min(top + BAND_DOTS, height)))
        for top in range(0, height, BAND_DOTS)
    )
    return INITIALISE + b"".join(map(_raster, bands)) + FEED_TO_KNIFE_AND_CUT


def _raster(band: Image.Image) -> bytes:
    row_bytes = (band.width + 7) // 8
    size = row_bytes.to_bytes(2, "little") + band.height.to_bytes(2, "little")
    return RASTER + size + ImageChops.invert(band).tobytes()
