"""The typefaces: which files there are, which voice speaks with which of them, and a face at a weight and a size.

Never looks at a text as a whole: which family a script of a text gets is `runs`' business.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

from jobs.imaging.typesetting.coverage import characters

FONTS = Path(__file__).parents[2] / "fonts"


@dataclass(frozen=True)
class Family:
    """`files`: file name by weight for static fonts, or one variable file under 0. `axes`: the variable file's axes in
    its own order, "wght" or a fixed value. `folder`: a fontpkg package's, or "" for the fonts kept beside the code.
    `size`: by how much the letters are enlarged, so that families stand beside each other at one apparent size."""

    folder: str
    files: tuple[tuple[int, str], ...]
    axes: tuple[str | float, ...] = ()
    weights: tuple[int, int] = (100, 900)
    size: float = 1.0


@dataclass(frozen=True)
class Face:
    """One family at one weight."""

    family: str
    weight: int


def _variable(package: str, name: str, axes: tuple[str | float, ...], low: int, high: int, size: float = 1.0) -> Family:
    return Family(f"fontpkg_{package}", ((0, name),), axes, (low, high), size)


FAMILIES: dict[str, Family] = {
    "Inter": _variable("inter", "Inter[opsz,wght].ttf", (28.0, "wght"), 100, 900),
    "Manrope": _variable("manrope", "Manrope[wght].ttf", ("wght",), 200, 800),
    "Montserrat": _variable("montserrat", "Montserrat[wght].ttf", ("wght",), 100, 900),
    "Jost": _variable("jost", "Jost[wght].ttf", ("wght",), 100, 900, 1.06),
    "Space Grotesk": _variable("space_grotesk", "SpaceGrotesk[wght].ttf", ("wght",), 300, 700),
    "Unbounded": _variable("unbounded", "Unbounded[wght].ttf", ("wght",), 200, 900, 0.9),
    "Archivo": _variable("archivo", "Archivo[wdth,wght].ttf", ("wght", 100.0), 100, 900),
    "Archivo Expanded": _variable("archivo", "Archivo[wdth,wght].ttf", ("wght", 125.0), 100, 900),
    "Archivo Condensed": _variable("archivo", "Archivo-Italic[wdth,wght].ttf", ("wght", 75.0), 100, 900),
    "Anton": Family("fontpkg_anton", ((400, "Anton-Regular.ttf"),)),
    "Oswald": _variable("oswald", "Oswald[wght].ttf", ("wght",), 200, 700),
    "Roboto Condensed": _variable("roboto_condensed", "RobotoCondensed[wght].ttf", ("wght",), 100, 900, 1.05),
    "Bodoni Moda": _variable("bodoni_moda", "BodoniModa[opsz,wght].ttf", ("wght", 28.0), 400, 900),
    "Playfair Display": _variable("playfair_display", "PlayfairDisplay[wght].ttf", ("wght",), 400, 900),
    "Cormorant": _variable("cormorant", "Cormorant[wght].ttf", ("wght",), 300, 700, 1.14),
    "EB Garamond": _variable("eb_garamond", "EBGaramond[wght].ttf", ("wght",), 400, 800, 1.08),
    "Fraunces": _variable("fraunces", "Fraunces[SOFT,WONK,opsz,wght].ttf", (72.0, "wght", 50.0, 0.0), 100, 900),
    "Fredoka": _variable("fredoka", "Fredoka[wdth,wght].ttf", ("wght", 100.0), 300, 700),
    "Caveat": _variable("caveat", "Caveat[wght].ttf", ("wght",), 400, 700, 1.25),
    "Noto Sans Arabic": _variable("noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf", ("wght", 100.0), 100, 900),
    "Noto Kufi Arabic": _variable("noto_kufi_arabic", "NotoKufiArabic[wght].ttf", ("wght",), 100, 900, 0.94),
    "Amiri": Family("fontpkg_amiri", ((400, "Amiri-Regular.ttf"), (700, "Amiri-Bold.ttf")), size=1.12),
    "Heebo": _variable("heebo", "Heebo[wght].ttf", ("wght",), 100, 900, 1.06),
    "Frank Ruhl Libre": _variable("frank_ruhl_libre", "FrankRuhlLibre[wght].ttf", ("wght",), 300, 900, 1.08),
    "Noto Sans Devanagari": _variable(
        "noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf", ("wght", 100.0), 100, 900
    ),
    "Noto Sans Thai": _variable("noto_sans_thai", "NotoSansThai[wdth,wght].ttf", ("wght", 100.0), 100, 900),
    "Noto Sans CJK": Family("", ((400, "NotoSansCJK-Regular.otf"), (700, "NotoSansCJK-Bold.otf")), size=0.96),
}

_SANS_TAIL = ("Inter", "Noto Sans Arabic", "Heebo", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans CJK")
_DISPLAY_TAIL = ("Inter", "Noto Kufi Arabic", "Heebo", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans CJK")
_SERIF_TAIL = ("EB Garamond", "Amiri", "Frank Ruhl Libre", *_SANS_TAIL)

# A voice is an order of families: a script of a text is set in the first that has all its letters.
VOICES: dict[str, tuple[str, ...]] = {
    "grotesque": ("Inter", *_SANS_TAIL),
    "neutral": ("Manrope", *_DISPLAY_TAIL),
    "geometric": ("Montserrat", *_DISPLAY_TAIL),
    "modernist": ("Jost", "Montserrat", *_SANS_TAIL),
    "technical": ("Space Grotesk", "Manrope", *_DISPLAY_TAIL),
    "wide": ("Unbounded", "Montserrat", *_DISPLAY_TAIL),
    "poster": ("Anton", "Oswald", "Roboto Condensed", *_DISPLAY_TAIL),
    "condensed": ("Oswald", "Roboto Condensed", *_DISPLAY_TAIL),
    "heavy": ("Archivo", "Montserrat", *_DISPLAY_TAIL),
    "expanded": ("Archivo Expanded", "Unbounded", *_DISPLAY_TAIL),
    "athletic": ("Archivo Condensed", "Roboto Condensed", *_DISPLAY_TAIL),
    "didone": ("Bodoni Moda", "Playfair Display", *_SERIF_TAIL),
    "editorial": ("Playfair Display", *_SERIF_TAIL),
    "elegant": ("Cormorant", *_SERIF_TAIL),
    "bookish": ("EB Garamond", *_SERIF_TAIL),
    "warm": ("Fraunces", "Playfair Display", *_SERIF_TAIL),
    "playful": ("Fredoka", "Montserrat", *_DISPLAY_TAIL),
    "handwritten": ("Caveat", "Fredoka", *_SANS_TAIL),
}


@cache
def file_of(face: Face) -> str | None:
    """The font file of a face, the nearest weight of a static family; None where its package is not installed."""
    family = FAMILIES[face.family]
    name = min(family.files, key=lambda entry: abs(entry[0] - face.weight))[1]
    if not family.folder:
        path = FONTS / name
    else:
        package = find_spec(family.folder)
        if package is None or not package.submodule_search_locations:
            return None
        path = Path(package.submodule_search_locations[0]) / "files" / name
    return str(path) if path.is_file() else None


def covers(family: str, text: str) -> bool:
    """Whether the family has a glyph for every character of `text`."""
    path = file_of(Face(family, 400))
    return path is not None and all(ord(character) in characters(path) for character in text)


@lru_cache(maxsize=96)
def sized(face: Face, size: float) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels per em, laid out by HarfBuzz. Raises FileNotFoundError when it is not installed."""
    path = file_of(face)
    if path is None:
        raise FileNotFoundError(f"the typeface {face.family} is not installed")
    family = FAMILIES[face.family]
    font = ImageFont.truetype(path, size * family.size, layout_engine=ImageFont.Layout.RAQM)
    if family.axes:
        weight = float(min(max(face.weight, family.weights[0]), family.weights[1]))
        font.set_variation_by_axes([weight if axis == "wght" else float(axis) for axis in family.axes])
    return font
