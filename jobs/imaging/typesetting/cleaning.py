"""Makes any text settable: normal form, no controls, no floods of marks, only characters some typeface can show.

Never changes wording or case, and never raises whatever the text is.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_JOINERS = "‌‍"
_MOST_MARKS = 3  # on one letter; Vietnamese needs two, pointed Hebrew and Arabic three
_SPACES = re.compile(r"[^\S\n]+")
_TIGHT = re.compile(r" +([!?:;»%›])")
_APOSTROPHE = re.compile(r"([^\W\d_])'([^\W\d_])")
_FRENCH = ("fr",)


@dataclass(frozen=True)
class Cleaned:
    """`text`: what can be set; `dropped`: characters without a glyph anywhere, each once; `cut`: whether it was
    longer than the limit."""

    text: str
    dropped: tuple[str, ...] = ()
    cut: bool = False


def clean(text: str, known: Callable[[str], bool], limit: int = 600, language: str = "en") -> Cleaned:
    """`text` in NFC, one space between words, line ends kept; characters for which `known` is false fall out.

    Bidirectional overrides and other format characters are dropped, joiners stay only inside words. A text above
    `limit` characters is cut at a word with an ellipsis.
    """
    cut = len(text) > limit
    text = unicodedata.normalize("NFC", text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n"))
    kept, dropped = _legible(text, known)
    kept = _spaced(kept, language)
    if len(kept) > limit:
        kept, cut = shortened(kept, limit), True
    elif cut:
        kept = shortened(kept + " …", limit)
    return Cleaned(kept, tuple(dropped), cut)


def _legible(text: str, known: Callable[[str], bool]) -> tuple[str, dict[str, None]]:
    out: list[str] = []
    dropped: dict[str, None] = {}
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character == "\n" or category == "Zs" or character == "\t":
            out.append("\n" if character == "\n" else " " if character not in "\xa0\u202f" else "\xa0")
            marks = 0
        elif category == "Mn" or category == "Me":
            marks += 1
            if out and out[-1] not in " \n\xa0" and marks <= _MOST_MARKS and known(character):
                out.append(character)
        elif character in _JOINERS:
            if out and unicodedata.category(out[-1])[0] in "LM":
                out.append(character)
        elif category[0] == "C" or category in ("Zl", "Zp"):
            continue
        elif known(character):
            out.append(character)
            marks = 0
        elif unicodedata.category(character)[0] in "LMNPS":
            dropped[character] = None
    return "".join(out), dropped


def _spaced(text: str, language: str) -> str:
    lines = (
        _SPACES.sub(" ", line.replace("\xa0", "\x00")).replace("\x00", "\xa0").strip() for line in text.split("\n")
    )
    text = _APOSTROPHE.sub("\\1’\\2", "\n".join(line for line in lines if line)).replace(" - ", " – ")
    if language.split("-")[0] in _FRENCH:
        return _TIGHT.sub("\xa0\\1", text).replace("« ", "«\xa0")
    return text


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is one near, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: max(1, limit - 1)]
    space = head.rfind(" ")
    if space > 0.6 * len(head):
        head = head[:space]
    return head.rstrip(" ,;:.–-…\n") + "…"


def capitals(text: str, language: str) -> str:
    """Upper case by the language's rules: Turkish dotted i, Greek without accents, German ß kept as SS."""
    language = language.split("-")[0].lower()
    if language in ("tr", "az"):
        return text.replace("i", "İ").replace("ı", "I").upper()
    if language == "el":
        bare = unicodedata.normalize("NFD", text.upper())
        kept = "".join(c for c in bare if c not in "́̀͂̓̔")
        return unicodedata.normalize("NFC", kept)
    return text.upper()
