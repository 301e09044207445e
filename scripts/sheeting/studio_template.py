"""The sheet of studio-template: template and result side by side, then every wish on one template."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from jobs.imaging.cutout import Cutout, cut_out
from jobs.imaging.faults import NoSubject
from jobs.imaging.repair.removal import remove
from jobs.imaging.restaging.placing import Wish
from jobs.imaging.restaging.scene import Order, Piece, restage
from jobs.imaging.restaging.standing import Manner
from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.render import render
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

U8 = npt.NDArray[np.uint8]

SIDE = 640
# A template: a sample picture ("art-d059"), or a product on a stage ("d001 marble golden-hour").
TEMPLATES = (
    ("d001 marble natural-sunlight", "d017"),
    ("d022 wood golden-hour", "d009"),
    ("d017 concrete dramatic", "d050"),
    ("d050 plinths soft-studio", "d008"),
    ("d002 sand natural-sunlight", "d003"),
    ("product-d008", "d001"),
    ("art-d059", "d012"),
    ("product-d010", "d017"),
)


@cache
def template(products: Products, name: str) -> U8:
    """The template's picture, longest side 1200."""
    if "-d" in name.split()[0]:
        path = next((products.folder.parent / name.split("-")[0] / "images").glob(f"{name}.*"))
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        picture.thumbnail((1200, 1200))
        return np.asarray(picture)
    hero, place, light = name.split()
    brief = Brief(background=place, lighting=light)
    return render(direct(brief, 3, products.plates).setting, (products.item(hero),), (1200, 900), 3).rgb


def shown(products: Products, name: str) -> U8:
    """The template, cut square."""
    picture = template(products, name)
    return np.asarray(ImageOps.fit(Image.fromarray(picture), (SIDE, SIDE), Image.Resampling.LANCZOS))


@cache
def hero_of(products: Products, name: str) -> Cutout | None:
    try:
        return cut_out(template(products, name), products.session)
    except NoSubject:
        return None


def made(products: Products, name: str, product: str, order: Order) -> U8:
    """The result, as the action makes it."""
    picture, item = template(products, name), products.item(product)
    found = hero_of(products, name)
    hero = Piece(picture, found.alpha, found.box) if found is not None and order.replace else None
    return restage(picture, hero, Piece(item.foreground, item.alpha, item.box), order).rgb


def emptied(products: Products, name: str) -> U8:
    """The template without its hero."""
    picture, found = template(products, name), hero_of(products, name)
    empty = remove(picture, found.alpha, found.box).rgb if found is not None else picture
    return np.asarray(ImageOps.fit(Image.fromarray(empty), (SIDE, SIDE), Image.Resampling.LANCZOS))


def sections(products: Products) -> list[Section]:
    order = Order((SIDE, SIDE))
    pairs = [
        cell
        for name, product in TEMPLATES
        for cell in (
            Cell(f"template: {name}", partial(shown, products, name)),
            Cell("its hero removed", partial(emptied, products, name)),
            Cell(f"with {product}", partial(made, products, name, product, order)),
        )
    ]
    wishes = {
        "position left": replace(order, wish=Wish("left")),
        "position bottom": replace(order, wish=Wish("bottom")),
        "box 0.1,0.2,0.3,0.6": replace(order, wish=Wish(box=(0.1, 0.2, 0.3, 0.6))),
        "product_scale 0.7": replace(order, wish=Wish(scale=0.7)),
        "match_lighting false": replace(order, manner=Manner(lighting=False)),
        "match_color false": replace(order, manner=Manner(colour=False)),
        "shadow none": replace(order, manner=Manner(shadow="none")),
        "shadow hard": replace(order, manner=Manner(shadow="hard")),
        "shadow reflection": replace(order, manner=Manner(shadow="reflection")),
        "lock_background false": replace(order, lock=False),
        "16:9": replace(order, size=(SIDE, SIDE * 9 // 16)),
        "replace_object false": replace(order, wish=Wish("left", scale=0.35), replace=False),
    }
    name, product = TEMPLATES[1]
    cells = [Cell(text, partial(made, products, name, product, each)) for text, each in wishes.items()]
    return [
        Section("Template, emptied, with the product", pairs, 6, (300, 300)),
        Section("Wishes", cells, 6, (300, 300)),
    ]
