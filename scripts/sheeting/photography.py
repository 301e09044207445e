"""The sheet of photography: every aesthetic, lighting, atmosphere, place, angle and shadow on real products."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.aesthetics import AESTHETICS
from jobs.imaging.scenery.atmosphere import ATMOSPHERES
from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.lightings import LIGHTINGS
from jobs.imaging.scenery.props import find_props
from jobs.imaging.scenery.render import render
from jobs.imaging.scenery.stage import find_stages
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

SIDE = 448
CAST = ("d001", "d009", "d017", "d002", "d022", "d003", "d050", "d008")
LYING = ("d012", "d004", "d006", "d028")


def taken(products: Products, name: str, brief: Brief, seed: int) -> npt.NDArray[np.uint8]:
    """One picture, as the action makes it."""
    item = replace(products.item(name), scale=brief.product_scale)
    return render(direct(brief, seed, products.plates).setting, (item,), (SIDE, SIDE), seed).rgb


def cells(products: Products, briefs: dict[str, Brief], cast: tuple[str, ...] = CAST) -> Iterator[Cell]:
    """A cell per brief, the products taking turns."""
    for number, (caption, brief) in enumerate(briefs.items()):
        yield Cell(caption, partial(taken, products, cast[number % len(cast)], brief, number + 1))


def sections(products: Products) -> list[Section]:
    stages = [name for name in find_stages(products.plates) if not name.endswith("-top")]
    tops = [name for name in find_stages(products.plates) if name.endswith("-top")]
    angles = ("eye-level", "low-angle", "macro")
    shadows = ("none", "contact", "soft", "hard", "reflection")
    placed = {f"{name}, {scale}": Brief(position=name, product_scale=scale, surface="concrete") for name, scale in
              (("left", 0.5), ("right", 0.5), ("bottom", 0.5), ("center", 0.3), ("center", 0.9))}  # fmt: skip
    flat = {f"{name}": Brief(background=name.removesuffix("-top"), camera_angle="top-down") for name in tops}
    flat |= {f"{name} 45°": Brief(background=name.removesuffix("-top"), camera_angle="45-degree") for name in tops[:2]}
    return [
        Section("Aesthetics", list(cells(products, {name: Brief(aesthetic=name) for name in AESTHETICS}))),
        Section("Places and surfaces", list(cells(products, {name: Brief(background=name) for name in stages}))),
        Section("Lightings on one stage", list(cells(
            products, {name: Brief(surface="concrete", lighting=name) for name in LIGHTINGS}, ("d002",))),
            columns=9, shape=(204, 204)),
        Section("Atmospheres", list(cells(
            products, {name: Brief(surface="wood", lighting="cinematic", atmosphere=name) for name in ATMOSPHERES},
            ("d001", "d009"))), columns=5, shape=(377, 377)),
        Section("Props", list(cells(
            products, {name: Brief(surface="wood", props=name) for name in find_props(products.plates)},
            ("d002", "d001")))),
        Section("Seen from above", list(cells(products, flat, LYING))),
        Section("Angles, shadows, positions", list(cells(
            products,
            {name: Brief(surface="marble", camera_angle=name) for name in angles}
            | {f"shadow {name}": Brief(shadow=name) for name in shadows} | placed, ("d001",)))),
    ]  # fmt: skip
