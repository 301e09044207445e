"""ad-poster: a product and the client's words composed into an advertisement (studio contract §4.5, §11, §13).

Never invents a claim: what is not said is not set, but for one neutral word when nothing at all is said.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import validate

from jobs.actions.casting import Casting, Extra
from jobs.actions.detail_words import logo_of
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes
from jobs.actions.schema import Text, Word
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
    from jobs.imaging.typesetting.looks import Look
    from jobs.imaging.typesetting.marks import Logo
    from jobs.imaging.typesetting.palette import Palette
    from jobs.imaging.typesetting.poster import Order, Poster
    from jobs.imaging.typesetting.shots import Shoot
    from jobs.imaging.typesetting.stack import Copy
    from jobs.imaging.typesetting.sweep import Subject

POSITIONS = ("auto", "top", "bottom", "left", "right", "center")
LOGO = Extra("logo", "logo_url", "logo_file")
LIMITS = {"headline": 160, "subline": 320, "cta": 48, "price": 32, "badge": 48}
LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$|^$"
FONT_HELP = "A voice (grotesque, serif, condensed …) or a typeface of the house; unknown names keep the style's own."


class AdPosterOptions(StudioOptions):
    headline = Text(load_default="")
    subline = Text(load_default="")
    cta = Text(load_default="")
    visual_prompt = Text(limit=4000, load_default="")
    style = Text(load_default="")
    purpose = Text(load_default="")
    brand_color = Text(limit=60, load_default="")
    accent_color = Text(limit=60, load_default="")
    font = Text(limit=80, load_default="", metadata={"description": FONT_HELP})
    text_position = Word(*POSITIONS, load_default="auto")
    price = Text(limit=80, load_default="")
    badge = Text(limit=200, load_default="")
    language = Text(limit=20, load_default="en", validate=validate.Regexp(LANGUAGE, error="is not a language code"))
    background = Text(load_default="")
    lighting = Text(load_default="")


class AdPoster(StudioAction):
    name = "ad-poster"
    schema = AdPosterOptions
    casting = Casting(extras=(LOGO,))

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        return parse(AdPosterOptions(), {name: value for name, value in raw.items() if name != "logo_url"})

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.typesetting.sweep import Subject

        picture, cutout = read_product(work)
        subject = Subject(cutout.foreground, cutout.alpha, cutout.box)
        warned = list(notes(picture))
        base = order_of(work.options, subject, logo_of(work, warned), warned)
        variations, made = work.options["variations"], list[dict[str, Any]]()
        for variation in range(variations):
            work.check()
            poster, scene = posed(work.options, subject, replace(base, take=variation), warned)
            work.check()
            warned += [*poster.warnings, *store_result(work, poster.rgb, variation, variations)]
            made.append({**poster.facts, **scene})
        facts = result_facts(work, base.size, picture, posters=made, style=base.look.id, method=cutout.method)
        return Outcome(facts, tuple(dict.fromkeys(warned)))


def order_of(options: Mapping[str, Any], subject: "Subject", logo: "Logo | None", warned: list[str]) -> "Order":
    """What the options ask for."""
    from jobs.imaging.canvas import output_size
    from jobs.imaging.typesetting.poster import Order

    copy = copy_of(options, warned)
    look, palette = style_of(options, subject, warned)
    size = output_size(options["resolution"], options["aspect_ratio"])
    return Order(size, copy, look, palette, options["text_position"], 0, logo)


def posed(
    options: Mapping[str, Any], subject: "Subject", order: "Order", warned: list[str]
) -> "tuple[Poster, dict[str, str]]":
    """The poster in its scene, and the scene's name."""
    from jobs.imaging.typesetting.poster import compose

    shoot, scene = scene_for(options, subject, order, seed_of(options, order.take), warned)
    return compose(subject, order, shoot), scene


