"""File names of results: made of a title or a file name, but only of lower-case letters, digits and hyphens."""

import re
import unicodedata
from pathlib import PurePosixPath

from storage.model import Batch, Image

LONGEST = 60


def slug(text: str) -> str:
    """`"Été à Nice! (v2).JPG"` → `"ete-a-nice-v2"`; `"image"` when nothing is left. At most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:LONGEST].rstrip("-") or "image"


def image_slug(batch: Batch, image: Image) -> str:
    """From the image's own title, the batch's title where it is the only image, else the file's name."""
    title = image.labels.get("title") or (batch.options.get("title") if batch.total == 1 else None)
    name = PurePosixPath(image.sources[0].filename.replace("\\", "/")).stem if image.sources else ""
    return slug(str(title or name))
