"""File names of results: made of a title or a file name, but only of lower-case letters, digits and hyphens."""

import re
import unicodedata
from pathlib import PurePosixPath

from jobs.actions.offer import Work

LONGEST = 60


def slug(text: str) -> str:
    """`"Été à Nice! (v2).JPG"` → `"ete-a-nice-v2"`; `"image"` when nothing is left. At most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:LONGEST].rstrip("-") or "image"


def image_slug(work: Work) -> str:
    """From the image's own title, the batch's title, or the file's name, in that order."""
    title = work.image.labels.get("title") or work.options.get("title")
    name = PurePosixPath(work.image.sources[0].filename.replace("\\", "/")).stem
    return slug(str(title or name))
