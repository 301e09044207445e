"""Reads words about a mock-up: which object, which colour, what material, which metal a foil is.

Never fails on a text: what is not understood gets the nearest thing and a plain sentence that says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.imaging.colour_words import Rgb, parse_colour
from jobs.imaging.mockups.dress import Finish
from jobs.imaging.mockups.effects import METALS
from jobs.imaging.mockups.objects import Facts
from jobs.imaging.scenery import vocabulary

OBJECTS = (
    "tshirt", "hoodie", "mug", "tote-bag", "phone-case", "poster", "framed-print", "box", "pouch", "bottle", "can",
    "business-card", "book", "cap", "pillow", "sticker",
)  # fmt: skip
# Words for each object beside those that its plates bring, and for things that are made much like it.
_LIKE: Mapping[str, str] = {
    "tshirt": "tshirt|t-shirt|t shirt|tee|tees|shirt|jersey|polo|tank top|dress|garment|apparel|clothing|blouse|romper",
    "hoodie": "hoodie|hoody|hooded sweatshirt|sweatshirt|sweater|pullover|jumper|jacket|fleece|sweats",
    "mug": "mug|mugs|cup|coffee cup|teacup|tumbler|stein|beaker|glass cup|candle|bowl|plate",
    "tote-bag": "tote-bag|tote|tote bag|canvas bag|shopping bag|shopper|cotton bag|bag|backpack|apron",
    "phone-case": "phone-case|phone case|phone cover|iphone case|smartphone|iphone|phone|tablet|laptop|skin",
    "poster": "poster|posters|print|placard|flyer|leaflet|banner|billboard|sign|letterhead|paper|menu|postcard",
    "framed-print": "framed-print|framed print|framed art|picture frame|frame|framed|canvas print|wall art",
    "box": "box|boxes|carton|package|packaging|parcel|gift box|shipping box|product box|cereal|shoebox|mailer",
    "pouch": "pouch|stand-up pouch|doypack|sachet|coffee bag|bag of coffee|snack bag|zip bag|refill|packet|tea bag",
    "bottle": "bottle|flask|flacon|jar|vial|dropper|serum|lotion|shampoo|wine|spray|tube|perfume|cosmetics|label",
    "can": "can|cans|tin|soda|beer can|energy drink|beverage|drink|aluminium can|aluminum can|cola",
    "business-card": "business-card|business card|visiting card|name card|card|cards|gift card|invitation|ticket",
    "book": "book|books|hardcover|novel|notebook|journal|diary|magazine|catalogue|planner|cookbook|brochure",
    "cap": "cap|caps|hat|beanie|baseball cap|snapback|trucker|headwear|visor",
    "pillow": "pillow|pillows|cushion|throw pillow|pillowcase|bedding|blanket|towel",
    "sticker": "sticker|stickers|decal|decals|die-cut|die cut|badge|patch|vinyl|magnet",
}  # fmt: skip
_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "tshirt": ("hoodie", "tote-bag"), "hoodie": ("tshirt", "tote-bag"), "cap": ("tshirt", "tote-bag"),
    "tote-bag": ("tshirt", "pouch"), "pillow": ("tote-bag", "tshirt"), "sticker": ("business-card", "poster"),
}  # fmt: skip
_GLOSS: Mapping[str, float] = {
    "matte": 0.4, "matt": 0.4, "soft touch": 0.35, "uncoated": 0.35, "satin": 0.75, "semi-gloss": 0.85, "glossy": 1.35,
    "gloss": 1.35, "high gloss": 1.6, "shiny": 1.4, "polished": 1.4, "lacquered": 1.3, "glazed": 1.1,
}  # fmt: skip
_BODY_METALS: Mapping[str, str] = {
    "rose gold": "rose gold", "gold": "gold", "golden": "gold", "brass": "brass", "bronze": "bronze",
    "copper": "copper", "chrome": "silver", "steel": "silver", "stainless steel": "silver", "silver": "silver",
    "metal": "silver", "metallic": "silver", "aluminium": "silver", "aluminum": "silver", "tin": "silver",
}  # fmt: skip
_STUFFS: Mapping[str, str] = {  # material -> the colour it has when none is asked for
    "kraft": "#b98f5f", "cardboard": "#bd9566", "corrugated": "#bd9566", "recycled": "#c4ab86", "oak": "#c19a6b",
    "walnut": "#6b4630", "pine": "#d8b98a", "beech": "#cfa779", "bamboo": "#d5b57f", "wood": "#b98a5c",
    "wooden": "#b98a5c", "ebony": "#2a221d", "maple": "#dcbf95", "concrete": "#9c9a96", "stone": "#a8a196",
    "terracotta": "#b5654a", "clay": "#b5765a", "leather": "#6d4326", "linen": "#d9cdb8", "canvas": "#e4dac6",
    "jute": "#b89a6a", "hemp": "#c4b48e", "denim": "#3c4f6d", "amber glass": "#5c2306", "green glass": "#173a20",
    "amber": "#5c2306",
}  # fmt: skip
_PLAIN = (
    "ceramic|porcelain|stoneware|enamel|glass|cotton|organic cotton|jersey|polyester|paper|cotton paper|coated paper|"
    "carton|plastic|pet|hdpe|silicone|vinyl|foil|cloth|fabric|twill|felt|velvet|silk|wool|acrylic|laminated|eco|"
    "premium|heavyweight|thick|soft"
)


@dataclass(frozen=True)
class Chosen:
    """The object's word, and what the result must say about how it was found."""

    word: str
    warnings: tuple[str, ...] = ()


