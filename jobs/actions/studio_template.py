"""studio-template: the client's product in the place of what stood in a given photograph (studio contract §4.7, §13).

Never invents a scene: the template's own pixels stay, but for the hole that its old hero leaves, and words that no
option knows are answered with a warning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from jobs.actions.appetite import Sizes, composed
from jobs.actions.casting import Casting, Extra, always, number_of
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.schema import Flag, Text, Word
from jobs.actions.studio import (
    StudioAction,
    StudioOptions,
    cut_picture,
    parse,
    read_product,
    result_facts,
    seed_of,
    store_result,
)
from storage.errors import Invalid

if TYPE_CHECKING:
    from jobs.imaging.codec import Picture
    from jobs.imaging.restaging.scene import Order, Piece, Restaged

POSITIONS = ("auto", "center", "left", "right", "top", "bottom")
SHADOWS = ("natural", "none", "soft", "hard", "contact", "reflection")
LONGEST = 4096  # pixels of a template's side; more than any result shows
NOTICEABLE = 1.6  # enlargements above this are told

# What a description may say about place, size and shadow, most specific first.
SHADOW_WORDS = {"none": ("no shadow", "without shadow"), "hard": ("hard shadow", "harsh shadow", "sharp shadow"),
                "soft": ("soft shadow",), "reflection": ("reflection", "mirror")}  # fmt: skip
PLACE_WORDS = {"left": ("on the left", "to the left", "left side"),
               "right": ("on the right", "to the right", "right side"),
               "center": ("in the center", "in the centre", "centered", "centred")}  # fmt: skip
SIZE_WORDS = {0.8: ("smaller",), 1.2: ("larger", "bigger")}


class Position(fields.Field[Any]):
    """One of the named positions, or x, y, w, h in 0..1 of the template: a list, or one text."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = str(value).strip().lower() if not isinstance(value, list | tuple) else ",".join(map(str, value))
        if text in POSITIONS:
            return text
        try:
            x, y, wide, high = (float(part) for part in text.strip("[]() ").replace(",", " ").split())
        except ValueError:
            names = ", ".join(POSITIONS)
            raise ValidationError(f"must be one of: {names}; or x,y,w,h in 0..1 of the template") from None
        inside = 0 <= x < 1 and 0 <= y < 1 and 0.02 <= wide <= 1 and 0.02 <= high <= 1
        if not inside or x + wide > 1.001 or y + high > 1.001:
            raise ValidationError("must lie inside the template: x, y, w, h in 0..1")
        return [x, y, wide, high]


