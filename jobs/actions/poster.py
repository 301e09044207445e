"""Poster: one print file at 300 dpi in one of the named sheet sizes (print contract §7.3).

A poster is a physical product: never a share link, never a customer PDF.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from jobs.actions.appetite import Sizes, sheet
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.actions.print_options import PRINT_LIMITS, SheetOptions, print_quote, read_print_options
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.schema import Word
from jobs.actions.slugs import image_slug
from jobs.actions.wallart import network_enlarger, opaque, print_file, sheet_dpi
from storage.errors import Invalid
from storage.model import Dialect, Pool, Quote

SIZES = ("24x36", "12x18", "16x24", "18x24", "20x30", "a1", "a2", "a3")
RATIOS = {"2:3": "24x36", "3:4": "18x24", "iso": "a1"}
RATIO_OF = dict.fromkeys(("24x36", "12x18", "16x24", "20x30"), "2:3") | {"18x24": "3:4"}
PROMISED = ("mockup_count", "video", "listing_pdf")


class PosterOptions(SheetOptions):
    size = Word(*SIZES)
    ratio = Word(*RATIOS)
    bleed_in = fields.Float(load_default=0.0, validate=validate.Range(0, 1))


class Poster:
    name = "poster"
    dialect = Dialect.PRINT
    pool = Pool.PIXELS
    limits: Limits = PRINT_LIMITS

    def available(self, models_dir: Path) -> str | None:
        return None

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        """`size` may be upright or turned ("36x24" asks for landscape); it wins over `ratio` unless they clash."""
        raw = dict(raw)
        size = str(raw.get("size", "")).lower().replace("×", "x").replace(" ", "").removesuffix("in")
        turned = "x".join(reversed(size.split("x"))) if "x" in size else size
        if size and size not in SIZES and turned in SIZES:
            raw["size"], raw["orientation"] = turned, "landscape"
        elif size:
            raw["size"] = size
        warned = []
        if str(raw.get("drive", "")).strip().lower() not in ("", "false", "0", "no"):
            warned.append("Posters are physical products and get no share link.")
            raw.pop("drive")
        read = read_print_options(PosterOptions(), raw, PROMISED, tuple(warned))
        values = dict(read.values)
        ratio = values.get("ratio")
        if "size" not in values:
            values["size"] = RATIOS[ratio or "2:3"]
        elif ratio and RATIO_OF.get(values["size"], "iso") != ratio:
            raise Invalid(
                f"size {values['size']} does not have the ratio {ratio}.",
                field="ratio",
                reason="contradicts size",
                code="invalid_option",
            )
        return Options(values, read.warnings)

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return print_quote(self.name, count)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        from jobs.imaging.upscale import PRINT_PIXELS

        return sheet(sizes, PRINT_PIXELS)

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.print_set import poster

        picture = read_picture(work)
        file = poster(
            opaque(picture),
            work.options["size"],
            orientation=work.options["orientation"],
            bleed_in=work.options["bleed_in"],
            dpi=sheet_dpi(work),
            enlarge=network_enlarger(work, picture),
        )
        work.store(print_file(file, image_slug(work.batch, work.image)))
        facts = {"source": source_facts(picture), "size": work.options["size"], "bleed_in": work.options["bleed_in"]}
        return Outcome(facts, notes(picture))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return iter(())


ACTION = Poster()
