"""Wall art: one design to five print files at 300 dpi, cropped around the subject (print contract §7.1, §7.2).

Never stretches and never upsamples silently: each file says how it was made and how many source pixels an inch holds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.actions.appetite import Sizes, sheet
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.actions.print_options import PRINT_LIMITS, SheetOptions, print_quote, read_print_options
from jobs.actions.reading import notes, read_picture, source_facts
from jobs.actions.slugs import image_slug
from storage.model import Dialect, Pool, Quote, Role

if TYPE_CHECKING:
    from jobs.imaging.codec import Picture
    from jobs.imaging.print_set import Enlarge, PrintFile

PROMISED = ("mockup_count", "video", "listing_pdf")


class WallArt:
    name = "wallart"
    dialect = Dialect.PRINT
    pool = Pool.PIXELS
    limits: Limits = PRINT_LIMITS

    def available(self, models_dir: Path) -> str | None:
        return None

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        return read_print_options(SheetOptions(), raw, PROMISED)

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return print_quote(self.name, count)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        from jobs.imaging.upscale import PRINT_PIXELS

        return sheet(sizes, PRINT_PIXELS)

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.print_set import print_files

        picture = read_picture(work)
        made = print_files(
            opaque(picture),
            orientation=work.options["orientation"],
            dpi=sheet_dpi(work),
            enlarge=network_enlarger(work, picture),
        )
        for file in made:
            work.check()
            work.store(print_file(file, image_slug(work.batch, work.image)))
        return Outcome({"source": source_facts(picture)}, notes(picture))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return iter(())


def network_enlarger(work: Work, picture: "Picture") -> "Enlarge | None":
    """The upscaling hook for small sources; None without networks, so that cubic interpolation does it all."""
    from jobs.imaging.upscale import enlarger

    if work.batch.dry_run:
        return None
    nets = work.engines.nets()
    return enlarger(nets, jpeg_quality=picture.facts.jpeg_quality, check=work.check) if nets else None


def sheet_dpi(work: Work) -> int:
    """300; in a dry run so few that the sheets are small."""
    from jobs.imaging import encode, stand_in

    return stand_in.DPI if work.batch.dry_run else encode.PRINT_DPI


def opaque(picture: "Picture") -> Any:
    """H x W x 3 uint8 on white: print files of art have no transparency."""
    if picture.alpha is None:
        return picture.rgb
    from jobs.imaging.flatten import flatten

    return flatten(picture.rgb, picture.alpha, (255, 255, 255))


def print_file(file: "PrintFile", name: str) -> Produced:
    """One JPEG as the engine stores it."""
    filename = f"{name}_{file.size.slug}_v1.jpg"
    facts = {"ratio": file.size.name, "method": file.method, "source_dpi": file.source_dpi, "format": "jpeg"}
    return Produced(
        Role.PRINT,
        filename,
        f"print/{filename}",
        file.data,
        "image/jpeg",
        "jpg",
        file.width,
        file.height,
        file.dpi,
        facts,
    )


ACTION = WallArt()
