"""A contact sheet's page: sections of captioned cells on white, saved as one JPEG under a byte limit."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageOps

from jobs.imaging.watermark import font

U8 = npt.NDArray[np.uint8]

INK, PALE, PAPER = (28, 28, 30), (120, 120, 124), (255, 255, 255)
GAP, CAPTION, HEADING = 10, 26, 64


@dataclass(frozen=True)
class Cell:
    """A picture to come, and what it shows. `make` renders it (uint8 sRGB H x W x 3) when its turn comes."""

    caption: str
    make: Callable[[], U8]


@dataclass(frozen=True)
class Section:
    """Cells under a heading; `shape` is the (width, height) of each cell's picture on the sheet."""

    title: str
    cells: Sequence[Cell]
    columns: int = 8
    shape: tuple[int, int] = (232, 232)


def write_sheet(sections: Sequence[Section], path: Path, most_bytes: int = 1_200_000) -> None:
    """Render every cell and save the sheet, at the best quality that keeps under `most_bytes`."""
    width = max(GAP + section.columns * (section.shape[0] + GAP) for section in sections)
    page = Image.new("RGB", (width, GAP + sum(height_of(section) for section in sections)), PAPER)
    y = GAP
    for section in sections:
        draw_section(page, section, y)
        y += height_of(section)
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(90, 40, -4):
        data = io.BytesIO()
        page.save(data, "JPEG", quality=quality, optimize=True, progressive=True)
        if data.tell() <= most_bytes:
            break
    path.write_bytes(data.getvalue())


def height_of(section: Section) -> int:
    rows = -(-len(section.cells) // section.columns)
    return HEADING + rows * (section.shape[1] + CAPTION + GAP)


def draw_section(page: Image.Image, section: Section, top: int) -> None:
    pen = ImageDraw.Draw(page)
    pen.text((GAP, top + HEADING - 16), section.title, font=font(30), fill=INK, anchor="ls")
    for number, cell in enumerate(section.cells):
        row, column = divmod(number, section.columns)
        x = GAP + column * (section.shape[0] + GAP)
        y = top + HEADING + row * (section.shape[1] + CAPTION + GAP)
        picture = Image.fromarray(cell.make())
        picture = ImageOps.contain(picture, section.shape, Image.Resampling.LANCZOS)
        page.paste(picture, (x + (section.shape[0] - picture.width) // 2, y + (section.shape[1] - picture.height) // 2))
        pen.text((x, y + section.shape[1] + 5), cell.caption, font=font(17), fill=PALE, anchor="lt")
