"""Pictures for the benches: from the samples folder where it is there, drawn otherwise. Never fetches one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
LARGEST_SOURCE = 16_000_000  # pixels


@dataclass(frozen=True)
class Truth:
    """A picture whose cut-out is known: `rgb` uint8 H x W x 3 sRGB, `alpha` float32 H x W 0..1."""

    name: str
    kind: str
    rgb: U8
    alpha: F32


def items(samples: Path, name: str) -> list[dict[str, Any]]:
    """What the manifest of one folder of samples lists."""
    found: list[dict[str, Any]] = json.loads((samples / name / "manifest.json").read_text())["items"]
    return found


def print_source(samples: Path | None, folder: Path) -> tuple[Path, str]:
    """A design to print from, and how it is called: the largest JPEG of up to 16 megapixels, or a drawn one."""
    if samples is not None:
        fitting = [item for item in items(samples, "art") if item.get("format") == "JPEG" and item.get("mode") == "RGB"
                   and item.get("exif_orientation") in (None, 1) and item["width"] * item["height"] <= LARGEST_SOURCE
                   ]  # fmt: skip
        best = max(fitting, key=lambda item: int(item["width"] * item["height"]))
        return samples / "art" / best["file"], f"{best['id']}, {best['width']} × {best['height']}"
    path = folder / "drawing.jpg"
    if not path.exists():
        noise = np.random.default_rng(7).normal(0, 6, (4500, 3000, 1))
        grainy = np.clip(drawing(3000, 4500) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(grainy).save(path, "JPEG", quality=95)
    return path, "a drawing, 3000 × 4500"


def drawing(width: int, height: int) -> U8:
    """Flat colours, thin lines and letters with soft edges."""
    rgb = np.full((height, width, 3), (240, 236, 220), np.uint8)
    side = min(width, height)
    for index in range(24):
        colour = (index * 40 % 256, index * 90 % 256, index * 150 % 256)
        place = (width * (index % 6) // 6 + side // 12, height * (index // 6) // 4 + side // 8)
        cv2.circle(rgb, place, side // 16, colour, -1, cv2.LINE_AA)
        cv2.putText(rgb, "Aa1", place, cv2.FONT_HERSHEY_DUPLEX, side / 700, (20, 20, 20), 2, cv2.LINE_AA)
    return rgb


def truths(samples: Path | None, most: int | None) -> Iterator[Truth]:
    """Pictures with a known cut-out, every kind early: all of the samples that have one, or drawn bottles."""
    if samples is None:
        yield from (bottle(number) for number in range(min(most or 6, 6)))
        return
    known = [item for item in items(samples, "product") if item.get("ground_truth")]
    for item in known[:: max(1, len(known) // most)][:most] if most else known:
        rgb = np.asarray(Image.open(samples / "product" / item["file"]).convert("RGB"))
        alpha = np.asarray(Image.open(samples / "product" / item["ground_truth"]).convert("L"), np.float32) / 255
        yield Truth(item["id"], item["tags"][0], rgb, alpha.astype(np.float32))


def bottle(number: int) -> Truth:
    """A bottle with a label on a soft backdrop, 1000 x 1000."""
    large = np.zeros((2000, 2000), np.uint8)
    left, right = 700 - 20 * number, 1300 + 20 * number
    cv2.rectangle(large, (left, 800), (right, 1750), 255, -1)
    cv2.ellipse(large, (1000, 800), ((right - left) // 2, 260), 0, 180, 360, 255, -1)
    cv2.rectangle(large, (890, 300), (1110, 700), 255, -1)
    alpha = cv2.resize(large, (1000, 1000), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    across = np.linspace(0, 1, 1000, dtype=np.float32)[None, :, None]
    glass = np.array([30 + 25 * number, 110, 60], np.float32) * (0.6 + 0.8 * np.sin(across * np.pi))
    glass = np.broadcast_to(glass, (1000, 1000, 3)).copy()
    cv2.rectangle(glass, (400, 520), (600, 760), (236, 226, 200), -1)
    wall = np.linspace(225, 190, 1000, dtype=np.float32)[:, None, None] * np.ones((1, 1000, 3), np.float32)
    mixed = glass * alpha[:, :, None] + wall * (1 - alpha[:, :, None])
    return Truth(f"bottle-{number}", "drawn bottle", np.clip(mixed, 0, 255).astype(np.uint8), alpha)
