"""Reading text: geometry and limits with a made-up engine, real letters with RapidOCR's own networks."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from jobs.imaging.text_reading import MOST_LINES, TextLine, open_reader, read_text


class Scripted:
    """Finds the given boxes, reads each crop as its size, and remembers what it was shown."""

    def __init__(self, boxes: list[list[list[float]]], confidence: float = 0.9) -> None:
        self.boxes, self.confidence = boxes, confidence
        self.searched: tuple[int, ...] = ()
        self.crops: list[np.ndarray] = []

    def __call__(self, img: np.ndarray, *, use_det: bool, use_cls: bool, use_rec: bool) -> Any:
        assert img.dtype == np.uint8 and not use_cls and use_det != use_rec
        if use_det:
            self.searched = img.shape
            boxes = np.array(self.boxes, np.float32) if self.boxes else None
            return SimpleNamespace(boxes=boxes, scores=[1 - i / 1000 for i in range(len(self.boxes))])
        self.crops.append(img)
        return SimpleNamespace(txts=(f"{img.shape[1]}x{img.shape[0]}",), scores=(self.confidence,))


def box(left: float, top: float, width: float, height: float) -> list[list[float]]:
    return [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]


def test_boxes_found_in_the_reduced_picture_are_read_from_the_full_one():
    engine = Scripted([box(100, 50, 40, 10)])
    rgb = np.zeros((1000, 3200, 3), np.uint8)
    rgb[:, :, 0] = 200
    assert read_text(rgb, engine) == [TextLine("80x20", (200, 100, 80, 20), 0.9)]
    assert engine.searched == (500, 1600, 3)
    assert engine.crops[0][5, 5].tolist() == [0, 0, 200]  # BGR


def test_upright_text_is_turned_and_a_long_line_is_squeezed():
    engine = Scripted([box(10, 10, 20, 60), box(0, 100, 1500, 4)])
    assert [line.text for line in read_text(np.zeros((300, 1600, 3), np.uint8), engine)] == ["60x20", "100x4"]


def test_doubtful_and_superfluous_lines_are_left_out():
    rgb = np.zeros((200, 200, 3), np.uint8)
    assert read_text(rgb, Scripted([box(0, 0, 9, 5)], confidence=0.3)) == []
    assert len(read_text(rgb, Scripted([box(0, 0, 9, 5)] * (MOST_LINES + 50)))) == MOST_LINES
    assert read_text(rgb, Scripted([])) == []


def test_boxes_stay_inside_the_picture():
    line = read_text(np.zeros((50, 50, 3), np.uint8), Scripted([box(-5, -3, 80, 20)]))[0]
    assert line.box == (0, 0, 50, 17)


def test_a_deadline_stops_the_reading():
    def check() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        read_text(np.zeros((50, 50, 3), np.uint8), Scripted([box(0, 0, 9, 5)]), check=check)


@pytest.fixture(scope="module")
def reader() -> Any:
    pytest.importorskip("rapidocr", reason="rapidocr is not installed")
    return open_reader(2)


def tag() -> np.ndarray:
    rgb = np.full((220, 420, 3), 235, np.uint8)
    cv2.putText(rgb, "OAT MILK 1L", (30, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 2, cv2.LINE_AA)
    cv2.putText(rgb, "24.90", (90, 170), cv2.FONT_HERSHEY_DUPLEX, 2.6, (180, 0, 0), 5, cv2.LINE_AA)
    return rgb


def test_a_price_tag_is_read_with_its_places(reader: Any):
    lines = read_text(tag(), reader)
    assert [line.text for line in lines] == ["OAT MILK 1L", "24.90"]
    x, y, width, height = lines[1].box
    assert abs(x - 90) < 20 and abs(y - 110) < 25 and width > 200 and 40 < height < 100
    assert all(line.confidence > 0.9 for line in lines)


def test_reading_twice_gives_the_same_and_says_nothing(reader: Any, capfd: pytest.CaptureFixture[str]):
    assert read_text(tag(), reader) == read_text(tag(), reader)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("RapidOCR").level == logging.CRITICAL


def test_an_empty_picture_has_no_text(reader: Any):
    assert read_text(np.full((120, 160, 3), 128, np.uint8), reader) == []
    assert read_text(np.zeros((1, 1, 3), np.uint8), reader) == []
