"""The sheet of lookalike: reference, then two products in scenes that feel like it, then strengths and transfers."""

from functools import cache, partial

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from jobs.imaging.cutout import cut_out
from jobs.imaging.faults import NoSubject
from jobs.imaging.likeness.choosing import TRANSFERS, choose
from jobs.imaging.likeness.reference import SIDE as MEASURED
from jobs.imaging.likeness.reference import Reference, measure
from jobs.imaging.likeness.scene import Keeping, compose
from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.render import render
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

U8 = npt.NDArray[np.uint8]

SIDE = 512
ALL = frozenset(TRANSFERS)
# A sample picture, or a product on a stage in a light, which the product must not be taken from.
REFERENCES = (
    "art-d016", "art-d052", "art-d059", "art-d054", "garment-d029", "art-d013",
    "d022 marble golden-hour", "d017 concrete moonlight", "d050 neon-street neon-glow", "d002 beach-sunset golden-hour",
)  # fmt: skip
CAST = ("d001", "d009")


@cache
def picture_of(products: Products, name: str) -> U8:
    """The reference's picture, longest side as it is measured."""
    if "-d" in name.split()[0]:
        path = next((products.folder.parent / name.split("-")[0] / "images").glob(f"{name}.*"))
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        picture.thumbnail((MEASURED, MEASURED))
        return np.asarray(picture)
    hero, place, light = name.split()
    brief = Brief(background=place, lighting=light)
    return render(direct(brief, 3, products.plates).setting, (products.item(hero),), (MEASURED, 480), 3).rgb


@cache
def reference(products: Products, name: str) -> Reference:
    picture = picture_of(products, name)
    try:
        hero = cut_out(picture, products.session)
    except NoSubject:
        return measure(picture, None, None)
    return measure(picture, hero.alpha, hero.box)


def shown(products: Products, name: str) -> U8:
    picture = Image.fromarray(picture_of(products, name))
    return np.asarray(ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS))


def made(
    products: Products, name: str, product: str, strength: float, transfer: frozenset[str], keeping: Keeping
) -> U8:
    """The result, as the action makes it."""
    found = reference(products, name)
    chosen = choose(found, Brief(), transfer, strength, 1, products.plates)
    return compose(chosen, found, products.item(product), (SIDE, SIDE), transfer, strength, keeping, 1).rgb


def sections(products: Products) -> list[Section]:
    keep = Keeping()
    pairs = [
        cell
        for name in REFERENCES
        for cell in (
            Cell(f"reference: {name}", partial(shown, products, name)),
            *(Cell(f"{product}, 0.7", partial(made, products, name, product, 0.7, ALL, keep)) for product in CAST),
        )
    ]
    name = REFERENCES[0]
    steps = [Cell(f"strength {strength}", partial(made, products, name, "d017", strength, ALL, keep))
             for strength in (0.0, 0.25, 0.5, 1.0)]  # fmt: skip
    parts = [Cell(f"transfer {each}", partial(made, products, name, "d017", 0.7, frozenset({each}), keep))
             for each in ("lighting", "color", "composition", "background", "mood")]  # fmt: skip
    free = {"preserve_product false": Keeping(False, True), "preserve_logo false too": Keeping(False, False)}
    kept = [Cell(text, partial(made, products, name, "d017", 1.0, ALL, each)) for text, each in free.items()]
    return [
        Section("Reference and two products", pairs, 6, (300, 300)),
        Section("Strength, parts, product kept", [*steps, *parts, *kept], 6, (300, 300)),
    ]