def scene_for(
    options: Mapping[str, Any], subject: "Subject", order: "Order", seed: int, warned: list[str]
) -> "tuple[Shoot, dict[str, str]]":
    """A baked stage for the words, or paper of the palette's colour where there is none."""
    from jobs.imaging.scenery.brief import Brief
    from jobs.imaging.scenery.direction import direct
    from jobs.imaging.typesetting.scene import on_paper, on_stage
    from jobs.imaging.typesetting.sweep import Paper

    look, described = order.look, options["visual_prompt"] or options["background"]
    plain = on_paper(subject, Paper(ground_of(order, subject)), seed), {"stage": "paper"}
    if not described and not look.staged:
        if options["lighting"]:
            warned.append("lighting has no effect on plain paper; describe a scene in visual_prompt.")
        return plain
    brief = Brief(
        visual_prompt=options["visual_prompt"],
        background=options["background"],
        aesthetic=look.aesthetic,
        lighting=options["lighting"] or ("" if described else look.lighting),
        negative_prompt=options["negative_prompt"],
    )
    try:
        directed = direct(brief, seed, PLATES)
    except FileNotFoundError:
        if described:
            warned.append("No baked scenes are installed; the product stands on plain paper.")
        return plain
    warned += directed.warnings
    return on_stage(subject, directed.setting, seed), {"stage": directed.setting.stage.name}


def ground_of(order: "Order", subject: "Subject") -> tuple[int, int, int]:
    """The paper's colour by the style; another of the palette where the product would sink into it."""
    from jobs.imaging.typesetting.palette import distinct, mix, paper

    colours = order.palette
    grounds = {"light": (243, 243, 241), "dark": colours.deep, "brand": colours.brand, "tint": colours.tint,
               "accent": colours.accent}  # fmt: skip
    x0, y0, x1, y1 = subject.box
    seen, cover = subject.foreground[y0:y1, x0:x1], subject.alpha[y0:y1, x0:x1]
    wished = paper(grounds[order.look.ground])
    others = (wished, paper(mix(wished, colours.brand, 0.16)), paper(colours.accent), colours.tint, colours.deep)
    return next((ground for ground in others if distinct(seen, cover, ground) > 0.45), wished)


def copy_of(options: Mapping[str, Any], warned: list[str]) -> "Copy":
    """The client's words, settable; one neutral word where there are none at all."""
    from jobs.imaging.typesetting.cleaning import clean
    from jobs.imaging.typesetting.phrases import poster_default
    from jobs.imaging.typesetting.runs import known
    from jobs.imaging.typesetting.stack import Copy

    language = options["language"].replace("_", "-") or "en"
    said: dict[str, str] = {}
    for name, limit in LIMITS.items():
        text = clean(options[name], known, limit, language)
        if text.dropped:
            shown = "".join(text.dropped[:8])
            warned.append(f"The {name} has characters that no typeface here has; they were left out: {shown}")
        if text.cut:
            warned.append(f"The {name} is too long for a poster and was shortened.")
        said[name] = text.text
    if not any(said.values()):
        said["headline"], said["cta"] = poster_default(options["purpose"], language)
        warned.append("No text was given; the poster carries a neutral phrase. Send headline, subline and cta.")
    return Copy(**said, language=language)


def style_of(options: Mapping[str, Any], subject: "Subject", warned: list[str]) -> "tuple[Look, Palette]":
    """The look for the client's words, with the client's font and colours, else the product's own."""
    from jobs.imaging.colour_words import parse_colour
    from jobs.imaging.typesetting.looks import look_for
    from jobs.imaging.typesetting.palette import leading_colour, palette
    from jobs.imaging.typesetting.voices import voice_for

    look, understood = look_for(options["style"], options["purpose"], options["visual_prompt"])
    if not understood:
        warned.append(f"The style '{options['style'][:60]}' is not known; {look.id} was used.")
    if options["font"]:
        voice = voice_for(options["font"])
        if voice is None:
            warned.append(f"The font '{options['font'][:60]}' is not installed; the style's own was used.")
        else:
            look = replace(look, voice=voice)
    colours = dict[str, Any]()
    for name in ("brand_color", "accent_color"):
        colours[name] = parse_colour(options[name]) if options[name] else None
        if options[name] and colours[name] is None:
            warned.append(f"{name} '{options[name][:40]}' is not a colour and was ignored.")
    x0, y0, x1, y1 = subject.box
    own = colours["brand_color"] or leading_colour(subject.foreground[y0:y1, x0:x1], subject.alpha[y0:y1, x0:x1])
    return look, palette(own, colours["accent_color"] or (parse_colour(look.accent) if look.accent else None))


ACTION = AdPoster()
