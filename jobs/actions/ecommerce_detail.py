"""ecommerce-detail: eight panels about one product for a country, platform and language (studio contract §4.6, §13).

Never states a fact that the request does not hold: without the words for a panel a picture takes its place.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate

from jobs.actions.casting import Casting, Extra
from jobs.actions.detail_words import Words, logo_of, words_of
from jobs.actions.offer import Options, Outcome, Work
from jobs.actions.reading import notes
from jobs.actions.schema import Flag, Text, Texts, Word
from jobs.actions.studio import (
    StudioAction,
    StudioOptions,
    parse,
    read_product,
    result_facts,
    seed_of,
    store_result,
)
from storage.model import Role

if TYPE_CHECKING:
    from jobs.imaging.codec import Picture
    from jobs.imaging.panels.dossier import Dossier, Theme, View
    from jobs.imaging.panels.sheet import Sheet
    from jobs.imaging.panels.showing import Stage

LOGO = Extra("logo", "logo_url", "logo_file")
LAYOUTS = ("auto", "3x3", "2x4", "4x2", "1x8")
SPLIT_SIDE = {"1K": 1024, "2K": 1536, "4K": 2048}  # the longer side of a panel delivered by itself
BARE_HERO = ("amazon", "walmart", "google", "ebay")  # marketplaces whose first picture is the product on white alone
NO_CALLS = ("amazon", "walmart", "google")
LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$|^$"


class Lines(fields.Field[list[str]]):
    """A list of sentences: a list, or text with a line per sentence (or semicolons between them)."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        parts = value.values() if isinstance(value, Mapping) else value
        if isinstance(parts, str):
            parts = parts.split("\n") if "\n" in parts.strip() else parts.split(";")
        if not hasattr(parts, "__iter__"):
            raise ValidationError("must be a list or lines of text")
        texts = [str(part).replace("\0", "").strip(" \t\r-•*·") for part in parts]
        texts = [text for text in texts if text]
        if len(texts) > 60 or any(len(text) > 2000 for text in texts):
            raise ValidationError("has more than 60 entries or one of more than 2000 characters")
        return texts


class EcommerceDetailOptions(StudioOptions):
    country = Text(limit=80, load_default="")
    platform = Text(limit=60, load_default="")
    language = Text(limit=20, load_default="en", validate=validate.Regexp(LANGUAGE, error="is not a language code"))
    theme_prompt = Text(limit=4000, load_default="")
    additional_requirements = Text(limit=4000, load_default="")
    product_name = Text(limit=200, load_default="")
    brand = Text(limit=80, load_default="")
    features = Lines(load_default=list)
    specs = Lines(load_default=list)
    whats_in_box = Lines(load_default=list)
    how_to_use = Lines(load_default=list)
    size_text = Text(limit=400, load_default="")
    guarantee = Text(limit=400, load_default="")
    price = Text(limit=40, load_default="")
    currency = Text(limit=10, load_default="")
    units = Word("metric", "imperial", load_default="")
    panels = Texts(load_default=list)
    layout = Word(*LAYOUTS, load_default="auto")
    split_panels = Flag(load_default=False)
    palette = Texts(load_default=list)
    font = Text(limit=80, load_default="")


class EcommerceDetail(StudioAction):
    name = "ecommerce-detail"
    schema = EcommerceDetailOptions
    casting = Casting(together=True, most=8, extras=(LOGO,))

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        given = {name: value for name, value in raw.items() if name != "logo_url"}
        if isinstance(given.get("specs"), Mapping):
            given["specs"] = [f"{name}: {value}" for name, value in given["specs"].items()]
        return parse(EcommerceDetailOptions(), given)

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.panels.sheet import compose, planned

        options = work.options
        pictures, views, warned = photographed(work)
        words = words_of(options, views[0].subject.shape, logo_of(work, warned), list[str]())
        size, layout = canvas_of(options, words.warnings)
        variations = options["variations"]
        files = 9 if options["split_panels"] else 1
        for variation in range(variations):
            seed = seed_of(options, variation)
            dossier = told(options, words, views, variation)
            kinds = planned(dossier, wanted_kinds(options, dossier))
            stage = stage_for(options, dossier, seed)
            sheet = compose(dossier, size, layout, kinds, stage, work.check)
            first = variation * files
            warned += store_result(work, sheet.rgb, first, variations * files)
            if options["split_panels"]:
                split(work, dossier, sheet, stage, first, variations * files)
            warned += dossier.warnings
        facts = result_facts(work, size, pictures[0], panels=list(kinds), layout=layout, contrast=sheet.contrast,
                             language=words.language, units=words.units)  # fmt: skip
        return Outcome(facts, tuple(dict.fromkeys(warned)))


