"""mockup: a logo or pattern on a photographed object, or on the caller's own template (studio contract §4.7).

Never generates pixels: objects are baked and lit at run time, templates keep every pixel that is not printed on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate

from jobs.actions.casting import Casting, Extra, number_of
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes, read_picture
from jobs.actions.schema import Flag, Text, Word
from jobs.actions.studio import (
    PLATES,
    StudioAction,
    StudioOptions,
    cut_picture,
    parse,
    result_facts,
    seed_of,
    store_result,
)

if TYPE_CHECKING:
    from jobs.imaging.mockups.artwork import Artwork
    from jobs.imaging.mockups.dress import Look
    from jobs.imaging.mockups.objects import Facts
    from jobs.imaging.mockups.placing import Placement
    from jobs.imaging.scenery.brief import Brief

OBJECT_NAMES = ("prompt", "mockup_prompt")  # other names of object
PLACEMENTS = ("center", "left-chest", "full-front", "back", "wrap", "sleeve")
FITS = ("contain", "cover", "stretch", "tile")
EFFECTS = ("print", "embroidery", "engrave", "emboss", "foil", "uv")
BLENDS = ("multiply", "normal", "overlay")
SCENE_OPTIONS = ("background", "lighting", "visual_prompt")
OBJECT_OPTIONS = ("object", "object_color", "material")
TEMPLATE_OPTIONS = ("quad", "displacement", "preserve_colors")
TILE = 0.28  # of the sheet's longer side, when a pattern says no scale


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


def given(options: Mapping[str, Any], name: str) -> bool:
    return options.get(name) not in (None, "")


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


def adjusted(placement: "Placement", options: Mapping[str, Any], pattern: bool) -> "Placement":
    """The place with the request's own fit, scale, turn and offsets."""
    fit = options.get("fit") or ("tile" if pattern else placement.fit)
    scale = options.get("scale") or (TILE if fit == "tile" else 1.0)
    return replace(
        placement,
        fit=fit,
        scale=placement.scale * scale if fit != "tile" else scale,
        rotation=options["rotation"],
        dx=placement.dx + options["offset_x"],
        dy=placement.dy + options["offset_y"],
    )


def brief_of(options: Mapping[str, Any]) -> "Brief":
    """The scene's words as the director reads them."""
    from jobs.imaging.scenery.brief import Brief

    return Brief(
        visual_prompt=options["visual_prompt"],
        background=options["background"],
        lighting=options["lighting"],
        negative_prompt=options["negative_prompt"],
    )


def on_template(work: Work, artwork: "Artwork", number: int) -> tuple[tuple[int, int], dict[str, Any], tuple[str, ...]]:
    """Image mode: the design on the caller's picture, in the caller's proportions."""
    from jobs.imaging.mockups.template import Application, apply_design

    options = work.options
    template = read_picture(work, number)
    rgb = sized(template.rgb, options["resolution"])
    mask = read_mask(work, rgb.shape[:2])
    corners, how, said = corners_of(work, template, rgb, artwork, mask)
    placement, unmet = template_placement(options, artwork, how)
    said += [*unmet, *template_warnings(options, rgb.shape[:2])]
    blend, keep, bend = options.get("blend") or "multiply", options.get("preserve_colors"), options.get("displacement")
    plan = Application(corners, placement, 0.3 if bend is None else bend, True if keep is None else keep, blend)
    work.check()
    pixels = apply_design(rgb, artwork, plan, mask, options["effect"])
    said += store_result(work, pixels)
    size = (rgb.shape[1], rgb.shape[0])
    quad = [round(float(value), 2) for value in corners.reshape(-1)]
    return size, {"mode": "image", "quad": quad, "placed_by": how}, tuple(said)


def sized(rgb: Any, resolution: str) -> Any:
    """The template with its longer side at 1024, 2048 or 4096 pixels."""
    import cv2

    factor = {"1K": 1024, "2K": 2048, "4K": 4096}[resolution] / max(rgb.shape[:2])
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def read_mask(work: Work, shape: tuple[int, ...]) -> Any:
    """Where printing is allowed, float32 H x W (white or opaque = print), or None without a mask."""
    import cv2
    import numpy as np

    number = number_of(work.image.sources, "mask")
    if number is None:
        return None
    picture = read_picture(work, number)
    grey = picture.alpha if picture.alpha is not None else cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey.astype(np.float32) / 255, shape[1::-1], interpolation=cv2.INTER_AREA)


def corners_of(work: Work, template: Any, rgb: Any, artwork: "Artwork", mask: Any) -> "tuple[Any, str, list[str]]":
    """(corners in pixels of the sized template, how they were found, sentences)."""
    from jobs.imaging.faults import ImagingFault
    from jobs.imaging.mockups.quad import read_quad, scaled_quad
    from jobs.imaging.mockups.surface_finding import around_mask, find_surface

    size = (rgb.shape[1], rgb.shape[0])
    if work.options.get("quad"):
        try:
            own = (template.rgb.shape[1], template.rgb.shape[0])
            return scaled_quad(read_quad(work.options["quad"], own), own, size), "quad", []
        except ValueError as fault:
            return find_surface(rgb, artwork.ratio).corners, "calm", [f"The quad was ignored: {fault}."]
    if mask is not None and (corners := around_mask(mask)) is not None:
        return corners, "mask", []
    try:
        subject = cut_picture(work, template).alpha
    except ImagingFault:
        subject = None
    found = find_surface(rgb, artwork.ratio, subject)
    what = "a blank panel" if found.how == "panel" else "the calmest part of the template"
    return found.corners, found.how, [f"No quad was given; the design was put on {what}."]


def template_placement(options: Mapping[str, Any], artwork: "Artwork", how: str) -> "tuple[Placement, list[str]]":
    """Where inside the quad, and what to say about placements that only objects know."""
    from jobs.imaging.mockups.placing import Placement

    opaque = not artwork.shaped and how in ("quad", "panel", "mask")
    base = Placement(fit="cover" if opaque else "contain")
    place, said = options.get("placement"), list[str]()
    if place in ("left-chest", "back", "sleeve"):
        said.append(f"Placement {place} is for objects; on a template the quad decides.")
    if place in ("wrap", "full-front"):
        base = replace(base, fit="cover")
    return adjusted(base, options, options["design_type"] == "pattern"), said


def template_warnings(options: Mapping[str, Any], shape: tuple[int, ...]) -> list[str]:
    """Options that a template has no use for."""
    named = [name for name in (*OBJECT_OPTIONS, *SCENE_OPTIONS) if given(options, name)]
    said = [f"Option '{name}' is for objects and was ignored with a template." for name in named]
    if options["variations"] > 1:
        said.append("A template gives one result per design; variations was ignored.")
    wide, high = (float(part) for part in options["aspect_ratio"].split(":"))
    if abs(shape[1] / shape[0] - wide / high) > 0.02 and options["aspect_ratio"] != "1:1":
        said.append("The template kept its own proportions; aspect_ratio was ignored.")
    return said


ACTION = Mockup()
