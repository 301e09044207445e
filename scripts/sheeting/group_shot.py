"""The sheet of group shots: every layout, in several frames and places, with two to eight products."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.actions.group_shot import GroupShotOptions, chosen_hero, scales, shot, titled
from jobs.imaging.cutout import Cutout
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

GROUPS = {
    2: ("d001", "d009"),
    3: ("d001", "d003", "d009"),
    4: ("d002", "d003", "d005", "d008"),
    5: ("d001", "d003", "d009", "d010", "d017"),
    8: ("d001", "d002", "d003", "d005", "d008", "d009", "d010", "d017"),
}
LYING = ("d012", "d004", "d006", "d028", "d003")
SIDE = 620


def cutouts(products: Products, names: tuple[str, ...]) -> list[Cutout]:
    items = [products.item(name) for name in names]
    return [Cutout(item.alpha, item.foreground, item.box, None, "sample", 1.0) for item in items]


def taken(
    products: Products, names: tuple[str, ...], size: tuple[int, int], said: dict[str, Any]
) -> npt.NDArray[np.uint8]:
    """One group, as the action makes it."""
    options = GroupShotOptions().load(said)
    factors, equal, _ = scales(options, len(names))
    hero, _ = chosen_hero(options, len(names))
    pixels, _, _ = shot(options, cutouts(products, names), (factors, equal, hero), size, 3)
    titled(options, pixels)
    return pixels


def sections(products: Products) -> list[Section]:
    def cell(names: tuple[str, ...], size: tuple[int, int] = (SIDE, SIDE), **said: Any) -> Cell:
        caption = ", ".join(f"{value}" for value in said.values())
        return Cell(f"{len(names)}: {caption}", partial(taken, products, names, size, said))

    standing = [
        cell(GROUPS[2], layout="lineup", background="marble"),
        cell(GROUPS[3], layout="lineup", background="plinths", aesthetic="Pastel"),
        cell(GROUPS[5], layout="pyramid", background="wood"),
        cell(GROUPS[5], layout="arc", background="sweep", lighting="high-key"),
        cell(GROUPS[4], layout="hero", hero_index=1, background="concrete"),
        cell(GROUPS[3], layout="auto", scene_type="lifestyle"),
        cell(GROUPS[4], layout="pyramid", headline="Four for three", background="sweep"),
        cell(GROUPS[8], layout="auto"),
    ]
    lying = [
        cell(LYING, layout="flatlay", surface="fabric"),
        cell(LYING[:4], layout="grid", surface="marble"),
        cell(LYING, layout="flatlay", surface="wood", headline="The weekend kit"),
        cell(GROUPS[4], layout="collage"),
        cell(GROUPS[5], layout="collage", hero_index=0),
        cell(GROUPS[3], layout="collage", headline="All in one box"),
        cell(GROUPS[4], layout="collage", background="beach-sunset"),
        cell(GROUPS[8], layout="collage", aesthetic="Botanical"),
    ]
    wide = [
        cell(GROUPS[5], (920, 518), layout="arc", hero_index=0, background="marble"),
        cell(GROUPS[8], (920, 518), layout="lineup", background="sweep", lighting="golden-hour"),
        cell(GROUPS[4], (920, 518), layout="collage", headline="New this week"),
    ]
    tall = [
        cell(GROUPS[3], (432, 768), layout="lineup", background="luxury-interior"),
        cell(GROUPS[5], (432, 768), layout="pyramid", background="beach-sunset"),
        cell(LYING, (432, 768), layout="flatlay", surface="sand"),
        cell(GROUPS[4], (432, 768), layout="collage"),
        cell(GROUPS[2], (432, 768), layout="hero", aesthetic="Luxury"),
        cell(GROUPS[4], (432, 768), layout="arc", headline="Spring, boxed", background="minimal-gray"),
    ]
    return [
        Section("Standing", standing, 4, (470, 470)),
        Section("Lying and side by side", lying, 4, (470, 470)),
        Section("Wide frames", wide, 3, (628, 354)),
        Section("Tall frames", tall, 6, (311, 553)),
    ]
