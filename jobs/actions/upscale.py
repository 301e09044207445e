"""Upscale: each picture enlarged 2, 4 or 8 times, or to a longest side, alpha-safe (print contract §7.5).

Never beyond 12 000 pixels a side, and always says by which method.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from jobs.actions.appetite import Sizes, upscaled
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.actions.print_options import PRINT_LIMITS, PrintOptions, one_of, print_quote, read_print_options
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.slugs import image_slug
from storage.errors import Invalid
from storage.model import Dialect, Pool, Quote, Role

JPEG_QUALITY = 95


class UpscaleOptions(PrintOptions):
    scale = fields.Integer(validate=one_of(2, 4, 8))
    target_px = fields.Integer(validate=validate.Range(500, 12_000))


class Upscale:
    name = "upscale"
    dialect = Dialect.PRINT
    pool = Pool.MODELS
    limits: Limits = PRINT_LIMITS

    def available(self, models_dir: Path) -> str | None:
        return None

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = read_print_options(UpscaleOptions(), raw)
        values = dict(read.values)
        if "scale" in values and "target_px" in values:
            raise Invalid(
                "Give scale or target_px, not both.",
                field="target_px",
                reason="contradicts scale",
                code="invalid_option",
            )
        if "target_px" not in values:
            values.setdefault("scale", 4)
        return Options(values, read.warnings)

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return print_quote(self.name, count)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        from jobs.imaging.upscale import NETWORK_PIXELS, final_size

        result = final_size(*sizes[0], options.get("scale"), options.get("target_px"))
        return upscaled(sizes, result, NETWORK_PIXELS)

    def run(self, work: Work) -> Outcome:
        import numpy as np

        from jobs.imaging import encode
        from jobs.imaging.stand_in import SIDE
        from jobs.imaging.upscale import upscale

        picture, dry, longest = read_picture(work), work.batch.dry_run, work.options.get("target_px")
        enlarged = upscale(
            picture.rgb,
            picture.alpha,
            {} if dry else work.engines.nets(),
            factor=work.options.get("scale"),
            longest=min(longest, 4 * SIDE) if dry and longest else longest,
            jpeg_quality=picture.facts.jpeg_quality,
            check=work.check,
        )
        height, width = enlarged.rgb.shape[:2]
        lossless = picture.facts.format == "PNG" or enlarged.alpha is not None
        if lossless:
            pixels = enlarged.rgb if enlarged.alpha is None else np.dstack([enlarged.rgb, enlarged.alpha])
            data, kind, extension = encode.png(pixels), "image/png", "png"
        else:
            data, kind, extension = encode.jpeg(enlarged.rgb, JPEG_QUALITY), "image/jpeg", "jpg"
        work.check()
        reached = width / picture.rgb.shape[1]
        filename = f"{image_slug(work.batch, work.image)}_{width}x{height}.{extension}"
        facts = {"method": enlarged.method, "format": "png" if lossless else "jpeg", "scale": round(reached, 3)}
        name = f"print/{filename}"
        made = Produced(Role.PRINT, filename, name, data, kind, extension, width, height, encode.PRINT_DPI, facts)
        work.store(made)
        return Outcome({"source": source_facts(picture), **facts}, notes(picture) + shortfall(work, reached))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return iter(())


def shortfall(work: Work, reached: float) -> tuple[str, ...]:
    """A warning when the 12 000-pixel bound, or the source's own size, kept the asked factor from being reached."""
    asked = work.options.get("scale")
    if asked and reached < asked * 0.99:
        return (f"The result is {reached:.2f} times the source: no side may pass 12 000 pixels.",)
    if not asked and reached <= 1.0:
        return ("The source is already as large as the target; it was not made smaller.",)
    return ()


ACTION = Upscale()
