"""Clip-art: alpha-safe PNGs of 3600 pixels at 300 dpi, with contact-sheet previews for the batch (print §7.4).

Never watermarks a clean file: the mark goes on previews only.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields

from jobs.actions.appetite import Sizes, clip_art
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.actions.print_options import PRINT_LIMITS, Flag, PrintOptions, print_quote, read_print_options
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.schema import FALSE_WORDS, TRUE_WORDS
from jobs.actions.slugs import image_slug
from storage.errors import Invalid
from storage.model import Dialect, Pool, Quote, Role

POSITIONS = ("tiled", "center", "bottom-right", "bottom-left", "top-right", "top-left")


class ClipartOptions(PrintOptions):
    watermark = fields.Raw()
    remove_background = Flag(load_default=False)


class Clipart:
    name = "clipart"
    dialect = Dialect.PRINT
    pool = Pool.MODELS
    limits: Limits = PRINT_LIMITS

    def available(self, models_dir: Path) -> str | None:
        return None

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        read = read_print_options(ClipartOptions(), raw, ("listing_pdf",), used=("shop_name",))
        values = dict(read.values)
        mark = read_watermark(values.pop("watermark", False), str(values.get("shop_name") or "PREVIEW"))
        values["watermark"] = mark
        warned = (
            ("A picture as watermark is not supported yet; the text was used.",)
            if mark and mark.pop("image", "")
            else ()
        )
        return Options(values, read.warnings + warned)

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return print_quote(self.name, count)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        from jobs.imaging.upscale import PRINT_PIXELS

        return clip_art(sizes, PRINT_PIXELS, bool(options["remove_background"]))

    def run(self, work: Work) -> Outcome:
        return run_clipart(work)

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return previews(gathering)


def read_watermark(value: object, default_text: str) -> dict[str, Any] | None:
    """None, or {"text", "opacity", "position"} from a bool, a text or an object; Invalid for anything else."""
    if isinstance(value, Mapping):
        position = str(value.get("position") or "tiled").lower()
        try:
            opacity = float(value.get("opacity") or 0.25)
        except (TypeError, ValueError):
            opacity = -1.0
        if not 0 < opacity <= 1:
            raise watermark_fault("opacity must lie between 0 and 1")
        if position not in POSITIONS:
            raise watermark_fault(f"position must be one of: {', '.join(POSITIONS)}")
        text = str(value.get("text") or default_text)[:80]
        return {"text": text, "opacity": opacity, "position": position, "image": value.get("image_url") or ""}
    word = str(value).strip()
    if isinstance(value, bool) or word.lower() in TRUE_WORDS | FALSE_WORDS:
        wanted = value is True or word.lower() in TRUE_WORDS
        return {"text": default_text, "opacity": 0.25, "position": "tiled"} if wanted else None
    return {"text": word[:80], "opacity": 0.25, "position": "tiled"}


def watermark_fault(sentence: str) -> Invalid:
    return Invalid(f"watermark.{sentence}.", field="watermark", reason=sentence, code="invalid_option")


def run_clipart(work: Work) -> Outcome:
    """One PNG: the source's alpha kept, or cut out when asked, brought to 3600 pixels."""
    import numpy as np

    from jobs.imaging.clipart import LONGEST_SIDE, clipart
    from jobs.imaging.cutout import cut_out
    from jobs.imaging.stand_in import SIDE
    from jobs.imaging.upscale import enlarger

    picture, dry = read_picture(work), work.batch.dry_run
    rgb, alpha = picture.rgb, picture.alpha
    if not dry and work.options["remove_background"]:
        session, kind = work.engines.cutout()
        cutout = cut_out(rgb, session, kind=kind, own_alpha=alpha)
        rgb, alpha = cutout.foreground, np.rint(cutout.alpha * 255).astype(np.uint8)
        work.check()
    nets = None if dry else work.engines.nets()
    grow = enlarger(nets, jpeg_quality=picture.facts.jpeg_quality, check=work.check) if nets else None
    made = clipart(rgb, alpha, longest=SIDE if dry else LONGEST_SIDE, enlarge=grow)
    filename = f"{image_slug(work.batch, work.image)}.png"
    facts = {"method": made.method, "format": "png", "alpha": made.has_alpha}
    work.store(
        Produced(
            Role.PRINT, filename, f"clipart/{filename}", made.data, "image/png", "png", made.width, made.height,
            made.dpi, facts,
        )
    )  # fmt: skip
    return Outcome({"source": source_facts(picture), **facts}, notes(picture))


def previews(gathering: Gathering) -> Iterator[Produced]:
    """The bundle's cover and contact sheets, from the finished files; marked when a watermark is asked for."""
    from jobs.imaging.codec import DecodeLimits, decode
    from jobs.imaging.preview import SIDE, cover, piece, sheets
    from jobs.imaging.watermark import Watermark

    pieces = []
    for number, artifact in enumerate((each for each in gathering.artifacts if each.role is Role.PRINT), 1):
        with gathering.open(artifact) as stream:
            picture = decode(stream.read(), DecodeLimits(max_bytes=artifact.bytes))
        pieces.append(piece(picture.rgb, picture.alpha, number))
    if not pieces:
        return
    options = gathering.batch.options
    asked = options.get("watermark")
    mark = Watermark(asked["text"], asked["opacity"], asked["position"]) if asked else None
    title = str(options.get("title") or "Clip art")
    pages = [cover(pieces, title, f"{len(pieces)} PNG files at 300 dpi", mark), *sheets(pieces, mark)]
    for number, data in enumerate(pages):
        filename = "cover.jpg" if number == 0 else f"preview_{number:02d}.jpg"
        yield Produced(Role.PREVIEW, filename, f"previews/{filename}", data, "image/jpeg", "jpg", SIDE, SIDE, 300)


ACTION = Clipart()
