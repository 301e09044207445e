"""Where lines may end, and which of those ends give even lines: minimum raggedness without lone words.

Never measures letters itself (widths are handed in) and never sets a hyphen.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jobs.imaging.typesetting.writing import SQUARE, script_of

# JIS X 4051's basics: what may not begin and what may not end a line.
_NOT_FIRST = frozenset(
    "、。，．・：；？！ー々」』）】〕〉》〗］｝’”…‥ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ゛゜!?,.:;)]}»%‰℃¢%"
)
_NOT_LAST = frozenset("「『（【〔〈《〖［｛‘“([{«¿¡$£€¥₩#№")
_NO_OPENING = frozenset("เแโใไ")  # Thai vowels that are written before their consonant
_HYPHENS = "-–—/"
_UNIT = re.compile(r"^(?:[a-zA-Zа-яµ°%\"″′²³/]{1,4}|[×x])$")
_PAUSES = frozenset("、。，；！？,;:.!?–—")
_LONELY, _SHORT_END, _PAUSE = 0.55, 0.06, 0.22  # costs as shares of a line's ideal square
_STRETCHES = 240


@dataclass(frozen=True)
class Stretch:
    """A piece that is not broken; `space`: a blank follows it; `forced`: a line ends after it."""

    text: str
    space: bool
    forced: bool = False


def stretches(text: str) -> list[Stretch]:
    """The unbreakable pieces of a text, in order; a blank that joins a number and its unit does not break."""
    out: list[Stretch] = []
    for paragraph in text.split("\n"):
        words = [word for word in paragraph.split(" ") if word]
        joined = _joined(words)
        for word in joined:
            pieces = _pieces(word)
            out += [Stretch(piece, False) for piece in pieces[:-1]]
            out.append(Stretch(pieces[-1], True))
        if joined:
            out[-1] = Stretch(out[-1].text, False, True)
    return out[:_STRETCHES]


def _joined(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    for word in words:
        if out and out[-1][-1:].isdigit() and _UNIT.match(word):
            out[-1] += "\xa0" + word
        else:
            out.append(word)
    return out


def _pieces(word: str) -> list[str]:
    """A word's pieces: at hyphens, and between squares by the rules of kinsoku."""
    cuts = [0]
    for at in range(1, len(word)):
        if _may_break(word, at):
            cuts.append(at)
    cuts.append(len(word))
    return [word[first:last] for first, last in pairwise(cuts)]


def _may_break(word: str, at: int) -> bool:
    before, after = word[at - 1], word[at]
    if after in _NOT_FIRST or before in _NOT_LAST or script_of(after) == "inherited":
        return False
    if before in _HYPHENS:
        return at > 2 and after.isalpha() and word[at - 2].isalpha()
    if _is_katakana(before) and _is_katakana(after):
        return False
    if any("ぁ" <= character <= "ゖ" for character in word) and len(word) < 40:
        # Japanese phrases end in hiragana and begin with something else, so this keeps most words whole
        return before in _PAUSES or ("ぁ" <= before <= "ゖ" and not "ぁ" <= after <= "ゖ")
    return script_of(before) in SQUARE or script_of(after) in SQUARE


def _is_katakana(character: str) -> bool:
    return "ァ" <= character <= "ヿ"


def split_long(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A piece that no line can hold, cut between whole letters (marks stay with theirs)."""
    out, begin = list[str](), 0
    for at in range(1, len(text) + 1):
        if at - begin > 1 and _is_letter_start(text, at - 1) and not fits(text[begin:at]):
            out.append(text[begin : at - 1])
            begin = at - 1
    return [*out, text[begin:]]


def _is_letter_start(text: str, at: int) -> bool:
    return unicodedata.category(text[at])[0] != "M" and (at == 0 or text[at - 1] not in _NO_OPENING)


def even_lines(pieces: Sequence[Stretch], widths: Sequence[float], space: float, count: int) -> list[str] | None:
    """The text in exactly `count` lines as even as can be; None when it has fewer breaks.

    `widths`: of the pieces, `space`: of a blank, one unit. Least sum of squared widths, with a price for a last line
    of one word and for a line that ends in a word of one or two letters.
    """
    number = len(pieces)
    if count > number:
        return None
    ideal = (sum(widths) + space * number) / count
    best: list[list[tuple[float, int]]] = [[(float("inf"), 0)] * (number + 1) for _ in range(count + 1)]
    best[0][0] = (0.0, 0)
    for line in range(1, count + 1):
        for end in range(line, number + 1):
            best[line][end] = _best_start(pieces, widths, space, best[line - 1], end, line == count, ideal)
    if best[count][number][0] == float("inf"):
        return None
    return _lines(pieces, best, count)


def _best_start(
    pieces: Sequence[Stretch], widths: Sequence[float], space: float,
    before: Sequence[tuple[float, int]], end: int, last: bool, ideal: float,
) -> tuple[float, int]:  # fmt: skip
    found, width = (float("inf"), 0), 0.0
    for begin in range(end - 1, -1, -1):
        if begin < end - 1 and pieces[begin].forced:
            break
        width += widths[begin] + (space if begin < end - 1 and pieces[begin].space else 0.0)
        if width > 2.6 * ideal and begin < end - 1:
            break
        cost = before[begin][0] + width * width
        if last and begin == end - 1 and end > 2 and width < 0.62 * ideal:
            cost += _LONELY * ideal * ideal
        if not last and _short(pieces[end - 1]):
            cost += _SHORT_END * ideal * ideal
        if not last and pieces[end - 1].text[-1:] in _PAUSES:
            cost -= min(_PAUSE * ideal * ideal, 0.5 * width * width)
        if cost < found[0]:
            found = (cost, begin)
    return found


def _short(piece: Stretch) -> bool:
    return piece.space and len(piece.text) <= 2 and piece.text.isalpha() and script_of(piece.text[0]) not in SQUARE


def _lines(pieces: Sequence[Stretch], best: Sequence[Sequence[tuple[float, int]]], count: int) -> list[str]:
    out, end = list[str](), len(pieces)
    for line in range(count, 0, -1):
        begin = best[line][end][1]
        text = "".join(piece.text + (" " if piece.space else "") for piece in pieces[begin:end])
        out.append(text.strip(" "))
        end = begin
    return out[::-1]


def forced_lines(pieces: Sequence[Stretch]) -> int:
    """The fewest lines the author's own line ends allow."""
    return max(1, sum(piece.forced for piece in pieces))
