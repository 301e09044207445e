"""bg-remove: the product cut out, cleaned and set by a marketplace's rules (studio contract §4.1, §11, §12).

Backgrounds are transparent, one colour, or, for a description, a baked scene. Never generates pixels of a scene, and a
picture without a subject is an honest error.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from jobs.actions.offer import Options, Outcome, Produced, Work
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.schema import Flag, Text, Word
from jobs.actions.studio import (
    MEDIA,
    PLATES,
    StudioAction,
    StudioOptions,
    cut_picture,
    parse,
    result_facts,
    seed_of,
    store_result,
)
from storage.model import Role

if TYPE_CHECKING:
    from jobs.imaging.canvas import Look
    from jobs.imaging.codec import Picture
    from jobs.imaging.cutout import Cutout
    from jobs.imaging.marketplace import Preset

SCENE_FILL = 0.62
PLATFORMS = ("amazon", "shopify", "etsy", "ebay", "walmart", "tiktok", "google", "none")
COLOUR = re.compile(r"#?[0-9a-fA-F]{3}|#?[0-9a-fA-F]{6}|[a-zA-Z][a-zA-Z -]{1,40}")


class BgRemoveOptions(StudioOptions):
    platform = Word(
        *PLATFORMS,
        load_default="none",
        metadata={"description": "A marketplace's rules: its size, ratio, pure white and JPEG win over what is asked."},
    )
    optimize_repair = Flag(load_default=True)
    preserve_edges = Flag(load_default=True)
    optimize_lighting = Flag(load_default=False)
    bg_prompt = Text(load_default="")
    bg_color = Text(
        limit=48, load_default="", validate=validate.Regexp(rf"^({COLOUR.pattern})?$", error="is not a colour")
    )
    fill = fields.Float(
        validate=validate.Range(0.1, 1.0), metadata={"description": "The subject's share of the frame."}
    )
    padding = fields.Float(
        validate=validate.Range(0.0, 0.45),
        metadata={"description": "Free share on each side: fill is 1 - 2 × padding, unless fill is given."},
    )
    shadow = Word("none", "soft", "contact")
    feather = fields.Float(
        load_default=0.0,
        validate=validate.Range(0, 50),
        metadata={"description": "Pixels over which the edge fades inwards."},
    )
    return_mask = Flag(load_default=False)
    seed = Text(limit=40, load_default="")


class BgRemove(StudioAction):
    name = "bg-remove"
    schema = BgRemoveOptions

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = parse(BgRemoveOptions(), raw)
        values, warned = dict(read.values), list(read.warnings)
        if values["variations"] > 1:
            warned.append("A cut-out has one result per image; variations was ignored.")
            values["variations"] = 1
        if not described(values):
            warned += without_effect(values)
            values |= {"seed": "", "negative_prompt": ""}
        if "padding" in values:
            values.setdefault("fill", 1.0 - 2 * values["padding"])
        if values["platform"] != "none":
            warned += preset_overrides(values, raw)
        return Options(values, tuple(warned))

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.marketplace import PRESETS, effective_ratio, inspect_listing, listing

        picture = read_picture(work)
        preset = PRESETS[work.options["platform"]]
        options = work.options
        cutout = cut_picture(work, picture, repair=options["optimize_repair"], preserve_edges=options["preserve_edges"])
        work.check()
        look, warned = chosen_look(work.options, preset)
        if work.options["optimize_lighting"]:
            cutout = lit(cutout)
        if described(options) and look.background is None:
            return in_scene(work, picture, cutout)
        resolution, ratio = work.options["resolution"], effective_ratio(preset, work.options["aspect_ratio"])
        canvas = listing(
            cutout.foreground, cutout.alpha, cutout.box, preset, resolution, work.options["aspect_ratio"], look
        )
        work.check()
        warned += encode_result(work, canvas, preset)
        if work.options["return_mask"]:
            store_mask(work, cutout)
        if preset.background is not None:
            warned += [finding.text for finding in inspect_listing(canvas, preset, resolution)]
        facts = {
            "engine": "local",
            "aspect_ratio": ratio,
            "width": canvas.shape[1],
            "height": canvas.shape[0],
            "source": source_facts(picture),
        }
        return Outcome(facts, (*notes(picture), *warned))


def described(options: Mapping[str, Any]) -> bool:
    """Whether words for the background are given and count."""
    return bool(options["platform"] == "none" and options["bg_prompt"] and not options["bg_color"])


def without_effect(options: Mapping[str, Any]) -> list[str]:
    """What says nothing to a cut-out without a scene."""
    return [f"Option '{name}' has no effect on a cut-out." for name in ("seed", "negative_prompt") if options.get(name)]


def in_scene(work: Work, picture: "Picture", cutout: "Cutout") -> Outcome:
    """The product in a baked scene that answers the description."""
    from jobs.imaging.canvas import output_size
    from jobs.imaging.scenery.brief import Brief
    from jobs.imaging.scenery.direction import direct
    from jobs.imaging.scenery.render import Item, render

    options, seed = work.options, seed_of(work.options)
    size = output_size(options["resolution"], options["aspect_ratio"])
    brief = Brief(
        visual_prompt=options["bg_prompt"],
        negative_prompt=options["negative_prompt"],
        shadow=options.get("shadow") or "",
    )
    directed = direct(brief, seed, PLATES)
    item = Item(cutout.foreground, cutout.alpha, cutout.box, options.get("fill") or SCENE_FILL)
    made = render(directed.setting, (item,), size, seed)
    work.check()
    warned = [*directed.warnings, *store_result(work, made.rgb, role=Role.CUTOUT)]
    if options["feather"]:
        warned.append("Option 'feather' has no effect in a scene.")
    if options["return_mask"]:
        store_mask(work, cutout)
    facts = result_facts(work, size, picture, scene=directed.setting.stage.name, method=cutout.method)
    return Outcome(facts, tuple(dict.fromkeys((*notes(picture), *warned))))


def preset_overrides(values: Mapping[str, Any], raw: Mapping[str, Any]) -> list[str]:
    """What the marketplace's rules decide although the request asked for something else."""
    platform, warned = values["platform"], []
    ratio = "4:3" if platform == "etsy" else "1:1"
    if raw.get("aspect_ratio") and values["aspect_ratio"] != ratio:
        warned.append(f"The {platform} preset uses {ratio}; aspect_ratio {values['aspect_ratio']} was ignored.")
    if values["bg_prompt"] or values["bg_color"]:
        warned.append(f"The {platform} preset uses a pure white background; the asked background was ignored.")
    if values.get("output_format") not in (None, "jpg", "jpeg"):
        warned.append(f"The {platform} preset delivers JPEG; output_format was ignored.")
    return warned


