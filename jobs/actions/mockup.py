"""mockup: a logo or pattern on a photographed object, or on the caller's own template (studio contract §4.7).

Never generates pixels: objects are baked and lit at run time, templates keep every pixel that is not printed on.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate

from jobs.actions.casting import Casting, Extra, number_of
from jobs.actions.mockup_template import adjusted, given, on_template
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes, read_picture
from jobs.actions.schema import Flag, Text, Word
from jobs.actions.studio import (
    PLATES,
    StudioAction,
    StudioOptions,
    parse,
    result_facts,
    seed_of,
    store_result,
)

if TYPE_CHECKING:
    from jobs.imaging.mockups.artwork import Artwork
    from jobs.imaging.mockups.dress import Look
    from jobs.imaging.mockups.objects import Facts
    from jobs.imaging.scenery.brief import Brief

OBJECT_NAMES = ("prompt", "mockup_prompt")  # other names of object
PLACEMENTS = ("center", "left-chest", "full-front", "back", "wrap", "sleeve")
FITS = ("contain", "cover", "stretch", "tile")
EFFECTS = ("print", "embroidery", "engrave", "emboss", "foil", "uv")
BLENDS = ("multiply", "normal", "overlay")
TEMPLATE_OPTIONS = ("quad", "displacement", "preserve_colors")


class Numbers(fields.Field[list[float]]):
    """Eight numbers: a list, or a text separated by commas or blanks."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[float]:
        parts = value if isinstance(value, list | tuple) else str(value).strip("[]() ").replace(",", " ").split()
        try:
            numbers = [float(part) for part in parts]
        except (TypeError, ValueError):
            raise ValidationError("must be eight numbers") from None
        if len(numbers) != 8 or not all(-1e5 < number < 1e5 for number in numbers):
            raise ValidationError("must be eight numbers, corners clockwise from the top left")
        return numbers


class MockupOptions(StudioOptions):
    mode = Word("text", "image")
    object = Text(limit=4000, load_default="", metadata={"description": "Also: prompt, mockup_prompt."})
    design_type = Word("logo", "pattern", load_default="logo")
    object_color = Text(limit=80, load_default="")
    material = Text(limit=200, load_default="")
    placement = Word(*PLACEMENTS)
    scale = fields.Float(validate=validate.Range(0.05, 1.0))
    rotation = fields.Float(load_default=0.0, validate=validate.Range(-360, 360))
    offset_x = fields.Float(load_default=0.0, validate=validate.Range(-1, 1))
    offset_y = fields.Float(load_default=0.0, validate=validate.Range(-1, 1))
    fit = Word(*FITS)
    effect = Word(*EFFECTS, load_default="print")
    blend = Word(*BLENDS)
    quad = Numbers(metadata={"description": "Corners clockwise from the top left, in pixels or as shares of 0..1."})
    displacement = fields.Float(validate=validate.Range(0, 1))
    preserve_colors = Flag()
    background = Text(load_default="")
    lighting = Text(load_default="")
    visual_prompt = Text(limit=4000, load_default="")


def in_image_mode(raw: Mapping[str, Any]) -> bool:
    """Whether the raw options ask for image mode by name."""
    return str(raw.get("mode") or "").strip().lower() == "image"


class Mockup(StudioAction):
    name = "mockup"
    schema = MockupOptions
    casting = Casting(
        extras=(
            Extra("template", "template_url", "template_file", takes_last=in_image_mode, required=in_image_mode),
            Extra("mask", "mask_url", "mask_file"),
        )
    )

    def available(self, models_dir: Path) -> str | None:
        return None if any(PLATES.glob("object-*/scene.json")) else "No mock-up objects are installed."

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        named = object_named(raw)
        read = parse(MockupOptions(), named)
        values, warned = dict(read.values), list(read.warnings)
        if in_image_mode(raw) and values["variations"] > 1:
            warned.append("A template gives one result per design; variations was ignored.")
            values["variations"] = 1
        if values.pop("negative_prompt", "") and in_image_mode(raw):
            warned.append("Option 'negative_prompt' has no effect on a template.")
        values["negative_prompt"] = read.values["negative_prompt"]
        return Options(values, tuple(warned))

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.mockups.artwork import read_artwork

        picture = read_picture(work)
        logo = work.options["design_type"] == "logo"
        artwork, warned = read_artwork(picture.rgb, picture.alpha, key_ground=logo)
        template = number_of(work.image.sources, "template")
        work.check()
        if template is not None and work.options.get("mode") != "text":
            size, facts, more = on_template(work, artwork, template)
        else:
            unused = template is not None or number_of(work.image.sources, "mask") is not None
            said = ("Text mode uses its own objects; the template and mask were ignored.",) if unused else ()
            size, facts, more = on_objects(work, artwork)
            more = (*said, *more)
        return Outcome(
            result_facts(work, size, picture, **facts), tuple(dict.fromkeys((*notes(picture), *warned, *more)))
        )


