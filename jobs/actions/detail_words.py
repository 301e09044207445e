"""What a detail sheet's options say, read: cleaned texts, sizes in the market's units, wishes about type and colour.

Never draws, and never adds to what was said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobs.actions.casting import number_of
from jobs.actions.offer import Work
from jobs.actions.reading import read_picture

if TYPE_CHECKING:
    from jobs.imaging.panels.dossier import Extent
    from jobs.imaging.typesetting.looks import Look
    from jobs.imaging.typesetting.marks import Logo

_LIMITS = {"name": 90, "brand": 40, "entry": 150, "spec": 60, "guarantee": 180}
_KINDS: tuple[tuple[str, str], ...] = (
    ("hero", "hero|main|cover|white"), ("lifestyle", "lifestyle|scene|context|in use scene|ambient"),
    ("features", "feature|benefit|highlight|callout|selling"), ("closeup", "close|material|texture|macro"),
    ("dimensions", "dimension|size|measure"), ("usage", "use|usage|how|step|instruction|guide"),
    ("box", "box|package|contents|included|kit"), ("closing", "closing|cta|guarantee|warranty|call|final|promise"),
    ("specs", "spec|technical|table|comparison|compare"), ("details", "detail|zoom|lens"),
    ("views", "view|angle|side|360"), ("colours", "colou?r|swatch|palette"), ("mood", "mood|brand"),
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The client's texts as they will be set; `units`: metric or imperial; `language`: the phrases' language tag."""

    language: str
    rtl: bool
    units: str
    name: str = ""
    brand: str = ""
    features: tuple[str, ...] = ()
    specs: tuple[tuple[str, str], ...] = ()
    box: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    sizes: "tuple[Extent, ...]" = ()
    guarantee: str = ""
    price: str = ""
    logo: "Logo | None" = None
    warnings: list[str] = field(default_factory=list)


def words_of(options: Mapping[str, Any], shape: float, logo: "Logo | None", warned: list[str]) -> Words:
    """Everything the options say about the product; `shape`: its width over height, which tells height from width."""
    from jobs.imaging.typesetting.phrases import spoken
    from jobs.imaging.typesetting.writing import RIGHT_TO_LEFT

    language = spoken(options["language"] or "en")
    if language is None:
        warned.append(f"There are no headings in '{options['language']}'; they are English.")
        language = "en"
    inches = _inches(options)
    return Words(
        language,
        language.split("-")[0] in RIGHT_TO_LEFT,
        "imperial" if inches else "metric",
        _clean(options["product_name"], "name", language, warned),
        _clean(options["brand"], "brand", language, warned),
        _all(options["features"], language, warned),
        _pairs(options["specs"], language, warned),
        _all(options["whats_in_box"], language, warned),
        _all(options["how_to_use"], language, warned),
        _sizes(options, shape, inches, language, warned),
        _clean(options["guarantee"], "guarantee", language, warned),
        _price(options, language, warned),
        logo,
        warned,
    )


def _clean(text: str, kind: str, language: str, warned: list[str]) -> str:
    from jobs.imaging.typesetting.cleaning import clean
    from jobs.imaging.typesetting.runs import known

    found = clean(text, known, _LIMITS[kind], language)
    if found.dropped:
        warned.append(f"Characters that no typeface here has were left out: {''.join(found.dropped[:8])}")
    if found.cut:
        warned.append(f"'{found.text[:40]}' is too long for a panel and was shortened.")
    return found.text.replace("\n", " ")


def _all(texts: list[str], language: str, warned: list[str]) -> tuple[str, ...]:
    return tuple(text for text in (_clean(each, "entry", language, warned) for each in texts) if text)


def _pairs(texts: list[str], language: str, warned: list[str]) -> tuple[tuple[str, str], ...]:
    """`name: value` lines; a line without a colon stands alone."""
    out = list[tuple[str, str]]()
    for text in texts:
        name, _, value = re.sub(r"\s*[:：=]\s*", ":", text, count=1).partition(":")
        pair = _clean(name, "spec", language, warned), _clean(value, "spec", language, warned)
        if any(pair):
            out.append(pair)
    return tuple(out)


