"""group-shot: two to eight products in one picture, standing, lying or side by side (studio contract §4.7).

Never changes a product's shape: they are moved, scaled together, and laid at an angle in a flat lay. Which places they
take is jobs.imaging.grouping's business, what the picture looks like the stages'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate

from jobs.actions.casting import Casting
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes, source_facts
from jobs.actions.schema import Text, Texts, Word
from jobs.actions.studio import (
    PLATES,
    StudioAction,
    StudioOptions,
    parse,
    read_product,
    result_facts,
    seed_of,
    store_result,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jobs.imaging.codec import Picture
    from jobs.imaging.cutout import Cutout
    from jobs.imaging.grouping import Place
    from jobs.imaging.scenery.render import Item

LAYOUTS = ("auto", "flatlay", "lineup", "pyramid", "arc", "collage", "grid", "hero")
SCENES = ("flatlay", "lifestyle", "collage", "studio")
FLAT = ("flatlay", "grid")
LIFESTYLE = "kitchen"  # where a group stands when only "lifestyle" is said
BELOW_TITLE = 0.8  # the share of the frame's height that a headline leaves to what lies
FILL = 0.7  # of a collage cell, by the side that is filled first
MANY = 6
HERO = 1.3  # how much larger the hero of a hero layout is, when no sizes are asked for
DEPTH_OF_ROW = 0.3  # units between rows, and as much again of the products' mean width


class Factors(fields.Field[Any]):
    """`auto`, `true`, or numbers separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        parts = [str(part) for part in value] if isinstance(value, list | tuple) else str(value).split(",")
        texts = [part.strip().lower() for part in parts if part.strip()]
        if texts in ([], ["auto"], ["true"]):
            return texts[0] if texts else "auto"
        try:
            numbers = [float(text) for text in texts]
        except ValueError:
            raise ValidationError("must be auto, true or numbers separated by commas") from None
        if not all(0.1 <= number <= 10 for number in numbers):
            raise ValidationError("must hold numbers of 0.1 to 10")
        return numbers


class GroupShotOptions(StudioOptions):
    layout = Word(*LAYOUTS, load_default="auto")
    scene_type = Word(*SCENES)
    background = Text(load_default="")
    lighting = Text(load_default="")
    aesthetic = Text(load_default="")
    atmosphere = Text(load_default="")
    hero_index = fields.Integer(validate=validate.Range(0, 7))
    relative_scale = Factors(
        load_default="auto",
        metadata={"description": "auto (equal areas), true (as large as in the sources), or one factor per product."},
    )
    spacing = fields.Float(load_default=0.08, validate=validate.Range(0, 0.5))
    shadow = Word("none", "soft", "hard", "contact", "reflection")
    surface = Text(load_default="")
    props = Texts(load_default=list)
    headline = Text(limit=200, load_default="")
    visual_prompt = Text(limit=4000, load_default="")
    extra_requirements = Text(load_default="")


class GroupShot(StudioAction):
    name = "group-shot"
    schema = GroupShotOptions
    casting = Casting(together=True, least=2, most=8)

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = parse(GroupShotOptions(), raw)
        values, warned = dict(read.values), list(read.warnings)
        if values.get("scene_type") == "collage" and values["layout"] not in ("auto", "collage"):
            warned.append(f"A collage has cells; layout {values['layout']} was ignored.")
        if values["layout"] in FLAT and values.get("scene_type") in ("lifestyle", "studio"):
            warned.append(f"Layout {values['layout']} lies flat; the scene is seen from above.")
        return Options(values, tuple(warned))

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.canvas import output_size

        read = [read_product(work, number) for number in range(len(work.sources))]
        cutouts = [cutout for _, cutout in read]
        warned = [note for picture, _ in read for note in notes(picture)]
        hero, unmet = chosen_hero(work.options, len(read))
        factors, equal, unused = scales(work.options, len(read))
        warned += unmet + unused
        size = output_size(work.options["resolution"], work.options["aspect_ratio"])
        variations, layout = work.options["variations"], ""
        for variation in range(variations):
            work.check()
            pixels, layout, said = shot(
                work.options, cutouts, (factors, equal, hero), size, seed_of(work.options, variation)
            )
            warned += [*said, *titled(work.options, pixels), *store_result(work, pixels, variation, variations)]
        return Outcome(group_facts(work, size, [picture for picture, _ in read], layout), tuple(dict.fromkeys(warned)))


