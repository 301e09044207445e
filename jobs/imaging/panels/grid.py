"""How eight panels share a canvas: cells for square, tall and wide sheets, and for a long page.

Never draws a panel.
"""

from collections.abc import Sequence

import numpy as np

from jobs.imaging.colour import U8

Cell = tuple[int, int, int, int]
LAYOUTS = ("auto", "3x3", "2x4", "4x2", "1x8")
PAGE_WIDTHS = {"1K": 1024, "2K": 1536, "4K": 2048}  # of the long page, whose height follows
_PAGE_PANEL = 0.75
_GAP = 0.007


def layout_for(layout: str, size: tuple[int, int]) -> str:
    """`auto` by the canvas's shape: square three by three, tall two by four, wide four by two."""
    if layout != "auto":
        return layout
    frame = size[0] / size[1]
    return "4x2" if frame > 1.15 else "2x4" if frame < 0.87 else "3x3"


def page_size(resolution: str) -> tuple[int, int]:
    """(width, height) of the long page of eight."""
    width = PAGE_WIDTHS[resolution]
    return width, round(width * _PAGE_PANEL) * 8


def cells(layout: str, size: tuple[int, int]) -> list[Cell]:
    """Eight cells x0, y0, x1, y1, in reading order; in three by three the first is two cells wide."""
    columns, rows = (int(part) for part in layout.split("x"))
    gap = max(2, round(_GAP * min(size))) if layout != "1x8" else 0
    xs = _cuts(size[0], columns, gap)
    ys = _cuts(size[1], rows, gap)
    out = [(xs[x][0], ys[y][0], xs[x][1], ys[y][1]) for y in range(rows) for x in range(columns)]
    if layout == "3x3":
        out[0:2] = [(xs[0][0], ys[0][0], xs[1][1], ys[0][1])]
    return out


def _cuts(length: int, parts: int, gap: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, length + gap, parts + 1).round().astype(int)
    return [(int(first), int(last) - gap) for first, last in zip(edges, edges[1:], strict=False)]


def mirrored(found: Sequence[Cell], width: int) -> list[Cell]:
    """The cells as they are read from the right."""
    return [(width - x1, y0, width - x0, y1) for x0, y0, x1, y1 in found]


def assembled(size: tuple[int, int], found: Sequence[Cell], panels: Sequence[U8], ground: tuple[int, int, int]) -> U8:
    """One canvas, uint8 sRGB; the gaps are the ground's colour. Raises ValueError where a panel is not its cell's."""
    out = np.empty((size[1], size[0], 3), np.uint8)
    out[:] = ground
    for (x0, y0, x1, y1), panel in zip(found, panels, strict=True):
        out[y0:y1, x0:x1] = panel
    return out