class Scale(fields.Field[Any]):
    """A number 0.1..1, or `auto`, which is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = str(value).strip().lower()
        if text in ("", "auto"):
            return None
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0.1 <= number <= 1.0:
            raise ValidationError("must be a number from 0.1 to 1, or auto")
        return number


class StudioTemplateOptions(StudioOptions):
    template_id = Text(limit=120, load_default="")
    replace_object = Flag(load_default=True)
    position = Position(load_default="auto")
    box = Position(metadata={"description": "x,y,w,h in 0..1 of the template; the same as position with numbers."})
    product_scale = Scale(load_default=None)
    match_lighting = Flag(load_default=True)
    match_perspective = Flag(load_default=True)
    match_color = Flag(load_default=True)
    lock_background = Flag(load_default=True)
    shadow = Word(*SHADOWS)
    visual_prompt = Text(limit=4000, load_default="")
    extra_requirements = Text(limit=4000, load_default="")


@dataclass(frozen=True)
class Hints:
    """What the description says that can be done: shadow and position (None: nothing is said) and a size factor."""

    shadow: str | None
    position: str | None
    size: float

    @property
    def silent(self) -> bool:
        return self.shadow is None and self.position is None and self.size == 1.0


class StudioTemplate(StudioAction):
    name = "studio-template"
    schema = StudioTemplateOptions
    casting = Casting(extras=(Extra("template", "template_url", "template_file", takes_last=always, required=always),))

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = parse(StudioTemplateOptions(), raw)
        values, warned = dict(read.values), list(read.warnings)
        if values["template_id"]:
            raise Invalid(
                "There are no saved templates; send the scene as options[template_url], as template_file or as the "
                "last image.",
                field="options[template_id]", reason="unknown", code="invalid_option",
            )  # fmt: skip
        if values["variations"] > 1:
            warned.append("A template gives one result per product; variations was ignored.")
            values["variations"] = 1
        if values["negative_prompt"]:
            warned.append("Option 'negative_prompt' has no effect on a template.")
        said = f"{values['visual_prompt']} {values['extra_requirements']}".strip()
        if said and hints_in(said).silent:
            warned.append("The description asks for nothing that a template lets change; it was not used.")
        return Options(values, tuple(warned))

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        return composed(sizes, str(options["resolution"]), kept_pixel=24, canvases=1.5)

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.canvas import output_size
        from jobs.imaging.restaging.scene import Piece, restage

        picture, cutout = read_product(work)
        number = number_of(work.image.sources, "template")
        template = reduced(read_picture(work, 1 if number is None else number))
        work.check()
        hero, warned = hero_of(work, template)
        work.check()
        size = output_size(work.options["resolution"], work.options["aspect_ratio"])
        product = Piece(cutout.foreground, cutout.alpha, cutout.box)
        try:
            made = restage(template.rgb, hero, product, order_of(work.options, size))
        except ValueError:
            hero, warned = (
                None,
                ["The old object fills the template and could not be removed; the product stands on it."],
            )
            made = restage(template.rgb, None, product, order_of(work.options, size))
        work.check()
        warned += told(made)
        warned += store_result(work, made.rgb)
        facts = {"template": {**source_facts(template), **made.facts}, "box": list(made.place), "method": cutout.method}
        said = (*notes(picture), *notes(template), *warned)
        return Outcome(result_facts(work, size, picture, **facts), tuple(dict.fromkeys(said)))


def reduced(picture: "Picture") -> "Picture":
    """The template at no more pixels than any result shows."""
    import cv2
    import numpy as np

    height, width = picture.rgb.shape[:2]
    scale = LONGEST / max(height, width)
    if scale >= 1:
        return picture
    size = (round(width * scale), round(height * scale))
    small = np.asarray(cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return replace(picture, rgb=small, alpha=None)


def hero_of(work: Work, template: "Picture") -> tuple["Piece | None", list[str]]:
    """The template's own hero, cut out; None when it is to stay or there is none."""
    from jobs.imaging.faults import NoSubject
    from jobs.imaging.restaging.scene import Piece

    if not work.options["replace_object"]:
        return None, []
    try:
        cutout = cut_picture(work, replace(template, alpha=None))
    except NoSubject:
        return None, ["No object stands out in the template; nothing was removed."]
    return Piece(template.rgb, cutout.alpha, cutout.box), []


def hints_in(text: str) -> Hints:
    """What a description says about shadow, place and size."""
    plain = " ".join(text.lower().split())
    shadow = next((name for name, said in SHADOW_WORDS.items() if any(each in plain for each in said)), None)
    position = next((name for name, said in PLACE_WORDS.items() if any(each in plain for each in said)), None)
    size = next((factor for factor, said in SIZE_WORDS.items() if any(each in plain.split() for each in said)), 1.0)
    return Hints(shadow, position, size)


def order_of(options: Mapping[str, Any], size: tuple[int, int]) -> "Order":
    """The request as the craft reads it: options first, then what the description says."""
    from jobs.imaging.restaging.placing import Wish
    from jobs.imaging.restaging.scene import Order
    from jobs.imaging.restaging.standing import Manner

    said = hints_in(f"{options['visual_prompt']} {options['extra_requirements']}")
    place = options.get("box") or options["position"]
    position = place if isinstance(place, str) else "auto"
    if position == "auto" and said.position:
        position = said.position
    box = None if isinstance(place, str) else (place[0], place[1], place[2], place[3])
    manner = Manner(
        shadow=options.get("shadow") or said.shadow or "natural",
        lighting=options["match_lighting"],
        colour=options["match_color"],
        focus=options["match_perspective"],
    )
    wish = Wish(position, box, options["product_scale"], options["match_perspective"], said.size)
    return Order(size, wish, manner, options["replace_object"], options["lock_background"], seed_of(options))


def told(made: "Restaged") -> list[str]:
    """What the client should know of the result."""
    times = float(made.facts["enlarged"])
    if times > NOTICEABLE:
        return [f"The template has fewer pixels than the result; it was enlarged {times:.1f} times."]
    return []


ACTION = StudioTemplate()