def group_facts(work: Work, size: tuple[int, int], pictures: "Sequence[Picture]", layout: str) -> dict[str, Any]:
    facts = result_facts(work, size, pictures[0], layout=layout)
    return facts | {"sources": [source_facts(picture) for picture in pictures]}


def chosen_hero(options: Mapping[str, Any], count: int) -> tuple[int | None, list[str]]:
    """The hero's number, or None; and what to say of one that there is not."""
    hero = options.get("hero_index")
    if hero is not None and hero >= count:
        return None, [f"hero_index {hero} names none of the {count} images and was ignored."]
    return hero, []


def scales(options: Mapping[str, Any], count: int) -> tuple[Sequence[float] | None, bool, list[str]]:
    """(factors or None, whether products begin with equal areas, warnings)."""
    wanted = options["relative_scale"]
    if isinstance(wanted, str):
        return None, wanted == "auto", []
    if len(wanted) != count:
        return None, True, [f"relative_scale holds {len(wanted)} factors for {count} images and was ignored."]
    return wanted, True, []


def kind_of(options: Mapping[str, Any], count: int) -> str:
    """Whether the group stands, lies or is a collage; left to choose, many products are a collage, where all stay
    large."""
    layout, scene = options["layout"], options.get("scene_type")
    if layout == "collage" or scene == "collage" or (layout == "auto" and not scene and count >= MANY):
        return "collage"
    if layout in FLAT or (layout == "auto" and scene == "flatlay"):
        return "lying"
    return "standing"


def shot(
    options: Mapping[str, Any],
    cutouts: "Sequence[Cutout]",
    group: tuple[Sequence[float] | None, bool, int | None],
    size: tuple[int, int],
    seed: int,
) -> "tuple[npt.NDArray[np.uint8], str, tuple[str, ...]]":
    """One variation: (uint8 sRGB picture, the layout it has, warnings)."""
    from jobs.imaging.grouping import arrange, choose_layout, shapes_of
    from jobs.imaging.scenery.direction import direct
    from jobs.imaging.scenery.gathering import fitted
    from jobs.imaging.scenery.render import render

    kind, (factors, equal, hero) = kind_of(options, len(cutouts)), group
    if kind == "collage":
        pixels, said = collage(options, cutouts, hero, size, seed)
        return pixels, "collage", said
    below = BELOW_TITLE if options["headline"] and kind == "lying" else 1.0
    aspect = size[0] / (size[1] * below)
    layout = options["layout"]
    layout = choose_layout(len(cutouts), kind == "lying", aspect) if layout == "auto" else layout
    if layout == "hero" and factors is None and hero is not None:
        factors = [HERO if number == hero else 1.0 for number in range(len(cutouts))]
    boxes = [(cut.box[2] - cut.box[0], cut.box[3] - cut.box[1]) for cut in cutouts]
    places = arrange(layout, shapes_of(boxes, factors, equal), aspect, spacing=options["spacing"], hero=hero, seed=seed)
    directed = direct(brief_of(options, kind), seed, PLATES)
    share = min(size[0], size[1] * below) / min(size)
    places = [lowered(place, below, share) for place in places]
    items = tuple(item_of(cutouts[place.number], place, places) for place in places)
    setting, items = fitted(directed.setting, items, size)
    return render(setting, items, size, seed).rgb, layout, directed.warnings


def lowered(place: "Place", below: float, share: float) -> "Place":
    """A place in the lower part of the frame, as one in the whole frame."""
    y = 1 - below * (1 - place.y) if place.flat else place.y
    return replace(place, y=y, width=place.width * share, height=place.height * share)


