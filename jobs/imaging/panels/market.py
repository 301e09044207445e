"""A market's habits: which units and which money a country uses, how numbers are written; sizes read from words.

Never guesses a size: what has no number or no unit is no size.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jobs.imaging.panels.dossier import Extent
from jobs.imaging.typesetting.phrases import phrases

_IMPERIAL_NAMES = re.compile(r"^(us|usa|u\.s\.a?\.?|(the )?united states( of america)?|liberia|myanmar)$")

# Words of a country's name -> ISO 4217 code.
_MONEY: tuple[tuple[str, str], ...] = (
    ("united states|usa|^us$|ecuador|puerto rico", "USD"),
    ("united kingdom|britain|england|^uk$|^gb$", "GBP"),
    ("canada", "CAD"), ("australia", "AUD"), ("new zealand", "NZD"), ("japan", "JPY"), ("china", "CNY"),
    ("taiwan", "TWD"), ("hong kong", "HKD"), ("korea", "KRW"), ("india", "INR"), ("brazil", "BRL"), ("mexico", "MXN"),
    ("switzerland|liechtenstein", "CHF"), ("sweden", "SEK"), ("norway", "NOK"), ("denmark", "DKK"), ("poland", "PLN"),
    ("czech", "CZK"), ("hungary", "HUF"), ("romania", "RON"), ("turkey|türkiye", "TRY"), ("ukraine", "UAH"),
    ("russia", "RUB"), ("israel", "ILS"), ("saudi", "SAR"), ("emirates|^uae$", "AED"), ("egypt", "EGP"),
    ("indonesia", "IDR"), ("malaysia", "MYR"), ("singapore", "SGD"), ("thailand", "THB"), ("vietnam", "VND"),
    ("philippines", "PHP"), ("south africa", "ZAR"), ("iran", "IRR"), ("pakistan", "PKR"),
    ("germany|france|spain|italy|portugal|netherlands|belgium|austria|ireland|finland|greece|slovakia|slovenia|estonia"
     "|latvia|lithuania|croatia|luxembourg|malta|cyprus|bulgaria", "EUR"),
)  # fmt: skip
_SIGNS = {
    "USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "CNY": "¥", "KRW": "₩", "INR": "₹", "BRL": "R$", "CAD": "CA$",
    "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "TRY": "₺", "UAH": "₴", "RUB": "₽", "ILS": "₪", "THB": "฿", "VND": "₫",
    "HKD": "HK$", "TWD": "NT$", "SGD": "S$", "PLN": "zł", "CZK": "Kč", "HUF": "Ft", "SEK": "kr", "NOK": "kr",
    "DKK": "kr", "IDR": "Rp", "MYR": "RM", "ZAR": "R", "PHP": "₱", "RON": "lei",
}  # fmt: skip
_ARABIC = {"SAR": "ر.س", "AED": "د.إ", "EGP": "ج.م", "USD": "$", "EUR": "€", "GBP": "£"}
_BEFORE = frozenset({
    "USD", "GBP", "JPY", "CNY", "KRW", "INR", "BRL", "CAD", "AUD", "NZD", "MXN", "HKD", "TWD", "SGD", "IDR", "MYR",
    "ZAR", "PHP", "THB", "CHF"
})  # fmt: skip
_WHOLE = frozenset({
    "JPY", "KRW", "VND", "IDR", "HUF"
})  # fmt: skip
# languages with a decimal point
_POINT = frozenset({
    "en", "ja", "zh-Hans", "zh-Hant", "ko", "he", "hi", "th", "ms", "ur", "ar", "fa"
})  # fmt: skip

_TO_CM = {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48}
_UNIT_WORDS = (
    ("mm", r"mm|millimet(?:er|re)s?|мм"), ("cm", r"cm|centimet(?:er|re)s?|см|سم|厘米|公分|ס\"מ|сантиметр\w*"),
    ("in", r"in(?:ch(?:es)?)?\b|″|\"|''|”|inches|zoll"), ("ft", r"ft|feet|foot|′"), ("m", r"m|met(?:er|re)s?|м"),
)  # fmt: skip
_WHAT = (
    ("depth", r"\b(?:depth|deep|d|tiefe|profondeur|fondo|profundidad|profondità|diepte|t)\b"),
    ("height", r"\b(?:height|high|tall|h|höhe|hauteur|alto|altura|altezza|hoogte)\b"),
    ("width", r"\b(?:width|wide|length|long|w|l|b|breite|länge|largeur|longueur|ancho|largo|largura|larghezza|breedte"
              r"|diameter|diam)\b|[øØ⌀]"),
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Size:
    """A length in centimetres and what it measures, "" when the words do not say."""

    what: str
    cm: float


def imperial(country: str, units: str) -> bool:
    """Whether lengths are printed in inches: by the asked units, else by the country."""
    if units:
        return units == "imperial"
    return bool(_IMPERIAL_NAMES.match(country.strip().lower()))


def money(country: str) -> str:
    """The country's ISO 4217 code, or "" for a country that is not known."""
    flat = country.strip().lower()
    return next((code for pattern, code in _MONEY if flat and re.search(pattern, flat)), "")


