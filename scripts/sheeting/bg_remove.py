"""The sheet of bg-remove: source, cut-out on a checker, marketplace canvases, and described backgrounds."""

from functools import cache, partial

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from jobs.imaging.cutout import Cutout, cut_out
from jobs.imaging.marketplace import PRESETS, listing
from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.render import Item, render
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

U8 = npt.NDArray[np.uint8]

SIDE = 560
SOURCES = (
    "product-d002", "product-d005", "product-d010", "product-d017", "product-d046", "product-d035",
    "garment-d005", "garment-d006", "garment-d025", "garment-d028",
)  # fmt: skip
PROMPTS = ("a marble table in soft light", "wooden table, golden hour", "concrete, dramatic light", "pastel podium")


@cache
def source(products: Products, name: str) -> U8:
    path = next((products.folder.parent / name.split("-")[0] / "images").glob(f"{name}.*"))
    return np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


@cache
def cut(products: Products, name: str) -> Cutout:
    return cut_out(source(products, name), products.session)


def squared(picture: U8) -> U8:
    return np.asarray(
        ImageOps.pad(Image.fromarray(picture), (SIDE, SIDE), Image.Resampling.LANCZOS, color=(240, 240, 240))
    )


def shown(products: Products, name: str) -> U8:
    return squared(source(products, name))


def checked(products: Products, name: str) -> U8:
    """The cut-out on magenta and green squares, which hide no fault."""
    found = cut(products, name)
    rows, columns = np.indices(found.alpha.shape) // max(12, found.alpha.shape[0] // 30)
    ground = np.where(((rows + columns) % 2)[:, :, None] > 0, (255, 0, 255), (0, 170, 60))
    mixed = found.foreground * found.alpha[:, :, None] + ground * (1 - found.alpha[:, :, None])
    return squared(mixed.astype(np.uint8))


def listed(products: Products, name: str, platform: str) -> U8:
    found = cut(products, name)
    return squared(listing(found.foreground, found.alpha, found.box, PRESETS[platform], "1K", "1:1"))


def placed(products: Products, name: str, prompt: str) -> U8:
    found = cut(products, name)
    item = Item(found.foreground, found.alpha, found.box, 0.62)
    return render(direct(Brief(visual_prompt=prompt), 2, products.plates).setting, (item,), (SIDE, SIDE), 2).rgb


def sections(products: Products) -> list[Section]:
    rows = [
        cell
        for name in SOURCES
        for cell in (
            Cell(name, partial(shown, products, name)),
            Cell("cut out", partial(checked, products, name)),
            Cell("amazon", partial(listed, products, name, "amazon")),
        )
    ]
    scenes = [Cell(prompt, partial(placed, products, name, prompt)) for prompt, name in
              zip(PROMPTS, ("product-d017", "garment-d006", "product-d010", "product-d002"), strict=True)]  # fmt: skip
    markets = [Cell(name, partial(listed, products, "product-d010", name)) for name in ("shopify", "etsy")]
    return [
        Section("Source, cut out, set for a marketplace", rows, 6, (300, 300)),
        Section("Described backgrounds, other marketplaces", [*scenes, *markets], 6, (300, 300)),
    ]
