"""Asks a saliency network which part of a picture is the subject, and says honestly when there is none.

Never refines an edge and never opens a model file: the session is handed in, the answer is a coarse alpha.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.boards import find_board
from jobs.imaging.faults import NoSubject

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

LEAST_CONFIDENCE = 0.5
_LEAST_AREA = 0.0012  # of the picture; less than this is a speck, not a subject
_CLOSE_MARGIN = 0.08  # of the box's longest side
_LARGE_INPUT = 640
_LEAST_LEFT = 0.2  # of the subject's area must remain when a board is taken out
_DOUBT = 0.04  # above this share of its area, two looks at a subject count as different
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class Session(Protocol):
    """The part of an onnxruntime session that is used here."""

    def run(self, output_names: Any, input_feed: Any, /) -> Any: ...
    def get_inputs(self) -> Any: ...
    def get_outputs(self) -> Any: ...


@dataclass(frozen=True)
class NetworkKind:
    """How a network wants its picture: `size` of the square input, then (x / top − mean) / std, where top is the
    picture's own maximum (`by_max`) or 255. `sigmoid`: the output is a logit."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    by_max: bool = False
    sigmoid: bool = False


KINDS: dict[str, NetworkKind] = {
    "u2net": NetworkKind(320, _IMAGENET_MEAN, _IMAGENET_STD, by_max=True),
    "u2netp": NetworkKind(320, _IMAGENET_MEAN, _IMAGENET_STD, by_max=True),
    "isnet": NetworkKind(1024, (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)),
    "birefnet": NetworkKind(1024, _IMAGENET_MEAN, _IMAGENET_STD, sigmoid=True),
}


@dataclass(frozen=True)
class Subject:
    """`alpha`: float32 H x W 0..1, coarse; `confidence`: the network's highest raw answer, 0..1; `box`: x0, y0, x1, y1
    of what is over one half."""

    alpha: F32
    confidence: float
    box: Box


def probability(rgb: U8, session: Session, kind: NetworkKind) -> F32:
    """The network's raw answer for RGB uint8 H x W x 3 sRGB: float32 in 0..1, H x W, not stretched to its extremes.

    The picture is squeezed into the network's input. Only the first output counts; the others are side outputs.
    """
    height, width = rgb.shape[:2]
    entry = session.get_inputs()[0]
    across, down = input_size(entry, kind)
    kernel = cv2.INTER_AREA if height >= down and width >= across else cv2.INTER_LINEAR
    small = cv2.resize(rgb, (across, down), interpolation=kernel).astype(np.float32)
    small /= max(float(small.max()), 1e-6) if kind.by_max else 255.0
    small = (small - np.array(kind.mean, np.float32)) / np.array(kind.std, np.float32)
    precision = np.float16 if "float16" in str(getattr(entry, "type", "")) else np.float32
    feed = np.ascontiguousarray(small.transpose(2, 0, 1)[None], precision)
    answer = session.run([session.get_outputs()[0].name], {entry.name: feed})[0]
    raw = np.asarray(answer, np.float32).reshape(answer.shape[-2], answer.shape[-1])
    # Some files of a family carry the last sigmoid inside, others leave it to the caller.
    if kind.sigmoid and (float(raw.min()) < -0.01 or float(raw.max()) > 1.01):
        raw = np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), np.float32)
    large = cv2.resize(raw, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(large, 0, 1), np.float32)


def input_size(entry: Any, kind: NetworkKind) -> tuple[int, int]:
    """(width, height) that a network takes: its own where its input is fixed, its kind's where it takes any."""
    shape = getattr(entry, "shape", None) or ()
    fixed = [side if isinstance(side, int) and side > 0 else kind.size for side in shape[-2:]]
    return (fixed[1], fixed[0]) if len(fixed) == 2 else (kind.size, kind.size)


def box_of(alpha: F32, level: float = 0.5) -> Box | None:
    """(x0, y0, x1, y1) around everything above `level`, or None."""
    inside = alpha > level
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    if columns.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def widened(box: Box, margin: float, width: int, height: int) -> Box:
    """The box with `margin` times its longest side added all round, inside the picture."""
    x0, y0, x1, y1 = box
    more = int(max(x1 - x0, y1 - y0) * margin)
    return max(0, x0 - more), max(0, y0 - more), min(width, x1 + more), min(height, y1 + more)


def find_subject(rgb: U8, session: Session, kind: str = "u2net") -> Subject:
    """The subject of RGB uint8 H x W x 3 sRGB; raises NoSubject when the network is unsure of every pixel or sure of a
    speck only, KeyError for an unknown `kind`.

    Two or three looks: the whole picture finds the subject; its close surroundings, squeezed into the network's square,
    give finer edges and drop neighbours that only seemed part of it at a distance; where these two differ, a mirrored
    third look is asked and the close looks are averaged. Networks with a large input need the first look only. A
    calibration board beside the subject is never part of it.
    """
    height, width = rgb.shape[:2]
    network = KINDS[kind]
    first = probability(rgb, session, network)
    confidence = float(first.max())
    box = box_of(first)
    if box is None or confidence < LEAST_CONFIDENCE or float((first > 0.5).mean()) < _LEAST_AREA:
        raise NoSubject()
    board = find_board(rgb, box)
    first = _without_board(first, board)
    box = box_of(first) or box
    if network.size >= _LARGE_INPUT:
        return Subject(first, confidence, box)
    near = widened(box, _CLOSE_MARGIN, width, height)
    close = look_close(rgb, session, network, near)
    if _difference(first, close) > _DOUBT:
        mirrored = look_close(rgb, session, network, near, mirrored=True)
        close = np.asarray((close + mirrored) / 2, np.float32)
    close = _without_board(close, board)
    settled = box_of(close)
    if settled is None:
        return Subject(first, confidence, box)
    return Subject(close, confidence, settled)


def _without_board(alpha: F32, board: tuple[Mask, Mask] | None) -> F32:
    """Alpha with the board taken out, when it was taken for the subject and a subject remains without it."""
    if board is None or float(alpha[board[0]].mean()) < 0.5:
        return alpha
    left = np.where(board[1], np.float32(0), alpha)
    return left if float((left > 0.5).sum()) > _LEAST_LEFT * float((alpha > 0.5).sum()) else alpha


def look_close(rgb: U8, session: Session, kind: NetworkKind, near: Box, mirrored: bool = False) -> F32:
    """The network's answer for the part `near` of the picture, zero elsewhere: float32 H x W."""
    x0, y0, x1, y1 = near
    part = rgb[y0:y1, x0:x1]
    part = np.ascontiguousarray(part[:, ::-1] if mirrored else part)
    answer = probability(part, session, kind)
    out = np.zeros(rgb.shape[:2], np.float32)
    out[y0:y1, x0:x1] = answer[:, ::-1] if mirrored else answer
    return out


def _difference(one: F32, other: F32) -> float:
    """How much two looks differ, as a share of the subject's area."""
    area = max(float((one > 0.5).mean()), 1e-6)
    return float(np.abs(one - other).mean()) / area
