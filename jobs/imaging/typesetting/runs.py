"""A line of text as shaped runs: typeface by script and coverage, direction by level, widths and ink in ems.

Never breaks lines and never draws: `breaking` and `drawing` do.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jobs.imaging.typesetting.cleaning import capitals
from jobs.imaging.typesetting.faces import FAMILIES, VOICES, Face, covers, sized
from jobs.imaging.typesetting.writing import (
    CASED,
    RIGHT_TO_LEFT,
    levels,
    reads_rightwards,
    resolved_scripts,
    visual_order,
)

REFERENCE = 256.0  # pixels per em at which everything is measured; lettering scales linearly from there


@dataclass(frozen=True)
class Lettering:
    """How a text is to look, before its size: `voice` names a row of VOICES, `weight` 100..900, `leading` the pitch of
    lines in ems, `tracking` extra space between cased letters in ems, `upper` capitals, `language` a BCP 47 tag."""

    voice: str = "grotesque"
    weight: int = 400
    leading: float = 1.3
    tracking: float = 0.0
    upper: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Run:
    """Letters of one face and direction; `x`: where it begins in its line, in ems from the line's left."""

    text: str
    face: Face
    rtl: bool
    language: str
    tracking: float
    width: float
    ink: tuple[float, float, float, float]
    x: float = 0.0


@dataclass(frozen=True)
class Line:
    """Runs from left to right. `width`: advance; `ink`: left, top, right, bottom around the baseline's origin; ems."""

    text: str
    runs: tuple[Run, ...]
    width: float
    ink: tuple[float, float, float, float]


def known(character: str) -> bool:
    """Whether any family of any voice can show the character."""
    return any(covers(family, character) for family in FAMILIES)


def is_rtl(text: str, language: str) -> bool:
    """The paragraph's direction: by the language when the text has letters of it, else by the first strong letter."""
    rightwards = reads_rightwards(text)
    if language.split("-")[0].lower() in RIGHT_TO_LEFT:
        return not rightwards or any(not reads_rightwards(character) for character in text)
    return not rightwards


def cased(text: str, lettering: Lettering) -> str:
    """The text as it will be drawn: in capitals when they are asked for."""
    return capitals(text, lettering.language) if lettering.upper else text


@lru_cache(maxsize=4096)
def family_for(voice: str, script: str, letters: str) -> str | None:
    """The first family of the voice with all these letters of one script; None when none has."""
    return next((family for family in VOICES[voice] if covers(family, letters)), None)


@lru_cache(maxsize=2048)
def set_line(text: str, lettering: Lettering, rtl: bool, sample: str = "") -> Line:
    """Shape one line. `sample`: the whole text it belongs to, so that one script keeps one family throughout."""
    whole = families_of(sample or text, lettering.voice)
    parts = [_shaped(*part, lettering) for part in _parts(text, lettering, rtl, whole)]
    placed, x = list[Run](), 0.0
    for index in visual_order([part[1] for part in parts]):
        run = parts[index][0]
        placed.append(Run(run.text, run.face, run.rtl, run.language, run.tracking, run.width, run.ink, x))
        x += run.width
    boxes = [(run.x + run.ink[0], run.ink[1], run.x + run.ink[2], run.ink[3]) for run in placed if run.ink[2] > 0]
    ink = (
        min((box[0] for box in boxes), default=0.0),
        min((box[1] for box in boxes), default=0.0),
        max((box[2] for box in boxes), default=0.0),
        max((box[3] for box in boxes), default=0.0),
    )
    return Line(text, tuple(placed), x, ink)


@lru_cache(maxsize=256)
def families_of(text: str, voice: str) -> tuple[tuple[str, str], ...]:
    """(script, family) for the scripts of a text whose letters one family has all of."""
    letters: dict[str, set[str]] = {}
    for character, script in zip(text, resolved_scripts(text), strict=True):
        if unicodedata.category(character)[0] in "LM":
            letters.setdefault(script, set()).add(character)
    found = ((script, family_for(voice, script, "".join(sorted(used)))) for script, used in letters.items())
    return tuple((script, family) for script, family in found if family is not None)


def _parts(
    text: str, lettering: Lettering, rtl: bool, whole: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, str, str, int]]:
    """(text, family, script, level) of stretches that one face sets in one direction, in reading order."""
    scripts, depth, chosen = resolved_scripts(text), levels(text, rtl), dict(whole)
    begin, now = 0, ("", "", -1)
    for at, character in enumerate(text):
        family = _family(character, scripts[at], lettering.voice, chosen, now[0])
        key = (family, scripts[at], depth[at])
        if key[0] != now[0] or key[2] != now[2] or (key[1] in CASED) != (now[1] in CASED):
            if at > begin:
                yield text[begin:at], *now
            begin, now = at, key
    if text[begin:]:
        yield text[begin:], *now


def _family(character: str, script: str, voice: str, chosen: dict[str, str], before: str) -> str:
    if character.isspace() and before:
        return before
    wanted = chosen.get(script)
    if wanted is not None and covers(wanted, character):
        return wanted
    if before and covers(before, character):
        return before
    return family_for(voice, script, character) or next((name for name in FAMILIES if covers(name, character)), "Inter")


def _shaped(text: str, family: str, script: str, level: int, lettering: Lettering) -> tuple[Run, int]:
    tracking = lettering.tracking if script in CASED else 0.0
    face = Face(family, lettering.weight)
    width, ink = measured(text, face, level % 2 == 1, lettering.language, tracking)
    return Run(text, face, level % 2 == 1, lettering.language, tracking, width, ink), level


@lru_cache(maxsize=8192)
def measured(
    text: str, face: Face, rtl: bool, language: str, tracking: float
) -> tuple[float, tuple[float, float, float, float]]:
    """Advance and ink box of a run, in ems."""
    font = sized(face, REFERENCE)
    direction, features = ("rtl" if rtl else "ltr"), features_for(tracking)
    width = font.getlength(text, direction=direction, language=language, features=features) / REFERENCE
    left, top, right, bottom = font.getbbox(
        text, direction=direction, language=language, features=features, anchor="ls"
    )
    width += tracking * len(text)
    spread = tracking * max(0, len(text) - 1)
    return width, (left / REFERENCE, top / REFERENCE, right / REFERENCE + spread, bottom / REFERENCE)


def features_for(tracking: float) -> list[str]:
    """Spaced letters are not ligated."""
    return ["-liga", "-clig"] if tracking else []
