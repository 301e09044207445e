"""The five-file wall-art set of one picture against Pillow LANCZOS: same source, sizes, crops, quality 92, 4:4:4,
300 DPI and sRGB profile, decoding and writing included. No network enlarges first, on either side.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.benches.pictures import print_source
from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import Reading, Setup, peak_mib, spent

ROUNDS = 5

_OURS, _PEER = Figure("ours", "wall", "service"), Figure("pillow", "wall", "Pillow LANCZOS")
ROWS = (
    Row("print", "five print files, wall time", "s", _OURS, _PEER, "ratio", Target("at least", 3), 2),
    Row("print", "the same, CPU time", "s", Figure("ours", "cpu", "service"),
        Figure("pillow", "cpu", "Pillow LANCZOS"), digits=2),
    Row("print", "the same, wall time", "s", _OURS, Figure("reopening", "wall", "Pillow, decoding for each"),
        digits=2),
    Row("print", "bytes of the five files", "MB", Figure("ours", "mb", "service"), Figure("pillow", "mb", "Pillow"),
        "difference"),
)  # fmt: skip


def run(side: str, setup: Setup) -> Reading:
    """Seconds of one whole set; libraries are imported before the clock starts."""
    import cv2
    import simplejpeg  # noqa: F401
    from PIL import Image, ImageCms  # noqa: F401

    import jobs.imaging.print_set  # noqa: F401

    cv2.setNumThreads(1)
    source, name = print_source(setup.samples, setup.folder)
    ways: dict[str, Callable[[Path, Path], None]] = {
        "ours": ours,
        "pillow": lambda source, folder: pillow(source, folder, reopen=False),
        "reopening": lambda source, folder: pillow(source, folder, reopen=True),
    }
    with tempfile.TemporaryDirectory(dir=setup.folder) as folder:
        took = spent(lambda: ways[side](source, Path(folder)))
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    return Reading({"wall": took.wall, "cpu": took.cpu, "mb": size}, peak_mib(), f"source {name}")


def prepare(setup: Setup) -> None:
    print_source(setup.samples, setup.folder)


def ours(source: Path, folder: Path) -> None:
    """The product's own way: decode once, one file at a time."""
    from jobs.imaging import codec
    from jobs.imaging.print_set import print_files

    picture = codec.decode(source, codec.DecodeLimits())
    for file in print_files(picture.rgb):
        (folder / f"{file.size.slug}.jpg").write_bytes(file.data)


def pillow(source: Path, folder: Path, *, reopen: bool) -> None:
    """What a plain Pillow script does; `reopen` decodes the source again for every size."""
    from PIL import Image

    from jobs.imaging.colour import srgb_profile
    from jobs.imaging.print_set import QUALITY, WALL_ART
    from jobs.imaging.saliency import best_crop

    Image.MAX_IMAGE_PIXELS = None
    image = None
    for size in WALL_ART:
        if image is None or reopen:
            image = Image.open(source).convert("RGB")
        pixels = size.pixels() if image.width <= image.height * 1.02 else size.pixels()[::-1]
        box = best_crop(*image.size, pixels[0] / pixels[1], (0.5, 0.5))
        window = (box.x, box.y, box.x + box.width, box.y + box.height)
        sheet = image.resize(pixels, Image.Resampling.LANCZOS, box=window)
        target = folder / f"{size.slug}.jpg"
        sheet.save(target, "JPEG", quality=QUALITY, subsampling=0, dpi=(300, 300), icc_profile=srgb_profile())
