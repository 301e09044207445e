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


def product_photo(side: int = 900) -> bytes:
    """A JPEG of a red jar with a lid and a label before a grey fall: something that a network takes for a subject."""
    scale = side / 900
    canvas = Pillow.new("RGB", (side, side))
    draw = ImageDraw.Draw(canvas)
    for row in range(side):
        tone = 232 - 60 * row // side
        draw.line((0, row, side, row), fill=(tone, tone, tone + 4))

    def box(*corners: int) -> tuple[float, ...]:
        return tuple(corner * scale for corner in corners)

    draw.ellipse(box(250, 735, 660, 800), fill=(150, 150, 154))
    draw.rounded_rectangle(box(290, 260, 610, 770), radius=50 * scale, fill=(176, 24, 32))
    draw.rounded_rectangle(box(320, 150, 580, 280), radius=24 * scale, fill=(40, 40, 46))
    draw.rectangle(box(300, 420, 600, 620), fill=(244, 238, 222))
    draw.text(box(450, 520), "JAM", fill=(60, 40, 30), font_size=80 * scale, anchor="mm")
    draw.rectangle(box(330, 300, 350, 740), fill=(226, 96, 100))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=92)
    return out.getvalue()
