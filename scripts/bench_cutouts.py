"""Measures cut-outs against ground truth: mean IoU, mean absolute error and seconds, by kind of picture and over all.

usage: python scripts/bench_cutouts.py SAMPLES_DIR MODELS_DIR [--threads N] [--json]

SAMPLES_DIR holds product/manifest.json with its images/ and gt/. IoU: alpha > 0.5 against truth > 0.5; MAE: mean
|alpha − truth| over the picture, 0..1. Seconds: wall time of `cut_out` with the network loaded, decoding apart.
Never writes a file and never fetches a network.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jobs.imaging.cutout import cut_out  # noqa: E402
from jobs.imaging.faults import NoSubject  # noqa: E402
from jobs.imaging.sessions import open_session  # noqa: E402


@dataclass(frozen=True)
class Score:
    """One picture's figures."""

    name: str
    kind: str
    iou: float
    mae: float
    seconds: float


def scores(samples: Path, models: Path, threads: int) -> Iterator[Score]:
    """Cut every picture that has ground truth; a picture without a found subject counts as an empty mask."""
    session = open_session(models / "u2net.onnx", threads)
    folder = samples / "product"
    for item in json.loads((folder / "manifest.json").read_text())["items"]:
        if not item.get("ground_truth"):
            continue
        rgb = np.asarray(Image.open(folder / item["file"]).convert("RGB"))
        truth = np.asarray(Image.open(folder / item["ground_truth"]).convert("L"), np.float32) / 255
        start = time.perf_counter()
        try:
            alpha = cut_out(rgb, session).alpha
        except NoSubject:
            alpha = np.zeros(truth.shape, np.float32)
        seconds = time.perf_counter() - start
        mine, real = alpha > 0.5, truth > 0.5
        iou = float((mine & real).sum() / max(int((mine | real).sum()), 1))
        yield Score(item["id"], item["tags"][0], iou, float(np.abs(alpha - truth).mean()), seconds)


def mean(rows: list[Score]) -> dict[str, float]:
    """The means of one group of pictures."""
    return {
        "pictures": len(rows),
        "iou": round(float(np.mean([row.iou for row in rows])), 4),
        "mae": round(float(np.mean([row.mae for row in rows])), 4),
        "seconds": round(float(np.mean([row.seconds for row in rows])), 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("samples", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print the group means as one JSON object")
    args = parser.parse_args()
    rows: list[Score] = []
    for row in scores(args.samples, args.models, args.threads):
        rows.append(row)
        if not args.json:
            print(f"{row.name:<14} {row.kind:<22} IoU {row.iou:.3f}  MAE {row.mae:.4f}  {row.seconds:.2f} s")
            sys.stdout.flush()
    if not rows:
        print("no pictures with ground truth", file=sys.stderr)
        return 1
    groups = {kind: mean([row for row in rows if row.kind == kind]) for kind in sorted({row.kind for row in rows})}
    groups["all"] = mean(rows)
    if args.json:
        print(json.dumps(groups))
        return 0
    for kind, figures in groups.items():
        print(f"{kind:<22} n {figures['pictures']:<3} IoU {figures['iou']:.4f}  MAE {figures['mae']:.4f}  "
              f"{figures['seconds']:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
