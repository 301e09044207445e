"""lookalike: the product in a new scene that feels like a reference photograph (studio contract §4.7, §13).

Never copies the reference: its light, colours, focus, composition and mood are measured, and a scene of our own is
chosen, lit, painted and graded after them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate

from jobs.actions.casting import Casting, Extra, always, number_of
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.schema import Flag, Text, Texts
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
    from jobs.imaging.codec import Picture
    from jobs.imaging.likeness.reference import Reference
    from jobs.imaging.scenery.brief import Brief

TRANSFERS = ("lighting", "color", "composition", "background", "props", "mood")
OTHER_NAMES = {"colour": "color", "colors": "color", "colours": "color", "light": "lighting", "scene": "background"}


class Transfers(Texts):
    """A list of what is taken over; `all` or nothing means everything."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        named = [
            OTHER_NAMES.get(text.lower(), text.lower()) for text in super()._deserialize(value, attr, data, **kwargs)
        ]
        if not named or "all" in named:
            return list(TRANSFERS)
        wrong = [name for name in named if name not in TRANSFERS]
        if wrong:
            raise ValidationError(f"must be of: {', '.join(TRANSFERS)}")
        return list(dict.fromkeys(named))


class LookalikeOptions(StudioOptions):
    transfer = Transfers(load_default=lambda: list(TRANSFERS))
    strength = fields.Float(load_default=0.7, validate=validate.Range(0, 1))
    preserve_product = Flag(load_default=True)
    preserve_logo = Flag(load_default=True)
    visual_prompt = Text(limit=4000, load_default="")
    background = Text(load_default="")
    aesthetic = Text(load_default="")
    extra_requirements = Text(limit=4000, load_default="")


class Lookalike(StudioAction):
    name = "lookalike"
    schema = LookalikeOptions
    casting = Casting(
        extras=(Extra("reference", "reference_url", "reference_file", takes_last=always, required=always),)
    )

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = parse(LookalikeOptions(), raw)
        warned = list(read.warnings)
        if raw.get("transfer") and "props" in read.values["transfer"]:
            warned.append("Things beside the reference's subject are not copied; name props in visual_prompt instead.")
        return Options(read.values, tuple(warned))

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.canvas import output_size
        from jobs.imaging.likeness.choosing import choose
        from jobs.imaging.likeness.scene import Keeping, compose, measured
        from jobs.imaging.scenery.render import Item

        picture, cutout = read_product(work)
        number = number_of(work.image.sources, "reference")
        pattern = read_picture(work, 1 if number is None else number)
        work.check()
        reference, warned = measure_reference(work, pattern)
        work.check()
        options, variations = work.options, int(work.options["variations"])
        size = output_size(options["resolution"], options["aspect_ratio"])
        transfer, strength = frozenset(options["transfer"]), float(options["strength"])
        item = Item(cutout.foreground, cutout.alpha, cutout.box)
        keeping = Keeping(options["preserve_product"], options["preserve_logo"])
        scenes = []
        for variation in range(variations):
            work.check()
            seed = seed_of(options, variation)
            chosen = choose(reference, brief_of(options), transfer, strength, seed, PLATES)
            made = compose(chosen, reference, item, size, transfer, strength, keeping, seed)
            work.check()
            warned += [*chosen.warnings, *store_result(work, made.rgb, variation, variations)]
            setting = chosen.setting
            scenes.append({"stage": setting.stage.name, "lighting": setting.lighting.id, "aesthetic": chosen.aesthetic,
                           "atmosphere": setting.atmosphere, "box": list(made.box)})  # fmt: skip
        told = {"reference": {**source_facts(pattern), **measured(reference)}, "scenes": scenes,
                "transfer": sorted(transfer - {"props"}), "strength": strength, "method": cutout.method}  # fmt: skip
        facts = result_facts(work, size, picture, **told)
        return Outcome(facts, tuple(dict.fromkeys((*notes(picture), *notes(pattern), *warned))))


def measure_reference(work: Work, pattern: "Picture") -> tuple["Reference", list[str]]:
    """The reference's measures, and what the result must say about them."""
    import cv2
    import numpy as np

    from jobs.imaging.cutout import cut_out
    from jobs.imaging.faults import NoSubject
    from jobs.imaging.likeness.reference import SIDE, measure

    height, width = pattern.rgb.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    rgb = np.asarray(cv2.resize(pattern.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    session, kind = work.engines.cutout()
    try:
        hero = cut_out(rgb, session, kind=kind)
    except NoSubject:
        return measure(rgb, None, None), ["Nothing stands out in the reference; its whole picture was measured."]
    return measure(rgb, hero.alpha, hero.box), []


def brief_of(options: Mapping[str, Any]) -> "Brief":
    """What the request itself says of the scene."""
    from jobs.imaging.scenery.brief import Brief

    texts = ("visual_prompt", "background", "aesthetic", "extra_requirements", "negative_prompt")
    return Brief(**{name: options[name] for name in texts})


ACTION = Lookalike()
