#!/usr/bin/env python3
"""Times and judges enlargement: reduces pictures, brings them back, compares with the original and with Lanczos.

Prints one line per picture and way: method, seconds, seconds per million source pixels, PSNR against Lanczos' PSNR,
peak memory of the process. Never writes a file. Pictures are given as arguments; without any, a drawing is used.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from jobs.imaging.upscale import Networks, upscale  # noqa: E402
from jobs.models.catalogue import installed  # noqa: E402


def drawing(side: int) -> np.ndarray:
    """Flat colours, thin lines and letters with soft edges: RGB uint8."""
    rgb = np.full((side, side, 3), (240, 236, 220), np.uint8)
    for index in range(24):
        colour = (index * 40 % 256, index * 90 % 256, index * 150 % 256)
        place = (side * (index % 6) // 6 + side // 12, side * (index // 6) // 4 + side // 8)
        cv2.circle(rgb, place, side // 16, colour, -1, cv2.LINE_AA)
        cv2.putText(rgb, "Aa1", place, cv2.FONT_HERSHEY_DUPLEX, side / 700, (20, 20, 20), 2, cv2.LINE_AA)
    return rgb


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((one.astype(np.float64) - other) ** 2))))


def as_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG", quality=quality)
    return np.array(Image.open(data))


def measure(name: str, truth: np.ndarray, factor: int, quality: int | None, nets: Networks) -> None:
    height, width = (side // factor * factor for side in truth.shape[:2])
    truth = np.ascontiguousarray(truth[:height, :width])
    small = np.asarray(cv2.resize(truth, (width // factor, height // factor), interpolation=cv2.INTER_AREA), np.uint8)
    small = small if quality is None else as_jpeg(small, quality)
    start = time.perf_counter()
    done = upscale(small, None, nets, factor=factor, jpeg_quality=quality)
    seconds = time.perf_counter() - start
    plain = upscale(small, None, {}, factor=factor)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    source = "lossless" if quality is None else f"JPEG {quality}"
    pace = seconds / small[:, :, 0].size * 1e6
    print(
        f"{name:24} x{factor} {source:9} {done.method:24} {seconds:6.2f} s {pace:6.2f} s/Mpx"
        f"  {psnr(truth, done.rgb):5.2f} dB against {psnr(truth, plain.rgb):5.2f} dB  peak {peak} MB"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--models", type=Path, default=ROOT / ".models")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    nets = Networks(installed(options.models), options.threads)
    if not len(nets):
        print("no network is there: scripts/fetch-models brings them")
        return 3
    pictures = {path.name: np.array(Image.open(path).convert("RGB")) for path in options.pictures}
    for name, truth in (pictures or {"drawing": drawing(1200)}).items():
        for factor, quality in ((2, None), (4, None), (2, 90), (2, 60), (4, 80)):
            measure(name, truth, factor, quality, nets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
