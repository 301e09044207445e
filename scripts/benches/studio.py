"""The studio actions at 2K and 4K: seconds a result with the network loaded, decoding and encoding within; against the
same network with its plain cut-out pasted on an enlarged background over a blurred shadow, saved alike.

The products are the samples' (one photograph and one on a flat colour), or drawn bottles. Never a judgement of taste.
"""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter

from jobs.actions import find_action
from jobs.actions.casting import cast as cast_roles
from jobs.actions.casting import casting_of
from jobs.actions.offer import Work
from jobs.actions.studio import PLATES
from jobs.imaging.canvas import output_size
from jobs.imaging.sessions import open_session
from scripts.benches.cutouts import KIND, cut_plainly
from scripts.benches.pictures import truths
from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import Reading, Setup, Unmeasurable, peak_mib, spent
from storage.model import Dialect, Source

ROUNDS = 3
BOUNDS = {"2K": 4.0, "4K": 9.0}
INPUTS = {
    "bg-remove": 1,
    "photography": 1,
    "mockup": 1,
    "ad-poster": 1,
    "ecommerce-detail": 1,
    "group-shot": 2,
    "lookalike": 2,
    "studio-template": 2,
}
OPTIONS: dict[str, dict[str, str]] = {
    "photography": {"aesthetic": "Luxury", "lighting": "golden-hour"},
    "mockup": {"object": "mug"},
    "ad-poster": {"headline": "Made for long mornings", "subline": "Now in three colours", "cta": "Shop now"},
    "ecommerce-detail": {"features": "Light\nStrong\nWashable", "size_text": "24 x 8 cm"},
}

ROWS = tuple(
    Row(
        "studio",
        f"{name} {resolution}",
        "s",
        Figure("ours", f"{name} {resolution}", "service"),
        Figure("plain", resolution, "cut-out pasted"),
        target=Target("at most", bound, "ours"),
        digits=2,
    )
    for name in INPUTS
    for resolution, bound in BOUNDS.items()
)


def prepare(setup: Setup) -> None:
    """Two products as files."""
    for number, truth in enumerate(truths(setup.samples, 2)):
        if number < 2:
            Pillow.fromarray(truth.rgb).save(setup.folder / f"product-{number}.jpg", quality=95)


def run(side: str, setup: Setup) -> Reading:
    """Every action once at each resolution, after one unmeasured cut-out that loads the network."""
    path = setup.models / f"{KIND}.onnx"
    if not path.is_file():
        raise Unmeasurable("the cut-out network is missing: scripts/fetch-models brings it")
    session = open_session(path, setup.threads)
    files = sorted(setup.folder.glob("product-*.jpg"))
    resolutions = ("2K",) if setup.quick else tuple(BOUNDS)
    figures = dict[str, float]()
    if side == "plain":
        paste_plainly(session, files[0], (256, 256))
        for resolution in BOUNDS:
            size = output_size(resolution, "1:1")
            figures[resolution] = spent(lambda size=size: paste_plainly(session, files[0], size)).wall  # type: ignore[misc]
        return Reading(figures, peak_mib())
    engines = SimpleNamespace(cutout=lambda: (session, KIND))
    make(engines, "bg-remove", files, "1K")
    for name in INPUTS:
        for resolution in BOUNDS:
            if resolution not in resolutions:
                figures[f"{name} {resolution}"] = float("nan")
                continue
            figures[f"{name} {resolution}"] = spent(lambda n=name, r=resolution: make(engines, n, files, r)).wall  # type: ignore[misc]
    return Reading(figures, peak_mib())


def make(engines: Any, name: str, files: Sequence[Path], resolution: str) -> None:
    """One result of one action, from the files on the disk to the encoded bytes."""
    action = find_action(Dialect.STUDIO, name)
    raw = {"resolution": resolution, **OPTIONS.get(name, {})}
    inputs = [Source("upload", file.name, key=str(file)) for file in files[: INPUTS[name]]]
    sources = cast_roles(casting_of(action), raw, inputs, {})[0].sources
    with tempfile.TemporaryDirectory() as scratch:
        work = Work(
            image=cast(Any, SimpleNamespace(index=0, sources=sources)),
            batch=cast(Any, SimpleNamespace(dry_run=False)),
            sources=tuple(Path(str(source.key)) for source in sources),
            options=action.parse(raw, 1).values,
            limits=action.limits,
            scratch=Path(scratch),
            engines=engines,
            check=lambda: None,
            store=lambda produced: None,
        )
        action.run(work)


def paste_plainly(session: Any, file: Path, size: tuple[int, int]) -> bytes:
    """The obvious way: a plain cut-out, an enlarged background, a blurred black copy as shadow, Pillow throughout."""
    rgb = np.asarray(Pillow.open(file).convert("RGB"))
    alpha = np.clip(cut_plainly(rgb, session), 0, 1)
    product = Pillow.fromarray(np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)]), "RGBA")
    product = product.crop(product.getbbox() or (0, 0, *product.size))
    scale = 0.6 * min(size) / max(product.size)
    product = product.resize((round(product.width * scale), round(product.height * scale)), Pillow.Resampling.LANCZOS)
    ground = Pillow.open(next(iter(sorted(PLATES.glob("*/key.jpg"))))).convert("RGB")
    ground = ground.resize(size, Pillow.Resampling.LANCZOS)
    at = ((size[0] - product.width) // 2, round(size[1] * 0.85) - product.height)
    shadow = Pillow.new("L", size, 0)
    shadow.paste(product.getchannel("A"), (at[0] + size[0] // 80, at[1] + size[1] // 80))
    shadow = shadow.filter(ImageFilter.GaussianBlur(size[0] / 90)).point(lambda level: level // 2)
    ground.paste(Pillow.new("RGB", size, 0), (0, 0), shadow)
    ground.paste(product, at, product)
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
