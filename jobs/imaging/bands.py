"""A large JPEG from parts of its picture: resampled and coded a part at a time, so that a sheet never lies in memory.

Never changes what the file shows: the parts are coded with the same tables and joined at restart markers, which every
baseline decoder knows (ITU-T T.81, E.1.4), and the resampled rows are those of one pass within a level.
"""

import struct
from collections.abc import Iterator

import cv2
import numpy as np
import simplejpeg

from jobs.imaging.colour import U8
from jobs.imaging.encode import PRINT_DPI, tagged
from jobs.imaging.saliency import Box

_PART_ROWS = 2048
_RESTART_ROWS = 512
_MOST_UNITS = 65_535
_MCU_ROWS = {"444": 8, "422": 8, "420": 16}
_MCU_COLUMNS = {"444": 8, "422": 16, "420": 16}
# How far before a part its resampling may begin, and how many source rows a window may lose, for a start where both
# pictures' rows meet: together they keep the misfit under 0.002 source pixels at any pair of heights.
_SEARCH_ROWS = 400
_TRIM_SHARE = 1 / 250
_MOST_TRIM = 8


def resampled_jpeg(
    window: U8, width: int, height: int, quality: int, subsampling: str = "444", dpi: int = PRINT_DPI
) -> bytes:
    """`window` (h x w x 3 uint8 sRGB, rows may be strided) at `width` x `height` pixels as a tagged baseline JPEG.

    Area average when reducing, cubic (a = -0.75) when enlarging. Cut the window where `fitted` says: another one may
    show a step of a fraction of a source pixel where parts meet.
    """
    rows = _restart_rows(width, subsampling)
    return tagged(_joined(_parts(window, width, height, rows), width, height, rows, quality, subsampling), dpi)


def _restart_rows(width: int, subsampling: str) -> int:
    """Rows between restart markers: a whole number of coding units, at most 65535 of them (16 bits in the file)."""
    across = -(-width // _MCU_COLUMNS[subsampling])
    unit = _MCU_ROWS[subsampling]
    return max(1, min(_RESTART_ROWS // unit, _MOST_UNITS // across)) * unit


def _part_rows(rows: int) -> int:
    return rows * max(1, _PART_ROWS // rows)


def _start(y: int, step: float) -> tuple[int, int, float]:
    """(output row, source row, misfit) to begin at so that output row `y` has all its neighbours.

    `step` is source rows per output row. Output row Y lies where source row A lies when Y x step is the whole A.
    """
    last = y - int(np.ceil(3 / step)) - 1
    first = max(0, last - max(_SEARCH_ROWS, int(2 / step)))
    if y == 0 or first == 0:
        return 0, 0, 0.0
    candidates = np.arange(first, last + 1)
    places = candidates * step
    misfit = np.abs(places - np.rint(places))
    best = int(np.argmin(misfit + 1e-12 * (last - candidates)))
    return int(candidates[best]), int(np.rint(places[best])), float(misfit[best])


def fitted(box: Box, width: int, height: int, subsampling: str = "444") -> Box:
    """The window less a few rows where that makes its parts meet; its middle and its shape stay.

    At most 0.4 % of its rows and never more than 8, and columns in step.
    """
    part = _part_rows(_restart_rows(width, subsampling))
    most = min(_MOST_TRIM, int(box.height * _TRIM_SHARE))
    misfits = [
        max(_start(y, (box.height - trim) / height)[2] for y in range(0, height, part)) for trim in range(most + 1)
    ]
    trim = int(np.argmin(np.round(misfits, 3)))
    if trim == 0:
        return box
    rows = box.height - trim
    columns = min(box.width, max(1, round(rows * width / height)))
    return Box(box.x + (box.width - columns) // 2, box.y + trim // 2, columns, rows)


def _parts(window: U8, width: int, height: int, rows: int) -> Iterator[U8]:
    """The resampled sheet from top to bottom, `rows` rows at a time, the last shorter; each valid until the next."""
    tall, wide = window.shape[:2]
    step = tall / height
    how = cv2.INTER_AREA if step > 1 else cv2.INTER_CUBIC
    part = _part_rows(rows)
    buffer = np.empty((min(height, part + _SEARCH_ROWS + int(8 / step) + 16) + 1) * width * 3, np.uint8)
    for y in range(0, height, part):
        end = min(height, y + part)
        begin, source, _ = _start(y, step)
        stop = tall if end == height else min(tall, int(np.ceil(end * step)) + 4)
        made = round((stop - source) / step)
        out = buffer[: made * width * 3] if made * width * 3 <= buffer.size else np.empty(made * width * 3, np.uint8)
        out = out.reshape(made, width, 3)
        cv2.resize(window[source:stop], None, dst=out, fx=width / wide, fy=1 / step, interpolation=how)
        for top in range(y, end, rows):
            yield out[top - begin : min(end, top + rows) - begin]


def _joined(parts: Iterator[U8], width: int, height: int, rows: int, quality: int, subsampling: str) -> bytes:
    """Code each part by itself and join the scans: each begins with fresh predictors, as behind a restart marker."""
    pieces: list[bytes | memoryview] = []
    for index, part in enumerate(parts):
        coded = simplejpeg.encode_jpeg(part, quality=quality, colorsubsampling=subsampling)
        scan = _scan_start(coded)
        if index == 0:
            across = -(-width // _MCU_COLUMNS[subsampling])
            interval = across * rows // _MCU_ROWS[subsampling]
            pieces.append(_head(coded[:scan], height, interval))
        else:
            pieces.append(bytes((0xFF, 0xD0 + (index - 1) % 8)))
        pieces.append(memoryview(coded)[scan:-2])
    return b"".join((*pieces, b"\xff\xd9"))


def _segments(coded: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, offset, end) of every segment up to the first scan."""
    at = 2
    while True:
        end = at + 2 + struct.unpack(">H", coded[at + 2 : at + 4])[0]
        yield coded[at + 1], at, end
        if coded[at + 1] == 0xDA:
            return
        at = end


def _scan_start(coded: bytes) -> int:
    return max(end for _, _, end in _segments(coded))


def _head(head: bytes, height: int, interval: int) -> bytes:
    """The first part's head with the whole picture's height and a restart interval."""
    made = bytearray(head)
    for marker, at, _ in _segments(head):
        if marker == 0xC0:
            made[at + 5 : at + 7] = struct.pack(">H", height)
        if marker == 0xDA:
            made[at:at] = struct.pack(">BBHH", 0xFF, 0xDD, 4, interval)
    return bytes(made)
