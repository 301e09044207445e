"""Print files: exact pixels both ways up, cropped and never stretched, one at a time, tagged for print."""

import io
import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from metadata_scanner import blocks
from PIL import Image

from jobs.imaging.print_set import POSTERS, WALL_ART, PrintSize, poster, print_files

# The documented sheets at a twelfth of their size: 25 dots an inch keeps the arithmetic and costs 1/144.
SMALL_DPI = 25


def gradient(width: int, height: int) -> np.ndarray:
    x = np.linspace(20, 235, width)[None, :].repeat(height, 0)
    y = np.linspace(20, 235, height)[:, None].repeat(width, 1)
    return np.dstack([x, y, np.full((height, width), 128)]).astype(np.uint8)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_the_documented_pixels_of_every_sheet() -> None:
    wanted = {
        "2x3": (7200, 10800), "3x4": (5400, 7200), "4x5": (7200, 9000), "11x14": (3300, 4200), "iso-a1": (7016, 9933),
    }  # fmt: skip
    assert {size.slug: size.pixels() for size in WALL_ART} == wanted
    assert [size.slug for size in WALL_ART] == list(wanted)
    posters = {
        "24x36": (7200, 10800), "12x18": (3600, 5400), "16x24": (4800, 7200), "18x24": (5400, 7200),
        "20x30": (6000, 9000), "a1": (7016, 9933), "a2": (4961, 7016), "a3": (3508, 4961),
    }  # fmt: skip
    assert {slug: size.pixels() for slug, size in POSTERS.items()} == posters


@pytest.mark.parametrize(("width", "height"), [(300, 450), (450, 300), (200, 200), (70, 490), (490, 70)])
def test_exact_pixels_both_ways_up_and_for_odd_shapes(width: int, height: int) -> None:
    files = list(print_files(gradient(width, height), dpi=SMALL_DPI))
    for size, file in zip(WALL_ART, files, strict=True):
        pixels = size.pixels(SMALL_DPI)
        wanted = pixels[::-1] if width > height else pixels
        assert (file.width, file.height) == wanted == opened(file.data).size
        assert file.crop.x + file.crop.width <= width and file.crop.y + file.crop.height <= height


def test_orientation_can_be_asked_for() -> None:
    for orientation, wanted in (("landscape", (900, 600)), ("portrait", (600, 900))):
        file = next(print_files(gradient(300, 300), dpi=SMALL_DPI, orientation=orientation))
        assert (file.width, file.height) == wanted


def test_cropped_never_stretched() -> None:
    """A gradient's slope per pixel is the same along both sides of the print exactly when nothing was stretched."""
    source = gradient(400, 400)
    for file in print_files(source, dpi=SMALL_DPI):
        sheet = np.asarray(opened(file.data)).astype(float)
        along = (sheet[:, -20:, 0].mean() - sheet[:, :20, 0].mean()) / (file.width - 20)
        down = (sheet[-20:, :, 1].mean() - sheet[:20, :, 1].mean()) / (file.height - 20)
        assert abs(along / down - 1) < 0.03, file.size.slug


def test_files_are_tagged_for_print() -> None:
    file = next(print_files(gradient(240, 360), [PrintSize("s", "s", 2, 3)]))
    image = opened(file.data)
    assert image.size == (600, 900) and image.info["dpi"] == (300, 300)
    assert image.getexif()[282] == 300 and image.getexif()[296] == 2 and "icc_profile" in image.info
    frame = next(block.payload for block in blocks(file.data) if block.name == "SOF0")
    assert frame[7] == 0x11
    assert abs(file.source_dpi - 120) < 1 and file.method == "cubic"


def test_millimetres_round_to_the_nearest_pixel() -> None:
    assert PrintSize("A1", "a1", 594, 841, "mm").pixels() == (7016, 9933)


def test_one_file_at_a_time() -> None:
    made = print_files(gradient(200, 300), dpi=SMALL_DPI)
    assert isinstance(made, Iterator)
    first = next(made)
    kept = bytes(first.data)
    list(made)
    assert first.data == kept


def test_enlarge_runs_once_and_only_for_small_sources() -> None:
    calls: list[tuple[int, ...]] = []

    def double(rgb: np.ndarray) -> np.ndarray:
        calls.append(rgb.shape)
        return rgb.repeat(2, 0).repeat(2, 1)

    files = list(print_files(gradient(200, 300), dpi=SMALL_DPI, enlarge=double))
    assert calls == [(300, 200, 3)]
    assert {file.method for file in files} == {"enlarge+cubic", "enlarge+area"}
    assert files[0].source_dpi == round(SMALL_DPI * 200 / 600, 1)
    list(print_files(gradient(900, 1300), dpi=SMALL_DPI, enlarge=double))
    assert len(calls) == 1


def test_reducing_averages_so_that_fine_lines_do_not_alias() -> None:
    lines = np.zeros((1200, 800, 3), np.uint8)
    lines[:, ::2] = 255
    file = next(print_files(lines, [PrintSize("s", "s", 1, 1.5)], dpi=200))
    assert file.method == "area"
    assert np.asarray(opened(file.data)).std() < 8


def test_poster_bleed_is_on_each_side_and_off_by_default() -> None:
    small = {"2x3": replace(POSTERS["24x36"], width=2, height=3)}
    POSTERS.update(small)
    try:
        assert (poster(gradient(200, 300), "2x3").width, poster(gradient(200, 300), "2x3").height) == (600, 900)
        file = poster(gradient(300, 200), "2x3", bleed_in=0.125)
        assert (file.width, file.height) == (975, 675)
    finally:
        del POSTERS["2x3"]
    with pytest.raises(KeyError):
        poster(gradient(20, 30), "1x1")


def test_jfif_density_is_read_by_hand() -> None:
    data = next(print_files(gradient(100, 150), [PrintSize("s", "s", 1, 1.5)])).data
    assert struct.unpack(">BHH", data[13:18]) == (1, 300, 300)
