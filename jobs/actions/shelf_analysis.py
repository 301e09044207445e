"""Shelf analysis, as far as it goes today: decode, the picture-quality gate and the text on the shelf (shelf §11).

Never invents a product: products, facings, gaps and prices come with a later version; until then `products` is empty
and the result says so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs.actions.appetite import Sizes, read
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.actions.reading import notes, read_picture, source_facts
from storage.errors import ImageFault
from storage.model import Dialect, Pool, Quote, Role
from storage.records import prices

SHELF_LIMITS = Limits(formats=("JPEG", "PNG", "WEBP"), max_pixels=100_000_000, min_side=64)
NOT_YET = "Products, facings and prices are not recognised by this version yet; texts and picture quality are."


class ShelfAnalysis:
    name = "analysis"
    dialect = Dialect.SHELF
    pool = Pool.MODELS
    limits: Limits = SHELF_LIMITS

    def available(self, models_dir: Path) -> str | None:
        return None if find_spec("rapidocr") else "Text reading needs a package that is not installed."

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        return Options({})

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return prices.quote(Dialect.SHELF, self.name, count)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        return read(sizes)

    def run(self, work: Work) -> Outcome:
        from jobs.imaging.photo_quality import assess
        from jobs.imaging.text_reading import read_text

        picture = read_picture(work)
        quality = assess(picture.rgb)
        if not quality.readable:
            raise ImageFault(
                "unreadable_photo", f"The photo cannot be read ({', '.join(quality.issues) or 'nothing in it'})."
            )
        work.check()
        lines = read_text(picture.rgb, work.engines.reader(), check=work.check)
        facts = {
            "products": [],
            "image": source_facts(picture),
            "imageQuality": asdict(quality),
            "texts": [
                {"text": line.text, "box": box_fields(line.box), "confidence": round(line.confidence, 3)}
                for line in lines
            ],
        }
        report = json.dumps(facts, ensure_ascii=False, indent=2).encode()
        name = f"analysis_{work.image.index + 1:03d}.json"
        work.store(Produced(Role.REPORT, name, f"reports/{name}", report, "application/json", "json"))
        return Outcome(facts, (*notes(picture), NOT_YET))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return iter(())


def box_fields(box: tuple[float, float, float, float]) -> dict[str, int]:
    """(x, y, width, height) in upright source pixels, as the result spells it."""
    x, y, width, height = (round(float(value)) for value in box)
    return {"x": x, "y": y, "w": width, "h": height}


ACTION = ShelfAnalysis()