def _inches(options: Mapping[str, Any]) -> bool:
    from jobs.imaging.panels.market import imperial

    return imperial(options["country"], options["units"])


def _sizes(
    options: Mapping[str, Any], shape: float, inches: bool, language: str, warned: list[str]
) -> "tuple[Extent, ...]":
    from jobs.imaging.panels.market import extents, read_sizes

    text = options["size_text"]
    found = extents(read_sizes(text), shape, inches, language) if text else ()
    if text and not found:
        warned.append("size_text names no length with a unit; write it like '30 x 20 x 10 cm'.")
    return found


def _price(options: Mapping[str, Any], language: str, warned: list[str]) -> str:
    from jobs.imaging.panels.market import money, priced

    if not options["price"]:
        if options["currency"]:
            warned.append("currency has no effect without a price.")
        return ""
    code = options["currency"].strip().upper() or money(options["country"])
    return _clean(priced(options["price"], code, language), "brand", language, warned)


def logo_of(work: Work, warned: list[str]) -> "Logo | None":
    """The logo among the sources, freed of its ground; a warning where nothing of it can be seen."""
    from jobs.imaging.typesetting.marks import logo

    number = number_of(work.image.sources, "logo")
    if number is None:
        return None
    picture = read_picture(work, number)
    made = logo(picture.rgb, picture.alpha)
    if made is None:
        warned.append("The logo shows nothing and was left out.")
    return made


def panel_kind(text: str) -> str | None:
    """The house's kind for a client's name of a panel; None when it is none."""
    flat = re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
    exact = next((kind for kind, _ in _KINDS if kind == flat), None)
    return exact or next((kind for kind, pattern in _KINDS if re.search(rf"\b(?:{pattern})", flat)), None)


def colour_in(text: str) -> tuple[int, int, int] | None:
    """A colour that a text is, or names somewhere: "#aabbcc", "deep green", "a calm world in sage and linen"."""
    from jobs.imaging.colour_words import parse_colour

    whole = parse_colour(text) if text else None
    if whole is not None or not text:
        return whole
    hexes = re.findall(r"#[0-9a-fA-F]{6}\b", text)
    if hexes:
        return parse_colour(hexes[0])
    words = re.findall(r"[A-Za-z]+", text)
    pairs = [f"{a} {b}" for a, b in zip(words, words[1:], strict=False)]
    plain = {"white", "black", "light", "dark", "clean"}
    found = (parse_colour(each) for each in (*pairs, *words) if each.lower() not in plain)
    return next((colour for colour in found if colour is not None and max(colour) - min(colour) > 24), None)


def wishes(options: Mapping[str, Any], look: "Look", warned: list[str]) -> "tuple[Look, float]":
    """Font and additional requirements: voice, weight and size of the type; what cannot be read is told."""
    from jobs.imaging.typesetting.voices import voice_for

    text, scale, understood = options["additional_requirements"].lower(), 1.0, False
    if options["font"]:
        voice = voice_for(options["font"])
        if voice is None:
            warned.append(f"The font '{options['font'][:60]}' is not installed; the theme's own was used.")
        else:
            look = replace(look, voice=voice)
    if re.search(r"\b(large|larger|big|bigger|legible|readable)\b", text):
        scale, understood = 1.18, True
    if re.search(r"\b(bold|heavy|strong|high[- ]contrast|contrast)\b", text):
        look, understood = replace(look, weight=max(look.weight, 700), text_weight=max(look.text_weight, 500)), True
    if re.search(r"\b(light|thin|airy|clean|minimal\w*)\b", text):
        look, understood = replace(look, weight=min(look.weight, 500)), True
    if not options["font"] and re.search(r"\b(serif|sans|condensed|rounded|handwritten|geometric|elegant)\b", text):
        voice = voice_for(re.findall(r"sans|serif|condensed|rounded|handwritten|geometric|elegant", text)[0])
        look, understood = replace(look, voice=voice or look.voice), True
    if text and not understood:
        warned.append("additional_requirements name nothing that this layout can vary (type, size, contrast).")
    return look, scale
