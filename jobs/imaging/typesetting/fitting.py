"""Fits a text into a box: size and line breaks, the largest that the box and the limits allow.

Never draws, and never lets a text be wider or taller than its box: what cannot fit is shortened, and says so.
"""

from dataclasses import dataclass
from functools import lru_cache

from jobs.imaging.typesetting.breaking import Stretch, even_lines, forced_lines, split_long, stretches
from jobs.imaging.typesetting.cleaning import shortened
from jobs.imaging.typesetting.runs import Lettering, Line, cased, is_rtl, set_line
from jobs.imaging.typesetting.writing import SQUARE, script_of

_TALL = frozenset({"ar", "fa", "ur", "hi", "th", "he", "mr", "ne"})
_AIR = 0.1  # ems between the ink of two lines at least


@dataclass(frozen=True)
class Block:
    """A text set in lines. `size`: pixels per em; `pitch`: pixels between baselines; `width`, `height`: of the ink from
    the first line's top to the last one's bottom; `rtl`: the paragraph's direction; `short`: something was left out."""

    lines: tuple[Line, ...]
    lettering: Lettering
    size: float
    pitch: float
    width: float
    height: float
    rtl: bool
    short: bool = False

    @property
    def rise(self) -> float:
        """Pixels from the ink's top to the first baseline."""
        return -self.lines[0].ink[1] * self.size


@dataclass(frozen=True)
class _Measure:
    """Lines in ems: the widest ink, the height of all, the pitch."""

    lines: tuple[Line, ...]
    width: float
    height: float
    pitch: float


def fit(
    text: str, lettering: Lettering, width: float, height: float, sizes: tuple[float, float], most_lines: int = 4
) -> Block:
    """The largest setting of `text` inside width x height pixels with a size inside `sizes` (least, most) and at most
    `most_lines` lines. A text that does not fit at the least size loses its end. Raises ValueError for blank text."""
    if not text.strip():
        raise ValueError("there is no text to set")
    words, whole = text, cased(text, lettering)
    for _ in range(12):
        best = _best(cased(words, lettering), lettering, width, height, sizes[1], most_lines, whole)
        if best is not None and best.size >= sizes[0]:
            return best if words == text else _cut(best)
        shorter = shortened(words.rstrip("…"), max(2, int(0.78 * len(words))))
        if shorter == words:
            break
        words = shorter
    if best is None:
        best = _best(cased(words, lettering), lettering, width, 1e9, sizes[1], 1, whole)
    assert best is not None
    return _cut(best)


def _cut(block: Block) -> Block:
    return Block(
        block.lines, block.lettering, block.size, block.pitch, block.width, block.height, block.rtl, short=True
    )


def _best(
    text: str, lettering: Lettering, width: float, height: float, most: float, most_lines: int, whole: str
) -> Block | None:
    found: Block | None = None
    pieces = _tamed(text, lettering, most_lines)
    for count in range(forced_lines(pieces), max(forced_lines(pieces), most_lines) + 1):
        measure = _measured(tuple(pieces), lettering, count, is_rtl(whole, lettering.language), whole)
        if measure is None:
            break
        size = min(most, width / max(measure.width, 1e-6), height / max(measure.height, 1e-6))
        # a further line must earn its place: it has to make the letters clearly larger, a ragged one much larger
        widths = [line.ink[2] - line.ink[0] for line in measure.lines]
        ragged = len(widths) > 1 and min(widths) < 0.42 * max(widths)
        more = count - len(found.lines) if found is not None else 0
        if found is None or size > found.size * 1.14**more * (1.2 if ragged else 1.0):
            found = Block(
                measure.lines, lettering, size, measure.pitch * size, measure.width * size, measure.height * size,
                is_rtl(whole, lettering.language),
            )  # fmt: skip
    return found


def _tamed(text: str, lettering: Lettering, most_lines: int) -> list[Stretch]:
    """Pieces none of which is longer than a line should be, when one word alone makes up nearly the whole text."""
    out: list[Stretch] = []
    for piece in stretches(text):
        if len(piece.text) <= (9 if any(script_of(letter) in SQUARE for letter in piece.text) else 24):
            out.append(piece)
            continue
        longest = 18 if len(piece.text) > 24 else 7
        parts = split_long(piece.text, lambda part, most=longest: len(part) <= most)  # type: ignore[misc]
        out += [Stretch(part, False) for part in parts[:-1]]
        out.append(Stretch(parts[-1], piece.space, piece.forced))
    return out or [Stretch(text.strip() or " ", False, True)]


@lru_cache(maxsize=512)
def _measured(pieces: tuple[Stretch, ...], lettering: Lettering, count: int, rtl: bool, whole: str) -> _Measure | None:
    widths = [set_line(piece.text, lettering, rtl, whole).width for piece in pieces]
    space = set_line("n n", lettering, False, "n").width - set_line("nn", lettering, False, "n").width
    texts = even_lines(pieces, widths, space, count)
    if texts is None:
        return None
    lines = tuple(set_line(line, lettering, rtl, whole) for line in texts)
    pitch = pitch_of(lines, lettering)
    height = -lines[0].ink[1] + pitch * (len(lines) - 1) + lines[-1].ink[3]
    return _Measure(lines, max(line.ink[2] - line.ink[0] for line in lines), height, pitch)


def pitch_of(lines: tuple[Line, ...], lettering: Lettering) -> float:
    """The lettering's leading, more where a script is tall or ink would touch; ems."""
    leading = lettering.leading
    if lettering.language.split("-")[0] in _TALL:
        leading = max(leading, 1.2)
    for upper, lower in zip(lines, lines[1:], strict=False):
        leading = max(leading, upper.ink[3] - lower.ink[1] + _AIR)
    return leading
