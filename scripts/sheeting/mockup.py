"""The sheet of mockup: every object, effect, colour and fit with real designs, and designs on templates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs.imaging.colour_words import parse_colour
from jobs.imaging.cutout import cut_out
from jobs.imaging.mockups.artwork import Artwork, read_artwork
from jobs.imaging.mockups.dress import Look, white_share
from jobs.imaging.mockups.effects import EFFECTS
from jobs.imaging.mockups.objects import known_objects
from jobs.imaging.mockups.placing import Placement
from jobs.imaging.mockups.printing_place import placement_for
from jobs.imaging.mockups.scene import in_scene
from jobs.imaging.mockups.surface_finding import find_surface
from jobs.imaging.mockups.template import Application, apply_design
from jobs.imaging.scenery.brief import Brief
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

SIDE = 512
MOTIFS, PICTURES = ("d044", "d038", "d028", "d046"), ("d001", "d003", "d022", "d009")
SEWN = ("tshirt", "hoodie", "cap", "tote-bag", "mug")
PRESSED = ("book", "business-card", "box")
TEMPLATES = ("d002", "d009", "d017", "d050")


@dataclass(frozen=True)
class Wish:
    """One mock-up: an object, a design of the art samples, and how."""

    word: str
    design: str
    colour: str = ""
    effect: str = "print"
    place: str | None = None
    pattern: bool = False
    brief: Brief = Brief()


def artwork(products: Products, name: str) -> Artwork:
    """A design of the art samples."""
    path = next(iter((products.folder.parent / "art" / "images").glob(f"art-{name}.*")))
    with Image.open(path) as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    alpha = np.ascontiguousarray(rgba[..., 3])
    rgb = np.ascontiguousarray(rgba[..., :3])
    return read_artwork(rgb, None if int(alpha.min()) == 255 else alpha, key_ground=True)[0]


def made(products: Products, wish: Wish, seed: int) -> npt.NDArray[np.uint8]:
    """One picture, as the action makes it."""
    facts, design = known_objects()[wish.word], artwork(products, wish.design)
    place = placement_for(facts, design, wish.place, wish.pattern)
    placement = replace(place.placement, fit="tile", scale=0.28) if wish.pattern else place.placement
    colour = parse_colour(wish.colour or facts.colour) or (245, 245, 245)
    look = Look(white_share(np.asarray(colour, np.uint8)), placement, wish.effect, pattern=wish.pattern and place.whole)
    return in_scene(facts, place.view, design, look, wish.brief, (SIDE, SIDE), seed, products.plates).rgb


def cells(products: Products, wishes: dict[str, Wish]) -> Iterator[Cell]:
    for number, (caption, wish) in enumerate(wishes.items()):
        yield Cell(caption, partial(made, products, wish, number + 1))


def on_template(products: Products, name: str, design: str, effect: str) -> npt.NDArray[np.uint8]:
    """A design where it fits best on a sample photo."""
    path = next(iter(products.folder.glob(f"images/product-{name}.*")))
    with Image.open(path) as picture:
        rgb = np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    art = artwork(products, design)
    subject = cut_out(rgb, products.session).alpha
    corners = find_surface(rgb, art.ratio, subject).corners
    return apply_design(rgb, art, Application(corners, Placement(scale=0.9)), effect=effect)


def sections(products: Products) -> list[Section]:
    words = tuple(known_objects())
    motifs = {word: Wish(word, MOTIFS[number % len(MOTIFS)]) for number, word in enumerate(words)}
    pictures = {word: Wish(word, PICTURES[number % len(PICTURES)]) for number, word in enumerate(words)}
    tiled = [word for word in words if word not in ("sticker", "poster")]
    patterns = {word: Wish(word, "d038", "#f7dde0", pattern=True) for word in tiled}
    effects = {f"{effect}, {word}": Wish(word, "d044" if effect in ("print", "uv") else "d038", "#2d4a3e", effect)
               for effect in EFFECTS if effect != "embroidery" for word in PRESSED}  # fmt: skip
    effects |= {f"embroidery, {word}": Wish(word, "d044", "#31456b", "embroidery") for word in SEWN if word in words}
    colours = {f"{word}, {colour}": Wish(word, "d046", colour) for word in ("mug", "pouch")
               for colour in ("white", "black", "navy", "sage", "#d96c4f")}  # fmt: skip
    lamps = ("soft-studio", "golden-hour", "dramatic", "neon-glow", "moonlight")
    lights = {each: Wish("mug", "d044", brief=Brief(surface="marble", lighting=each)) for each in lamps}
    pairs = zip(TEMPLATES, ("print", "print", "emboss", "embroidery"), strict=True)
    templates = [Cell(f"{name}, {how}", partial(on_template, products, name, "d038", how)) for name, how in pairs]
    return [
        Section("Motifs", list(cells(products, motifs))),
        Section("Pictures", list(cells(products, pictures))),
        Section("Patterns", list(cells(products, patterns))),
        Section("Effects", list(cells(products, effects))),
        Section("Colours", list(cells(products, colours))),
        Section("Lightings", list(cells(products, lights))),
        Section("On the caller's template, place found", templates),
    ]
