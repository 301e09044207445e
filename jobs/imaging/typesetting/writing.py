"""What kind of writing a character belongs to, and the order in which mixed directions are read (UAX #9).

Never knows a typeface.
"""

import unicodedata
from functools import cache

# First words of Unicode names; whatever else has letters is "other".
_NAMES = {
    "LATIN": "latin", "CYRILLIC": "cyrillic", "GREEK": "greek", "ARABIC": "arabic", "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari", "THAI": "thai", "CJK": "han", "HIRAGANA": "kana", "KATAKANA": "kana",
    "KATAKANA-HIRAGANA": "kana", "HANGUL": "hangul", "FULLWIDTH": "han", "HALFWIDTH": "kana", "IDEOGRAPHIC": "han",
}  # fmt: skip
CASED = frozenset({"latin", "cyrillic", "greek"})
SQUARE = frozenset({"han", "kana"})
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur", "ps", "yi", "ckb", "ug", "sd"})


@cache
def script_of(character: str) -> str:
    """The script's name; "common" for digits, spaces and punctuation, "inherited" for marks and joiners."""
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return "inherited"
    if 0x3000 <= ord(character) <= 0x303F or 0xFF00 <= ord(character) <= 0xFFEF:
        return "han"
    if category[0] != "L" and category != "Mc":
        return "common"
    name = unicodedata.name(character, "")
    return _NAMES.get(name.split(" ")[0], "other")


def resolved_scripts(text: str) -> list[str]:
    """One script per character: marks follow their letter, punctuation its neighbours, digits stay Latin in squares."""
    out = [script_of(character) for character in text]
    last = next((script for script in out if script not in ("common", "inherited")), "latin")
    for at, script in enumerate(out):
        if script == "inherited":
            out[at] = out[at - 1] if at else last
        elif script == "common":
            digit = text[at].isascii() and (text[at].isdigit() or text[at] in ".,%+-/$&")
            out[at] = "latin" if digit and last in ("han", "kana", "hangul", "thai", "devanagari") else last
        else:
            last = script
    return out


def reads_rightwards(text: str) -> bool:
    """The paragraph's direction by its first strong letter (UAX #9 P2); True for left to right and for neutral text."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return kind == "L"
    return True


def levels(text: str, rtl: bool) -> list[int]:
    """Embedding levels (UAX #9 W1-W7, N1-N2, I1-I2) of a line in a paragraph of that direction."""
    base = 1 if rtl else 0
    kinds = _weak([unicodedata.bidirectional(character) for character in text], "R" if rtl else "L")
    kinds = _neutral(kinds, "R" if rtl else "L")
    if base == 0:
        return [{"R": 1, "AN": 2, "EN": 2}.get(kind, 0) for kind in kinds]
    return [2 if kind in ("L", "EN", "AN") else 1 for kind in kinds]


def _weak(kinds: list[str], edge: str) -> list[str]:
    out, strong = list(kinds), edge
    for at, kind in enumerate(out):
        if kind == "NSM":
            out[at] = out[at - 1] if at else edge
        elif kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            out[at] = "AN"
    for at in range(1, len(out) - 1):
        before, after = out[at - 1], out[at + 1]
        if before == after and ((out[at] == "ES" and before == "EN") or (out[at] == "CS" and before in ("EN", "AN"))):
            out[at] = before
    _spread_terminators(out)
    strong = edge
    for at, kind in enumerate(out):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "L":
            out[at] = "L"
        if kind in ("ES", "ET", "CS"):
            out[at] = "ON"
    return ["R" if kind == "AL" else kind for kind in out]


def _spread_terminators(kinds: list[str]) -> None:
    """W5: a row of terminators beside European digits joins them."""
    at = 0
    while at < len(kinds):
        end = at
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > at and ((end < len(kinds) and kinds[end] == "EN") or (at and kinds[at - 1] == "EN")):
            kinds[at:end] = ["EN"] * (end - at)
        at = max(end, at + 1)


def _neutral(kinds: list[str], edge: str) -> list[str]:
    out, at = list(kinds), 0
    while at < len(out):
        if out[at] in ("L", "R", "EN", "AN"):
            at += 1
            continue
        end = at
        while end < len(out) and out[end] not in ("L", "R", "EN", "AN"):
            end += 1
        before = edge if at == 0 else _side(out[at - 1])
        after = edge if end == len(out) else _side(out[end])
        out[at:end] = [before if before == after else edge] * (end - at)
        at = end
    return out


def _side(kind: str) -> str:
    return "L" if kind == "L" else "R"


def visual_order(run_levels: list[int]) -> list[int]:
    """Indices of runs from left to right (UAX #9 L2)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            if end > at:
                order[at:end] = reversed(order[at:end])
            at = max(end, at + 1)
    return order
