#!/usr/bin/env python3
"""Times the five-file wall-art set against Pillow LANCZOS on the same source and prints the paired ratio.

usage: python scripts/bench_print.py SOURCE [--rounds N]     Both sides write the same sizes, crops, quality 92, 4:4:4,
300 DPI and the sRGB profile; rounds alternate and each run has its own process, so that peak memory is its own.
Never writes a file that it keeps.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def ours(source: Path, folder: Path) -> None:
    """The product's own way: decode once, one shared buffer, one file at a time."""
    import cv2

    from jobs.imaging import codec
    from jobs.imaging.print_set import print_files

    cv2.setNumThreads(1)
    picture = codec.decode(source, codec.DecodeLimits())
    for file in print_files(picture.rgb):
        (folder / f"{file.size.slug}.jpg").write_bytes(file.data)


def pillow(source: Path, folder: Path, reopen: bool) -> None:
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


METHODS = {
    "ours": ours,
    "pillow": lambda source, folder: pillow(source, folder, False),
    "pillow-reopening": lambda source, folder: pillow(source, folder, True),
}


def run_once(method: str, source: Path) -> None:
    """One timed set in this process; prints a JSON line. Imports are warmed before the clock starts."""
    import cv2  # noqa: F401
    import simplejpeg  # noqa: F401
    from PIL import Image, ImageCms  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        METHODS[method](source, Path(folder))
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "rss": after.ru_maxrss // 1024, "mb": size / 1e6}))


def main() -> None:
    """Alternate the methods for some rounds and print medians and paired ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=METHODS)
    options = parser.parse_args()
    if options.one:
        run_once(options.one, options.source)
        return
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in METHODS}
    for _ in range(options.rounds):
        for name in METHODS:
            command = [sys.executable, __file__, str(options.source), "--one", name]
            rows[name].append(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))
    for name, runs in rows.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        ratios = {
            key: statistics.median(run[key] / own[key] for run, own in zip(runs, rows["ours"], strict=True))
            for key in ("wall", "cpu")
        }
        print(
            f"{name:17s} wall {middle['wall']:.2f} s  cpu {middle['cpu']:.2f} s  rss {middle['rss']:.0f} MiB  "
            f"{middle['mb']:.1f} MB   ours is faster by {ratios['wall']:.2f}x wall, {ratios['cpu']:.2f}x cpu"
        )


if __name__ == "__main__":
    main()