def choose_object(asked: str, more: str, known: Mapping[str, Facts]) -> Chosen:
    """The object that `asked` names (an id or any words), else one that `more` mentions, else the mug.

    Raises ValueError when there are no objects at all.
    """
    if not known:
        raise ValueError("no mock-up objects are installed")
    wanted = named(asked, known)
    if wanted is not None:
        return installed(wanted, (), known)
    found = meant(asked, known) or meant(more, known)
    if found is None:
        word = installed("mug", (), known).word
        said = f"The object '{asked[:60]}' is not known; {word} was used." if asked.strip() else None
        return Chosen(word, (said,) if said else ())
    if not asked.strip():
        return installed(found[0], (), known)
    exact = found[1] in squeezed_words(found[0]) or len(asked.split()) > 2
    said = f"'{asked[:60]}' was taken as the object '{found[0]}'."
    return installed(found[0], () if exact else (said,), known)


def named(asked: str, known: Mapping[str, Facts]) -> str | None:
    """The object whose id this is, in any spelling."""
    plain = "".join(c for c in asked.lower() if c.isalnum())
    return next((word for word in (*OBJECTS, *known) if word.replace("-", "") == plain), None)


def squeezed_words(word: str) -> tuple[str, ...]:
    """The first few words for an object: those that mean it and nothing else."""
    return tuple(_LIKE.get(word, word).split("|")[:4])


def meant(text: str, known: Mapping[str, Facts]) -> tuple[str, str] | None:
    """(object, phrase) for the longest phrase that the text shares with the words for an object."""
    words = {word: phrases for word, phrases in _LIKE.items()}
    for word, facts in known.items():
        own = "|".join(each.lower() for each in facts.keywords)
        words[word] = f"{words[word]}|{own}" if word in words else own
    hits = vocabulary.matched(vocabulary.cleaned(text), words)
    return (hits[0][1], hits[0][2]) if hits else None


def installed(word: str, said: tuple[str, ...], known: Mapping[str, Facts]) -> Chosen:
    """The word itself when its plates are there, else the nearest object with a sentence about it."""
    if word in known:
        return Chosen(word, said)
    other = next((each for each in (*_INSTEAD.get(word, ()), "mug", *known) if each in known), None)
    return Chosen(str(other), (f"The object '{word}' is not installed; '{other}' was used as the nearest.",))


@dataclass(frozen=True)
class Dressing:
    """`colour`: sRGB of the body or None for the object's own; `finish`; `foil`: a metal; sentences about the rest."""

    colour: Rgb | None
    finish: Finish
    foil: str
    warnings: tuple[str, ...] = ()


def read_dressing(object_color: str, material: str, text: str) -> Dressing:
    """Colour and material of the body; `text` are words about the object that may name a colour too."""
    said: list[str] = []
    colour = named_colour(object_color)
    if object_color and colour is None:
        said.append(f"The object colour '{object_color[:60]}' is not a colour that is known; it was ignored.")
    stuff = material.lower()
    finish, default, understood = read_material(stuff)
    if stuff.strip() and not understood:
        said.append(f"The material '{material[:60]}' is not known; the object's own was used.")
    if colour is None:
        colour = named_colour(material) or default
    if colour is None and (found := vocabulary.colours_in(vocabulary.cleaned(text))):
        colour = found[0]
    metals = [name for name in METALS if name in stuff or name in text.lower()]
    return Dressing(colour, finish, max(metals, key=len, default="gold"), tuple(said))


def named_colour(text: str) -> Rgb | None:
    """A colour by name or value, or the first that the words hold."""
    found = parse_colour(text) if text.strip() else None
    return found or next(iter(vocabulary.colours_in(vocabulary.cleaned(text))), None)


def read_material(stuff: str) -> tuple[Finish, Rgb | None, bool]:
    """(finish, the material's colour or None, whether anything was understood)."""
    gloss = longest(stuff, _GLOSS)
    metal = longest(stuff, _BODY_METALS)
    colour = longest(stuff, _STUFFS)
    plain = re.search(rf"\b(?:{_PLAIN})\b", stuff) is not None
    finish = Finish(_GLOSS[gloss] if gloss else 1.0, _BODY_METALS[metal] if metal else None)
    return finish, parse_colour(_STUFFS[colour]) if colour else None, bool(gloss or metal or colour or plain)


def longest(text: str, words: Mapping[str, object]) -> str | None:
    """The longest of the words that stands in the text."""
    hits = [word for word in words if re.search(rf"\b{re.escape(word)}\b", text)]
    return max(hits, key=len, default=None)