def photographed(work: Work) -> "tuple[list[Picture], tuple[View, ...], list[str]]":
    """All photos of the product, decoded and cut out, and the decoder's notes."""
    from jobs.imaging.panels.dossier import View
    from jobs.imaging.typesetting.sweep import Subject

    pictures, views, warned = list["Picture"](), list["View"](), list[str]()
    for number, source in enumerate(work.image.sources):
        if source.role == LOGO.role:
            continue
        picture, cutout = read_product(work, number)
        pictures.append(picture)
        views.append(View(picture.rgb, Subject(cutout.foreground, cutout.alpha, cutout.box)))
        warned += notes(picture)
        work.check()
    return pictures, tuple(views), warned


def canvas_of(options: Mapping[str, Any], warned: list[str]) -> tuple[tuple[int, int], str]:
    """The sheet's size and its layout; the long page has a shape of its own."""
    from jobs.imaging.canvas import output_size
    from jobs.imaging.panels.grid import layout_for, page_size

    if options["layout"] == "1x8":
        warned.append("The 1x8 layout is a long page; aspect_ratio has no effect on it.")
        return page_size(options["resolution"]), "1x8"
    size = output_size(options["resolution"], options["aspect_ratio"])
    return size, layout_for(options["layout"], size)


def told(options: Mapping[str, Any], words: Words, views: "tuple[View, ...]", variation: int = 0) -> "Dossier":
    """The dossier of one variation; each has a colour of its own unless the client gave them."""
    from jobs.imaging.panels.dossier import Dossier

    theme = theme_of(options, views[0], words, variation)
    return Dossier(
        views, theme, words.language, words.rtl, words.name, words.brand, words.features, words.specs, words.box,
        words.steps, words.sizes, words.guarantee, words.price, words.logo, list(words.warnings),
    )  # fmt: skip


def theme_of(options: Mapping[str, Any], view: "View", words: Words, variation: int = 0) -> "Theme":
    """Colours and voices by the client's palette, font and theme, else the product's own colour."""
    from jobs.actions.detail_words import colour_in, wishes
    from jobs.imaging.panels.dossier import Theme
    from jobs.imaging.typesetting.looks import look_for
    from jobs.imaging.typesetting.palette import companion, leading_colour, palette

    look, _ = look_for("", "", options["theme_prompt"])
    look, scale = wishes(options, look, words.warnings)
    given = [colour_in(text) for text in options["palette"]]
    if any(colour is None for colour in given):
        words.warnings.append("A colour of the palette could not be read and was ignored.")
    colours = [colour for colour in given if colour is not None]
    themed = colour_in(options["theme_prompt"]) if not colours else None
    x0, y0, x1, y1 = view.subject.box
    lead = leading_colour(view.subject.foreground[y0:y1, x0:x1], view.subject.alpha[y0:y1, x0:x1])
    brand = colours[0] if colours else themed or companion(lead, variation)
    platform = options["platform"].strip().lower()
    accent = colours[1] if len(colours) > 1 else None
    strict = any(name in platform for name in BARE_HERO)
    calls = not any(name in platform for name in NO_CALLS)
    if not calls:
        words.warnings.append(
            f"{options['platform'][:40]} allows no call to action in pictures; the last panel has none."
        )
    return Theme(look, palette(brand, accent), scale, strict, calls)


def wanted_kinds(options: Mapping[str, Any], dossier: "Dossier") -> list[str]:
    """The asked kinds in the house's words."""
    from jobs.actions.detail_words import panel_kind

    out = list[str]()
    for text in options["panels"]:
        kind = panel_kind(text)
        if kind is None:
            dossier.warn(f"The panel '{text[:40]}' is not known and was left out.")
        else:
            out.append(kind)
    if len(out) > 8:
        dossier.warn("A sheet has eight panels; further ones were left out.")
    return out


def stage_for(options: Mapping[str, Any], dossier: "Dossier", seed: int) -> "Stage":
    """Scenes for the pictures: the theme's words on a baked stage, another one for each; paper where there is none."""
    from jobs.imaging.panels.scenes import stage

    return stage(dossier, options["theme_prompt"], options["negative_prompt"], seed)


def split(work: Work, dossier: "Dossier", sheet: "Sheet", stage: "Stage", first: int, of: int) -> None:
    """Every panel once more by itself, drawn at its own size."""
    from jobs.imaging.panels.sheet import drawn

    side = SPLIT_SIDE[work.options["resolution"]]
    sizes = list[tuple[int, int]]()
    for (x0, y0, x1, y1), _ in sheet.cards:
        scale = side / max(x1 - x0, y1 - y0)
        sizes.append((round((x1 - x0) * scale), round((y1 - y0) * scale)))
    for number, card in enumerate(drawn(dossier, sheet.kinds, sizes, stage, work.check), 1):
        store_result(work, card.canvas, first + number, of, role=Role.PRINT, facts={"panel": sheet.kinds[number - 1]})


ACTION = EcommerceDetail()
