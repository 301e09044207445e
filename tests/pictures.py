"""Small pictures made on the spot, by recipe, so that no test needs a file. Never reads the samples."""

import io

from PIL import Image as Pillow
from PIL import ImageDraw


def picture(width: int = 640, height: int = 800, colour: str = "teal", form: str = "PNG", mode: str = "RGB") -> bytes:
    """An encoded picture with a disc on a plain ground; `form` is a codec name (PNG, JPEG, WEBP, TIFF, GIF, BMP)."""
    canvas = Pillow.new(mode, (width, height), "white" if mode == "RGB" else (0, 0, 0, 0))
    ImageDraw.Draw(canvas).ellipse((width // 8, height // 8, width * 7 // 8, height * 7 // 8), fill=colour)
    out = io.BytesIO()
    canvas.save(out, form)
    return out.getvalue()


def noise(size: int, seed: int = 1) -> bytes:
    """A JPEG's first bytes and then `size` bytes that never repeat a boundary: an upload that is only counted."""
    block = bytes((seed * 7 + place * 31) % 251 for place in range(4096))
    return (b"\xff\xd8\xff\xe0" + block * (size // 4096 + 1))[:size]