def priced(amount: str, code: str, language: str) -> str:
    """An amount with its currency as the language writes it; text that is no plain number stays as it is."""
    text = amount.strip()
    match = re.fullmatch(r"(\d{1,9})(?:[.,](\d{1,2}))?", text)
    if not match or not code:
        return text
    whole, cents = int(match[1]), (match[2] or "").ljust(2, "0") if match[2] else ""
    point = language in _POINT
    digits = f"{whole:,}" if point else f"{whole:,}".replace(",", "." if language not in ("fr", "pl", "ru") else "\xa0")
    if code not in _WHOLE and cents:
        digits += ("." if point else ",") + cents
    sign = _ARABIC.get(code, code) if language == "ar" else _SIGNS.get(code, code)
    if point and code in _BEFORE:
        return f"{sign}{digits}"
    return f"{digits}\xa0{sign}"


def read_sizes(text: str) -> list[Size]:
    """The lengths in a client's words: "30 x 20 x 10 cm", "W 12 in, H 8.5 in", "Höhe: 22 cm"."""
    out: list[Size] = []
    for part in re.split(r"[;\n|]|,\s(?=\D)|(?<=[a-z\"″])\s*,", text):
        unit, bare = _unit(part)
        if unit is None:
            continue
        numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(bare)]
        labels = _labels(part)
        for place, number in enumerate(numbers[:3]):
            if 0 < number < 100_000:
                what = labels[place] if place < len(labels) and len(labels) >= len(numbers) else ""
                out.append(Size(what, number * _TO_CM[unit]))
    return out[:3]


def _unit(text: str) -> tuple[str | None, str]:
    for unit, words in _UNIT_WORDS:
        if re.search(rf"(?<=[\d\s])(?:{words})(?![a-zа-я])", text, re.I):
            return unit, text
    return None, text


def _labels(text: str) -> list[str]:
    found = [(match.start(), what) for what, words in _WHAT for match in re.finditer(words, text, re.I)]
    return [what for _, what in sorted(found)]


def extents(sizes: Sequence[Size], shape: float, inches: bool, language: str) -> tuple[Extent, ...]:
    """Sizes with labels in the market's unit. Lengths without a name go to width and height as the product's own shape
    (width over height) has them; a third is its depth."""
    named = [size for size in sizes if size.what]
    free = [size.cm for size in sizes if not size.what]
    if len(free) == 1:
        named.append(Size("height" if shape < 0.85 else "width", free[0]))
    elif len(free) > 1:
        pairs = [(a, b) for a in range(len(free)) for b in range(len(free)) if a != b]
        wide, tall = min(pairs, key=lambda pair: abs(free[pair[0]] / free[pair[1]] - shape))
        named += [Size("width", free[wide]), Size("height", free[tall])]
        named += [Size("depth", cm) for place, cm in enumerate(free) if place not in (wide, tall)]
    seen: dict[str, Extent] = {}
    for size in named:
        seen.setdefault(size.what, Extent(size.what, length(size.cm, inches, language)))
    return tuple(seen[what] for what in ("width", "height", "depth") if what in seen)


def length(cm: float, inches: bool, language: str) -> str:
    """A length with one decimal at most: "30 cm", "11,8 in" in the language's digits."""
    unit, value = ("in", cm / 2.54) if inches else ("cm", cm)
    if not inches and cm < 1:
        unit, value = "mm", cm * 10
    elif not inches and cm >= 300:
        unit, value = "m", cm / 100
    digits = f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:.0f}"
    unit = {"ru": {"cm": "см", "mm": "мм", "m": "м"}, "uk": {"cm": "см", "mm": "мм", "m": "м"},
            "ar": {"cm": "سم", "mm": "مم", "m": "م", "in": "بوصة"}, "he": {"cm": "ס״מ", "mm": "מ״מ", "m": "מ׳"},
            }.get(language, {}).get(unit, unit)  # fmt: skip
    return f"{digits if language in _POINT else digits.replace('.', ',')}\xa0{unit}"


def named(extent: Extent, language: str) -> str:
    """ "Width 30 cm" in the language."""
    return f"{phrases(language)[extent.what]} {extent.label}"