def lit(cutout: "Cutout") -> "Cutout":
    from jobs.imaging.lighting import normalise_light

    return replace(cutout, foreground=normalise_light(cutout.foreground, cutout.alpha))


def chosen_look(options: Mapping[str, Any], preset: "Preset") -> tuple["Look", list[str]]:
    """The preset's look with the request's wishes; words that are no colour leave the background open."""
    from jobs.imaging.colour_words import parse_colour
    from jobs.imaging.marketplace import look_for

    look, warned = look_for(preset, options["optimize_lighting"]), []
    if options.get("fill") is not None:
        look = replace(look, fill=options["fill"])
    if options.get("shadow") is not None:
        look = replace(look, shadow=options["shadow"])
    look = replace(look, feather=options["feather"])
    if preset.background is None:
        text = options["bg_color"] or options["bg_prompt"]
        colour = parse_colour(text) if text else None
        if options["bg_color"] and colour is None:
            warned.append(f"The colour '{options['bg_color']}' is not known; the background was left transparent.")
        elif colour is not None and not options["bg_color"]:
            warned += without_effect(options)
        look = replace(look, background=colour)
    return look, warned


def encode_result(work: Work, canvas: Any, preset: "Preset") -> list[str]:
    """Store the result in its format; returns warnings."""
    from jobs.imaging import encode

    transparent, warned = canvas.shape[2] == 4, []
    wanted = work.options.get("output_format", "").replace("jpeg", "jpg")
    kind = "jpg" if preset.format == "JPEG" or (not transparent and not wanted) else (wanted or "png")
    if transparent and kind == "jpg":
        kind = "png"
        warned.append("A transparent result cannot be JPEG; it is PNG.")
    if kind == "jpg":
        data, quality = encode.jpeg_within(canvas, preset.max_bytes, preset.quality or 92, preset.subsampling, 72)
        if quality < (preset.quality or 92):
            warned.append(
                f"JPEG quality {quality} keeps the file under the marketplace's {preset.max_bytes // 1_000_000} MB."
            )
    else:
        data = encode.png(canvas, 72) if kind == "png" else encode.webp(canvas, 90)
    store_file(work, Role.CUTOUT, kind, MEDIA[kind], data, canvas.shape)
    return warned


def store_mask(work: Work, cutout: "Cutout") -> None:
    """The mask in the source's own pixels, 8-bit grey PNG."""
    import numpy as np

    from jobs.imaging import encode

    mask = np.rint(cutout.alpha * 255).astype(np.uint8)
    store_file(work, Role.MASK, "png", "image/png", encode.png(np.dstack([mask] * 3), 72), mask.shape)


def store_file(work: Work, role: Role, extension: str, media: str, data: bytes, shape: tuple[int, ...]) -> None:
    suffix = "_mask" if role is Role.MASK else ""
    name = f"result_{work.image.index + 1:03d}{suffix}.{extension}"
    work.store(Produced(role, name, name, data, media, extension, shape[1], shape[0]))


ACTION = BgRemove()