def object_named(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the object under its own name; the first name that says something wins."""
    found = dict(raw)
    said = [found.pop(name) for name in OBJECT_NAMES if name in found]
    if not str(found.get("object") or "").strip() and said:
        found["object"] = next((text for text in said if str(text or "").strip()), "")
    return found


def on_objects(work: Work, artwork: "Artwork") -> tuple[tuple[int, int], dict[str, Any], tuple[str, ...]]:
    """Text mode: the object that the words name, dressed and stood in a scene, once per variation."""
    from jobs.imaging.canvas import output_size
    from jobs.imaging.mockups.objects import known_objects
    from jobs.imaging.mockups.scene import in_scene
    from jobs.imaging.mockups.wording import choose_object

    options, known = work.options, known_objects()
    chosen = choose_object(options["object"], options["visual_prompt"], known)
    facts, said = known[chosen.word], list(chosen.warnings)
    said += [f"Option '{name}' is for templates and was ignored." for name in TEMPLATE_OPTIONS if given(options, name)]
    look, view, unmet = look_of(options, facts, artwork)
    said += unmet
    size = output_size(options["resolution"], options["aspect_ratio"])
    variations, scenes = options["variations"], list[dict[str, str]]()
    for variation in range(variations):
        work.check()
        done = in_scene(facts, view, artwork, look, brief_of(options), size, seed_of(options, variation), PLATES)
        said += [*done.warnings, *store_result(work, done.rgb, variation, variations)]
        scenes.append({"stage": done.setting.stage.name, "lighting": done.setting.lighting.id})
    return size, {"mode": "text", "object": facts.word, "view": view, "scenes": scenes}, tuple(said)


def look_of(options: Mapping[str, Any], facts: "Facts", artwork: "Artwork") -> "tuple[Look, str, list[str]]":
    """(how the object is dressed, which view of it, what could not be done)."""
    import numpy as np

    from jobs.imaging.colour_words import parse_colour
    from jobs.imaging.mockups.dress import Look, metal_colour, white_share
    from jobs.imaging.mockups.printing_place import placement_for
    from jobs.imaging.mockups.wording import read_dressing

    dressing = read_dressing(options["object_color"], options["material"], options["object"])
    finish = dressing.finish
    colour = dressing.colour or parse_colour(facts.colour)
    albedo = (
        metal_colour(finish.metal)
        if finish.metal and not dressing.colour
        else white_share(np.asarray(colour or (245, 245, 245), np.uint8))
    )
    pattern = options["design_type"] == "pattern"
    place = placement_for(facts, artwork, options.get("placement"), pattern)
    placement = adjusted(place.placement, options, pattern)
    look = Look(
        albedo, placement, options["effect"], options.get("blend") or "normal", pattern and place.whole,
        finish=finish, foil=dressing.foil,
    )  # fmt: skip
    return look, place.view, [*dressing.warnings, *place.warnings]


def brief_of(options: Mapping[str, Any]) -> "Brief":
    """The scene's words as the director reads them."""
    from jobs.imaging.scenery.brief import Brief

    return Brief(
        visual_prompt=options["visual_prompt"],
        background=options["background"],
        lighting=options["lighting"],
        negative_prompt=options["negative_prompt"],
    )


ACTION = Mockup()
