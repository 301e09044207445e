"""A group's headline across the top of the picture: sized, broken and coloured so that it can be read there.

Never covers a product: whoever arranges the group keeps RESERVE of the frame's height free.
"""

from jobs.imaging.colour import U8
from jobs.imaging.typesetting.contrast import secure
from jobs.imaging.typesetting.drawing import draw, line_boxes, place
from jobs.imaging.typesetting.fitting import fit
from jobs.imaging.typesetting.runs import Lettering

RESERVE = 0.2  # of the frame's height
_SAFE = 0.06  # of the shorter side
_INK = ((33, 30, 28), (255, 255, 255))


def set_title(pixels: U8, text: str) -> tuple[float, bool]:
    """Set `text` into the uint8 sRGB picture, in place; returns (its WCAG contrast, whether its end was left out)."""
    height, width = pixels.shape[:2]
    safe = _SAFE * min(width, height)
    room = width - 2 * safe, RESERVE * height - safe - 0.02 * height
    block = fit(text, Lettering("grotesque", 600, 1.15), *room, (0.022 * min(room[0], height), 0.085 * height), 2)
    at = place(block, safe, safe + (room[1] - block.height) / 2, room[0], "center")
    colour, contrast, _ = secure(pixels, line_boxes(at), _INK, block.size)
    draw(pixels, at, colour)
    return contrast, block.short
