"""Reads the text lines of a picture with RapidOCR's two networks, which are inside its wheel.

Only arrays go in: RapidOCR's own ways of opening files and addresses are never used, and nothing is ever downloaded. It
says what is written and where; what a line means (a price, a name) is not decided here.

Lines are found on a copy reduced to SEARCH_SIDE and read from the full picture. Measured on ten supermarket photos with
194 legible price tags: side 1280 gives 186 prices in 1.9 CPU seconds per photo, 1600 gives 187 and half as many lines
again in 3.4, 1920 gives 189 in 4.6 and 150 MB more memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

SEARCH_SIDE = 1600
MOST_LINES = 300
LOWEST_CONFIDENCE = 0.5
_DETECTION, _RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_LONGEST_LINE = 25  # width over height; what is longer is read squeezed, so that one line cannot take all the memory
_UPRIGHT_TEXT = 1.5


class Engine(Protocol):
    """What is used of rapidocr.RapidOCR: BGR arrays in, an object with boxes, scores and txts out."""

    def __call__(self, img: U8, *, use_det: bool, use_cls: bool, use_rec: bool) -> Any: ...


@dataclass(frozen=True)
class TextLine:
    """One line: its text, its upright box (x, y, width, height) in pixels of the picture, confidence 0..1."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float


def open_reader(threads: int) -> Engine:
    """RapidOCR with its own two networks on `threads` cores, silent.

    Raises ImportError without RapidOCR and FileNotFoundError when its wheel lacks a network. The paths are given
    outright: RapidOCR would download a network that it does not find by itself.
    """
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    for name in (_DETECTION, _RECOGNITION):
        if not (models / name).is_file():
            raise FileNotFoundError(f"rapidocr was installed without {name}")
    unlimited = 1_000_000
    engine: Engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_vertical_padding": False,
            "Global.min_side_len": 1,
            "Global.max_side_len": unlimited,
            "Global.text_score": 0.0,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(threads, os.cpu_count() or 1),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
            "Det.model_path": str(models / _DETECTION),
            "Det.limit_type": "max",
            "Det.limit_side_len": unlimited,
            "Rec.model_path": str(models / _RECOGNITION),
            "Rec.rec_img_shape": [3, 48, 96],
        }
    )
    return engine


def read_text(
    rgb: U8,
    engine: Engine,
    *,
    search_side: int = SEARCH_SIDE,
    lowest: float = LOWEST_CONFIDENCE,
    check: Callable[[], None] = lambda: None,
) -> list[TextLine]:
    """RGB H x W x 3 uint8 -> its text lines from top to bottom, at most MOST_LINES, each at least `lowest` confident.

    `check` is called before every line and may raise, to keep a deadline. Lines that stand upright are read turned.
    """
    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    lines = []
    for quad in _find(bgr, engine, search_side):
        check()
        read = engine(_flattened(bgr, quad), use_det=False, use_cls=False, use_rec=True)
        text, confidence = (read.txts[0].strip(), float(read.scores[0])) if read.txts else ("", 0.0)
        if text and confidence >= lowest:
            lines.append(TextLine(text, _upright_box(quad, bgr.shape), round(confidence, 4)))
    return lines


def _find(bgr: U8, engine: Engine, search_side: int) -> Sequence[F32]:
    """The corners (4 x 2, clockwise from the top left) of the likeliest lines, in reading order."""
    height, width = bgr.shape[:2]
    scale = min(1.0, search_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
    found = engine(np.asarray(small, np.uint8), use_det=True, use_cls=False, use_rec=False)
    if found.boxes is None or not len(found.boxes):
        return []
    quads = np.asarray(found.boxes, np.float32) * np.array([width / size[0], height / size[1]], np.float32)
    best = np.sort(np.argsort(-np.asarray(found.scores), kind="stable")[:MOST_LINES])
    return [quads[index] for index in best]


def _flattened(bgr: U8, quad: F32) -> U8:
    """The quadrilateral as an upright rectangle; one that is much higher than wide is turned anticlockwise."""
    top, right, bottom, left = (float(np.linalg.norm(quad[i] - quad[(i + 1) % 4])) for i in range(4))
    height = max(1, round(max(left, right)))
    width = max(1, round(max(top, bottom)))
    if height <= width:
        width = min(width, height * _LONGEST_LINE)
    else:
        height = min(height, width * _LONGEST_LINE)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(quad, corners)
    flat = cv2.warpPerspective(bgr, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.rot90(flat) if height >= width * _UPRIGHT_TEXT else flat)


def _upright_box(quad: F32, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    low = np.floor(quad.min(axis=0)).clip(0)
    high = np.ceil(quad.max(axis=0)).clip(None, [shape[1], shape[0]])
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])
