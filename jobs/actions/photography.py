"""photography: a product stood in a photographed scene, by words and ids (studio contract §4.3, §4.7, §11, §13).

Never invents the scene's pixels: stages are baked, light is mixed. What words ask for and no stage has is a warning.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes
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
    from jobs.imaging.scenery.direction import Brief
    from jobs.imaging.scenery.setting import Setting

PROMPT_NAMES = ("prompt", "scene")  # other names of visual_prompt


class PhotographyOptions(StudioOptions):
    visual_prompt = Text(limit=4000, load_default="", metadata={"description": "Also: prompt, scene."})
    background = Text(load_default="")
    aesthetic = Text(load_default="")
    atmosphere = Text(load_default="")
    lighting = Text(load_default="")
    props = Texts(load_default=list)
    include_model = Flag(load_default=False)
    requirements = Text(load_default="")
    action = Text(load_default="")
    surface = Text(load_default="")
    camera_angle = Text(limit=60, load_default="")
    shadow = Text(limit=60, load_default="")
    product_scale = fields.Float(load_default=0.6, validate=validate.Range(0.2, 0.95))
    position = Text(limit=60, load_default="")
    extra_requirements = Text(load_default="")


class Photography(StudioAction):
    name = "photography"
    schema = PhotographyOptions

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        return parse(PhotographyOptions(), prompt_named(raw))

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.canvas import output_size
        from jobs.imaging.scenery.direction import direct
        from jobs.imaging.scenery.render import Item, render

        picture, cutout = read_product(work)
        size = output_size(work.options["resolution"], work.options["aspect_ratio"])
        item = Item(cutout.foreground, cutout.alpha, cutout.box, work.options["product_scale"])
        brief, warned = brief_of(work.options), list(notes(picture))
        variations, scenes = work.options["variations"], list[dict[str, str]]()
        for variation in range(variations):
            work.check()
            seed = seed_of(work.options, variation)
            directed = direct(brief, seed, PLATES)
            pixels = render(directed.setting, (item,), size, seed).rgb
            work.check()
            warned += [*directed.warnings, *store_result(work, pixels, variation, variations)]
            scenes.append(scene_facts(directed.setting))
        facts = result_facts(work, size, picture, scenes=scenes, method=cutout.method)
        return Outcome(facts, tuple(dict.fromkeys(warned)))


def prompt_named(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the prompt under its own name; the first name that says something wins."""
    found = dict(raw)
    said = [found.pop(name) for name in PROMPT_NAMES if name in found]
    if not str(found.get("visual_prompt") or "").strip() and said:
        found["visual_prompt"] = next((text for text in said if str(text or "").strip()), "")
    return found


def brief_of(options: Mapping[str, Any]) -> "Brief":
    """The request's words as the scenery's director reads them."""
    from jobs.imaging.scenery.direction import Brief

    texts = ("visual_prompt", "background", "aesthetic", "atmosphere", "lighting", "surface", "camera_angle", "shadow",
             "position", "extra_requirements", "negative_prompt", "requirements", "action")  # fmt: skip
    return Brief(
        **{name: options[name] for name in texts},
        props=", ".join(options["props"]),
        product_scale=options["product_scale"],
        include_model="true" if options["include_model"] else "",
    )


def scene_facts(setting: "Setting") -> dict[str, str]:
    """Which scene a variation got."""
    return {"stage": setting.stage.name, "lighting": setting.lighting.id, "atmosphere": setting.atmosphere}


ACTION = Photography()
