"""Previews: 2000 x 2000 sheets of at most twelve, every piece whole and apart, marks where asked and only there."""

import io

import cv2
import numpy as np
import pytest
from metadata_scanner import names
from PIL import Image

from jobs.imaging.preview import PER_SHEET, SIDE, Piece, _cells, cover, piece, sheet, sheets
from jobs.imaging.watermark import Watermark, legible, marked


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def blob(colour: tuple[int, int, int], number: int) -> Piece:
    rgba = np.zeros((60, 60, 4), np.uint8)
    rgba[10:50, 5:55] = (*colour, 255)
    return Piece(rgba, number)


@pytest.mark.parametrize(("count", "spread"), [(0, []), (1, [1]), (12, [12]), (13, [7, 6]), (50, [10] * 5)])
def test_sheets_hold_at_most_twelve_and_are_evenly_full(
    count: int, spread: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    flat = np.zeros((8, 8, 3), np.uint8)
    monkeypatch.setattr("jobs.imaging.preview.sheet", lambda pieces: seen.append(len(pieces)) or flat)
    assert len(sheets([blob((200, 0, 0), i) for i in range(count)])) == len(spread)
    assert seen == spread


def test_sheet_is_a_clean_tagged_jpeg_of_2000() -> None:
    (data,) = sheets([blob((200, 0, 0), 1)])
    assert opened(data).shape == (SIDE, SIDE, 3)
    assert set(names(data)) == {"SOI", "APP0", "APP1", "APP2", "DQT", "SOF0", "DHT", "SOS", "EOI"}


@pytest.mark.parametrize("count", range(1, PER_SHEET + 1))
def test_cells_lie_apart_inside_the_sheet(count: int) -> None:
    taken = np.zeros((SIDE, SIDE), np.uint8)
    for x, y, w, h in _cells(count, (110, 110, 1780, 1780), 56):
        assert x >= 110 and y >= 110 and x + w <= 1890 and y + h <= 1890
        taken[y : y + h, x : x + w] += 1
    assert taken.max() == 1


def test_every_piece_is_shown_whole_with_its_colour() -> None:
    colours = [(200, 30 * i, 255 - 20 * i) for i in range(5)]
    picture = sheet([blob(colour, i + 1) for i, colour in enumerate(colours)])
    for colour in colours:
        low, high = np.maximum(colour, 3) - 3, np.minimum(colour, 252) + 3
        seen = np.count_nonzero(cv2.inRange(picture, low.astype(float), high.astype(float)))
        assert seen > 60 * 40
    with pytest.raises(ValueError, match="1 to 12"):
        sheet([])


def test_piece_is_trimmed_and_small() -> None:
    alpha = np.zeros((3000, 2000), np.uint8)
    alpha[1000:2000, 500:900] = 255
    shown = piece(np.full((3000, 2000, 3), 80, np.uint8), alpha, 3)
    assert shown.pixels.shape == (900, 360, 4) and shown.number == 3
    assert (shown.pixels[:, :, 3] == 255).all()
    assert piece(np.zeros((10, 20, 3), np.uint8), None, 1).pixels.shape == (10, 20, 4)
    assert piece(np.zeros((10, 20, 3), np.uint8), np.zeros((10, 20), np.uint8), 1).pixels.shape == (10, 20, 4)


def test_cover_carries_its_title_and_fits_a_long_one() -> None:
    one = opened(cover([blob((9, 90, 200), 1)], "Fern"))
    other = opened(cover([blob((9, 90, 200), 1)], "A very long title of a bundle of many leaves"))
    assert one.shape == other.shape == (SIDE, SIDE, 3)
    assert (one[1600:, :100] > 250).all() and (other[1600:, :60] > 250).all()
    assert (one[1650:1800] < 90).any() and (other[1650:1800] < 90).any()


GREY = np.full((400, 600, 3), 128, np.uint8)


def test_tiled_text_reaches_everywhere_and_no_stronger_than_asked() -> None:
    out = marked(GREY, Watermark(text="Fern Studio"))
    change = np.abs(out.astype(int) - 128).max(axis=2)
    assert change.max() <= round(127 * 0.25) + 1
    for y in range(0, 400, 200):
        for x in range(0, 600, 200):
            assert (change[y : y + 200, x : x + 200] > 10).any()


@pytest.mark.parametrize(
    ("position", "rows", "columns"),
    [("top-left", slice(0, 200), slice(0, 300)), ("bottom-right", slice(200, 400), slice(300, 600)),
     ("center", slice(100, 300), slice(150, 450))],
)  # fmt: skip
def test_a_placed_mark_is_where_it_should_be(position: str, rows: slice, columns: slice) -> None:
    white = np.full((20, 40, 4), 255, np.uint8)
    for mark in (Watermark(text="Fern", position=position), Watermark(image=white, position=position)):
        change = (marked(GREY, mark) != GREY).any(axis=2)
        assert change[rows, columns].sum() == change.sum() > 50


def test_opacity_and_picture_marks() -> None:
    assert (marked(GREY, Watermark(opacity=0)) == GREY).all()
    red = np.zeros((50, 50, 4), np.uint8)
    red[:] = (255, 0, 0, 255)
    out = marked(GREY, Watermark(image=red, opacity=0.5, position="center"))
    assert np.abs(out[200, 300].astype(int) - (192, 64, 64)).max() <= 1


def test_unknown_glyphs_are_left_out_and_nothing_left_becomes_preview() -> None:
    assert legible("  Fern \n & Sons \U000f1234") == "Fern & Sons"
    assert legible("\U000f1234\U000f1235") == ""
    assert (marked(GREY, Watermark(text="\U000f1234")) == marked(GREY, Watermark())).all()


def test_accents_greek_and_cyrillic_are_legible() -> None:
    pytest.importorskip("font_source_sans_pro")
    for text in ("Söhne", "Éléonore", "Żółw", "Διάνα", "Мастерская"):
        assert legible(text) == text
