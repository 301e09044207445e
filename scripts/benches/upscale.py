"""Enlargement by a network against interpolation: seconds per million source pixels, and how close both come to the
picture that was reduced before (PSNR in dB). A drawing with lines and letters, reduced by area, as PNG and as JPEG.
Never a judgement of taste: PSNR only.
"""

import io

import cv2
import numpy as np
from PIL import Image

from jobs.imaging.upscale import Enlarged, Networks, upscale
from jobs.models.catalogue import installed
from scripts.benches.pictures import U8, drawing
from scripts.benches.table import Figure, Row
from scripts.benches.timing import Reading, Setup, Unmeasurable, peak_mib, spent

ROUNDS = 2
CASES: tuple[tuple[str, int, int | None], ...] = (("x2", 2, None), ("x4", 4, None), ("x2 JPEG 80", 2, 80))


def _pair(figure: str) -> tuple[Figure, Figure]:
    return Figure("network", figure, "service"), Figure("plain", figure, "interpolated")


ROWS = tuple(
    row
    for case, _, _ in CASES
    for row in (
        Row("upscale", f"{case}, a megapixel of source", "s", *_pair(f"{case} pace"), digits=2),
        Row("upscale", f"{case}, closeness", "dB", *_pair(f"{case} psnr"), "difference", digits=2),
    )
)


def run(side: str, setup: Setup) -> Reading:
    """All cases, one after the other, in one process."""
    nets = Networks(installed(setup.models), setup.threads)
    if not len(nets):
        raise Unmeasurable("no enlarging network is there: scripts/fetch-models brings them")
    truth = drawing(480, 480) if setup.quick else drawing(1200, 1200)
    figures, ways = dict[str, float](), dict[str, str]()
    for case, factor, quality in CASES:
        small = reduced(truth, factor, quality)
        made: list[Enlarged] = []
        if side == "network":
            upscale(small[:64, :64], None, nets, factor=factor, jpeg_quality=quality)  # loads the network

        def enlarge(small: U8 = small, factor: int = factor, quality: int | None = quality) -> None:
            with_these = nets if side == "network" else {}
            made.append(upscale(small, None, with_these, factor=factor, jpeg_quality=quality))  # noqa: B023

        figures[f"{case} pace"] = spent(enlarge).wall / (small.size / 3e6)
        figures[f"{case} psnr"] = psnr(truth, made[0].rgb)
        ways[case] = made[0].method
    told = ", ".join(f"{case} by {way}" for case, way in ways.items())
    return Reading(figures, peak_mib(), f"{side}: {told}")


def reduced(truth: U8, factor: int, quality: int | None) -> U8:
    """The picture a factor smaller; with `quality`, through a JPEG."""
    height, width = truth.shape[:2]
    small = np.asarray(cv2.resize(truth, (width // factor, height // factor), interpolation=cv2.INTER_AREA), np.uint8)
    if quality is None:
        return small
    data = io.BytesIO()
    Image.fromarray(small).save(data, "JPEG", quality=quality)
    return np.array(Image.open(data))


def psnr(one: U8, other: U8) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures of one shape, dB."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return float(10 * np.log10(255**2 / max(1e-9, error)))
