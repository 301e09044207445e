"""A client's word for a typeface -> a voice of the house.

Never loads a font.
"""

import re

from jobs.imaging.typesetting.faces import VOICES

# Kinds of type, and typefaces that many know, by the voice that comes nearest.
_NEAR: tuple[tuple[str, str], ...] = (
    ("inter|helvetica|arial|roboto|san francisco|neue|grotes[kc]|sans", "grotesque"),
    ("manrope|open sans|source sans|lato|nunito|humanist|neutral", "neutral"),
    ("montserrat|gotham|proxima|poppins|geometric", "geometric"),
    ("jost|futura|avenir|century gothic|josefin|modernist", "modernist"),
    ("space|mono|tech|eurostile|din|sora", "technical"),
    ("unbounded|wide|extended", "wide"),
    ("anton|impact|bebas|league gothic|poster", "poster"),
    ("oswald|condensed|narrow|barlow", "condensed"),
    ("archivo|black|heavy|extra ?bold", "heavy"),
    ("bodoni|didot|didone|abril", "didone"),
    ("playfair|editorial|display serif", "editorial"),
    ("cormorant|elegant|garalde|trajan|cinzel", "elegant"),
    ("garamond|times|georgia|merriweather|baskerville|book|lora|serif", "bookish"),
    ("fraunces|cooper|recoleta|soft|warm", "warm"),
    ("fredoka|round|rounded|comic|bubble|baloo|playful", "playful"),
    ("caveat|hand|script|brush|handwrit|calligraph|pacifico|lobster", "handwritten"),
)


def voice_for(name: str) -> str | None:
    """The voice for a typeface's or a kind's name; None when nothing here is like it."""
    flat = re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
    for voice, families in VOICES.items():
        if flat == voice or flat == families[0].lower():
            return voice
    serif = bool(re.search(r"\bserif\b", flat)) and not re.search(r"\bsans\b", flat)
    if serif and not re.search(r"display|elegant", flat):
        return "bookish"
    return next((voice for pattern, voice in _NEAR if re.search(rf"\b(?:{pattern})", flat)), None)