def titled(options: Mapping[str, Any], pixels: "npt.NDArray[np.uint8]") -> list[str]:
    """Set the headline, in place; returns warnings."""
    from jobs.imaging.bundle_title import set_title

    if not options["headline"]:
        return []
    _, short = set_title(pixels, options["headline"])
    return ["The headline is too long for the picture; its end was left out."] if short else []


def brief_of(options: Mapping[str, Any], kind: str) -> Any:
    """The request's words as the stages' art director reads them."""
    from jobs.imaging.scenery.brief import Brief

    place = options["background"]
    if options.get("scene_type") == "lifestyle" and not (place or options["surface"] or options["visual_prompt"]):
        place = LIFESTYLE
    return Brief(
        visual_prompt=options["visual_prompt"],
        background=place,
        aesthetic=options["aesthetic"],
        atmosphere=options["atmosphere"],
        lighting=options["lighting"],
        props=", ".join(options["props"]),
        surface=options["surface"],
        camera_angle="top-down" if kind == "lying" else "eye-level",
        shadow=options.get("shadow") or "",
        extra_requirements=options["extra_requirements"],
        negative_prompt=options["negative_prompt"],
    )


def item_of(cutout: "Cutout", place: "Place", places: "Sequence[Place]") -> "Item":
    """The product in its place, turned when it lies at an angle."""
    from jobs.imaging.scenery.render import Item
    from jobs.imaging.turning import turned

    foreground, alpha, box = cutout.foreground, cutout.alpha, cutout.box
    scale = max(place.width, place.height)
    if place.angle:
        foreground, alpha, box, growth = turned(foreground, alpha, box, place.angle)
        scale *= growth
    mean = sum(each.width for each in places) / len(places)
    depth = place.row * DEPTH_OF_ROW * (1 + mean / 0.6)
    return Item(foreground, alpha, box, scale=scale, x=place.x, y=place.y, depth=depth, flat=place.flat)


def collage(
    options: Mapping[str, Any], cutouts: "Sequence[Cutout]", hero: int | None, size: tuple[int, int], seed: int
) -> "tuple[npt.NDArray[np.uint8], tuple[str, ...]]":
    """Every product in a cell of its own: on the asked place, or before a backdrop of its own hue."""
    import numpy as np

    from jobs.imaging.collage import backdrop_for, cells, paste
    from jobs.imaging.scenery.direction import direct
    from jobs.imaging.scenery.render import Item, render

    page, warned = np.full((size[1], size[0], 3), 255, np.uint8), list[str]()
    top = round(size[1] * (1 - BELOW_TITLE)) if options["headline"] else 0
    brief = brief_of(options, "collage")
    plain = not (brief.background or brief.surface or brief.visual_prompt or brief.aesthetic)
    for number, (cutout, cell) in enumerate(
        zip(cutouts, cells(len(cutouts), (size[0], size[1] - top), hero), strict=True)
    ):
        directed = direct(brief, seed + number, PLATES)
        setting = directed.setting
        if plain:
            setting = replace(setting, paint=backdrop_for(cutout.foreground, cutout.alpha))
        extent = (cell[2] - cell[0], cell[3] - cell[1])
        item = Item(cutout.foreground, cutout.alpha, cutout.box, scale=scale_in(cutout.box, extent))
        paste(page[top:], render(setting, (item,), extent, seed + number).rgb, cell)
        warned += directed.warnings
    return page, tuple(dict.fromkeys(warned))


def scale_in(box: tuple[int, int, int, int], extent: tuple[int, int]) -> float:
    """The product's longest side over the cell's shorter one, so that it fills the cell well and stays inside."""
    wide, high = box[2] - box[0], box[3] - box[1]
    return max(wide, high) * min(FILL * extent[0] / wide, FILL * extent[1] / high) / min(extent)


ACTION = GroupShot()
