"""Sheets made in parts equal sheets made whole, and the joined JPEG is one that every reader takes."""

import io

import cv2
import numpy as np
import pytest
import simplejpeg
from metadata_scanner import blocks
from PIL import Image

from jobs.imaging import bands, encode
from jobs.imaging.saliency import Box

NOISE = np.random.default_rng(6).integers(0, 256, (1600, 700, 3), dtype=np.uint8)
# (window's height, width; sheet's width, height): enlarged and reduced, with scales that meet nowhere near a part's
# edge unless rows are trimmed (a hair off 2), and sheets over several parts and restart intervals.
SHAPES = [
    ((709, 501), (900, 5001)),
    ((1501, 300), (640, 3000)),
    ((1500, 300), (299, 2999)),
    ((90, 60), (240, 4200)),
    ((1600, 700), (333, 761)),
    ((61, 60), (300, 305)),
    ((1, 1), (17, 2300)),
]


@pytest.mark.parametrize(("window", "sheet"), SHAPES)
def test_parts_equal_one_pass_within_a_level(window: tuple[int, int], sheet: tuple[int, int]) -> None:
    width, height = sheet
    rows = bands._restart_rows(width, "444")
    box = bands.fitted(Box(0, 0, window[1], window[0]), width, height)
    source = NOISE[box.y : box.y + box.height, box.x : box.x + box.width]
    made = np.concatenate([part.copy() for part in bands._parts(source, width, height, rows)])
    how = cv2.INTER_AREA if source.shape[0] > height else cv2.INTER_CUBIC
    whole = cv2.resize(source, (width, height), interpolation=how)
    assert made.shape == whole.shape
    assert np.abs(made.astype(int) - whole).max() <= 2


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
@pytest.mark.parametrize("size", [(700, 1600), (523, 1601), (17, 1537), (700, 100)])
def test_joined_jpeg_decodes_like_a_whole_one_in_two_readers(subsampling: str, size: tuple[int, int]) -> None:
    width, height = size
    picture = np.ascontiguousarray(np.resize(NOISE, (height, width, 3)))
    data = bands.resampled_jpeg(picture, width, height, 90, subsampling)
    whole = simplejpeg.decode_jpeg(encode.jpeg(picture, 90, subsampling))
    joined = simplejpeg.decode_jpeg(data, strict=True)
    if subsampling == "444":
        assert (joined == whole).all()
    else:
        assert np.abs(joined[: height // 2].astype(int) - whole[: height // 2]).mean() < 3
    assert np.asarray(Image.open(io.BytesIO(data))).shape == (height, width, 3)


def test_restart_interval_fits_sixteen_bits_for_any_sheet() -> None:
    for width in (1, 7200, 10800, 30_000):
        rows = bands._restart_rows(width, "444")
        assert rows % 8 == 0 and -(-width // 8) * rows // 8 <= 65_535


def test_blocks_are_those_of_a_plain_jpeg_and_the_restart_interval() -> None:
    found = [block.name for block in blocks(bands.resampled_jpeg(NOISE, 300, 700, 92))]
    assert set(found) == {"SOI", "APP0", "APP1", "APP2", "DQT", "SOF0", "DHT", "DRI", "SOS", "EOI"}
    assert found.count("SOS") == 1


def test_at_most_a_250th_of_the_window_is_trimmed() -> None:
    for height in (1499, 1501, 1503, 1571, 249):
        box = bands.fitted(Box(30, 20, 700, height), 700, 3001)
        assert height - box.height <= min(8, height // 250)
        assert box.x >= 30 and box.y >= 20 and box.x + box.width <= 730 and box.y + box.height <= 20 + height


def test_a_strided_window_is_taken_as_it_is() -> None:
    window = NOISE[100:400, 50:250]
    assert not window.flags.c_contiguous
    one = bands.resampled_jpeg(window, 400, 600, 92)
    assert one == bands.resampled_jpeg(np.ascontiguousarray(window), 400, 600, 92)
