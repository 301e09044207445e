"""Reads a colour out of a few words: names, hex values, "pure white", "light grey background".

Never guesses: words that describe a scene ("marble table") are no colour, and the answer is None.
"""

import re

from PIL import ImageColor

Rgb = tuple[int, int, int]

_FILLER = frozenset(
    (
        *("a", "an", "the", "on", "with", "in", "of", "pure", "plain", "solid", "clean", "simple", "flat", "bright"),
        *("uniform", "seamless", "background", "backdrop", "bg", "color", "colour", "coloured", "colored"),
    )
)
_MORE_NAMES: dict[str, Rgb] = {
    "offwhite": (250, 249, 246),
    "cream": (255, 253, 208),
    "charcoal": (54, 69, 79),
    "taupe": (179, 168, 155),
    "mint": (189, 236, 214),
    "blush": (246, 221, 216),
    "sand": (226, 209, 180),
    "peach": (255, 218, 185),
    "burgundy": (128, 0, 32),
    "wine": (114, 47, 55),
    "mustard": (225, 173, 1),
    "terracotta": (204, 112, 84),
    "sage": (178, 190, 165),
    "emerald": (4, 120, 87),
    "lilac": (200, 176, 214),
    "champagne": (247, 231, 206),
    "rose": (243, 197, 197),
    "apricot": (251, 206, 177),
    "camel": (193, 154, 107),
    "eggshell": (240, 234, 214),
    "graphite": (56, 58, 62),
    "anthracite": (48, 52, 56),
}
_TINTS = {"light": 0.55, "pale": 0.65, "soft": 0.45, "very": 0.0, "dark": -0.5, "deep": -0.4}
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")


def parse_colour(text: str) -> Rgb | None:
    """The sRGB colour that `text` names, or None when it is not the name of one colour.

    Takes CSS names in any spelling of grey and with blanks or hyphens ("sky blue"), `#rgb`, `#rrggbb` (the hash may be
    missing before a digit), `rgb(r, g, b)`, light/pale/soft/dark/deep before a name, and filler such as "pure" and
    "background" around it.
    """
    cleaned = text.strip().lower().rstrip(".!")
    match = _RGB.fullmatch(cleaned)
    if match:
        red, green, blue = (int(part) for part in match.groups())
        return (red, green, blue) if max(red, green, blue) <= 255 else None
    words = [word for word in re.split(r"[\s,_-]+", cleaned) if word and word not in _FILLER]
    if not 1 <= len(words) <= 4:
        return None
    if len(words) == 1 and (hexed := _hex(words[0])):
        return hexed
    return _named("".join(words)) or _tinted(words)


def _hex(word: str) -> Rgb | None:
    match = _HEX.fullmatch(word)
    if not match or not (word.startswith("#") or word[0].isdigit() or len(word) == 6):
        return None
    digits = match.group(1)
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _named(word: str) -> Rgb | None:
    if word in _MORE_NAMES:
        return _MORE_NAMES[word]
    if word not in ImageColor.colormap:
        return None
    red, green, blue = ImageColor.getrgb(word)[:3]
    return red, green, blue


def _tinted(words: list[str]) -> Rgb | None:
    """"pale mint", "very dark brown": a name led towards white or black."""
    base = _named("".join(word for word in words if word not in _TINTS))
    tint = sum(_TINTS.get(word, 0.0) for word in words)
    if base is None or not any(word in _TINTS for word in words):
        return None
    target = 255 if tint > 0 else 0
    share = min(abs(tint), 0.8)
    red, green, blue = (round(part + (target - part) * share) for part in base)
    return red, green, blue
