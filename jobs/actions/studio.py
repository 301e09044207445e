"""What every studio action shares: the common options, the product's cut-out, and how a result is encoded and named.

Never composes anything, and never knows a single action's options (studio contract §3, §9, §11, §16).
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from jobs.actions.appetite import Sizes, composed
from jobs.actions.casting import EACH, Casting
from jobs.actions.offer import Gathering, Limits, Options, Produced, Work
from jobs.actions.reading import read_picture, source_facts
from jobs.actions.schema import Text, Word, read_options
from jobs.models.catalogue import installed
from storage.model import Dialect, Pool, Quote, Role
from storage.records import prices

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jobs.imaging.codec import Picture
    from jobs.imaging.cutout import Cutout

RESOLUTIONS = ("1K", "2K", "4K")
ASPECT_RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9")
CODES = {"resolution": "invalid_resolution", "aspect_ratio": "invalid_aspect_ratio"}
REQUEST_OPTIONS = ("async",)  # read by the wire, not by the action
STUDIO_LIMITS = Limits(
    formats=("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"), max_pixels=64_000_000, min_side=32
)
MEDIA = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
PLATES = Path(__file__).parents[1] / "plates"  # the baked stages and objects
ENGINE = "composite"  # the local engine that sets cut-outs on stages, as results name it


class StudioOptions(Schema):
    """The options that every action takes; an action's schema adds its own."""

    resolution = Word(*RESOLUTIONS, load_default="1K")
    aspect_ratio = Word(*ASPECT_RATIOS, load_default="1:1")
    output_format = Word("jpg", "jpeg", "png", "webp")
    variations = fields.Integer(load_default=1, validate=validate.Range(1, 4))
    seed = Text(limit=40, load_default="0")
    negative_prompt = Text(load_default="")


class StudioAction:
    """What the actions of this dialect have in common; each brings its name, its parse and its run."""

    name: str
    schema: type[StudioOptions]
    dialect = Dialect.STUDIO
    pool = Pool.MODELS
    limits: Limits = STUDIO_LIMITS
    casting: Casting = EACH

    def available(self, models_dir: Path) -> str | None:
        return cutout_missing(models_dir)

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        resolution, variations = str(options["resolution"]), int(options["variations"])
        return prices.quote(self.dialect, self.name, count, resolution=resolution, variations=variations)

    def memory_bytes(self, options: Mapping[str, Any], sizes: Sizes) -> int:
        return composed(sizes, str(options["resolution"]))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        return iter(())


def parse(schema: Schema, raw: Mapping[str, Any]) -> Options:
    """The request's options by an action's schema. Raises Invalid with the dialect's codes."""
    return read_options(schema, raw, codes=CODES, silent=REQUEST_OPTIONS)


def cutout_missing(models_dir: Path) -> str | None:
    """None when a network can cut products out; otherwise the public sentence why not."""
    if any(name in installed(models_dir) for name in ("u2net", "u2netp")) or list(models_dir.glob("*.onnx")):
        return None
    return "Background removal needs a network that is not installed; run scripts/fetch-models."


def cut_picture(work: Work, picture: "Picture", *, repair: bool = True, preserve_edges: bool = True) -> "Cutout":
    """The subject: from the picture's own alpha when it has a meaningful one, else by the network. ImageFault."""
    from jobs.imaging.cutout import cut_out

    session, kind = work.engines.cutout()
    return cut_out(
        picture.rgb, session, kind=kind, own_alpha=picture.alpha, repair=repair, preserve_edges=preserve_edges
    )


def read_product(work: Work, number: int = 0) -> "tuple[Picture, Cutout]":
    """One source decoded and cut out. Raises ImageFault."""
    picture = read_picture(work, number)
    work.check()
    return picture, cut_picture(work, picture)


def seed_of(options: Mapping[str, Any], variation: int = 0) -> int:
    """The random seed of one variation, 0..2³¹: a number as it is, other text by its SHA-256; the same in every run."""
    text = str(options.get("seed") or "0")
    base = int(text) if text.isdecimal() else int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    return (base + 7919 * variation) % 2**31


def store_result(
    work: Work,
    pixels: "npt.NDArray[np.uint8]",
    number: int = 0,
    of: int = 1,
    *,
    role: Role = Role.PRINT,
    kind: str | None = None,
    quality: int = 92,
    synthetic: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Encode and store output `number` of `of` of this image; returns warnings.

    `pixels`: uint8 sRGB H x W x 3, or x 4 with straight alpha. `kind`: jpg, png or webp, by default what the request
    asked for, else JPEG, or PNG for a transparent picture. `synthetic` pictures say so in their XMP.
    """
    transparent, warned = pixels.shape[2] == 4, tuple[str, ...]()
    kind = kind or str(work.options.get("output_format") or ("png" if transparent else "jpg"))
    kind = "jpg" if kind == "jpeg" else kind
    if transparent and kind == "jpg":
        kind, warned = "png", ("A transparent result cannot be JPEG; it is PNG.",)
    name = f"result_{work.image.index * of + number + 1:03d}.{kind}"
    data = encoded(pixels, kind, quality, synthetic)
    height, width = pixels.shape[:2]
    work.store(Produced(role, name, name, data, MEDIA[kind], kind, width, height, facts=facts or {}))
    return warned


def encoded(pixels: "npt.NDArray[np.uint8]", kind: str, quality: int, synthetic: bool) -> bytes:
    """The file's bytes: JPEG 4:4:4, PNG or WebP, at 72 dots per inch."""
    from jobs.imaging import encode, provenance

    if kind == "webp":
        return encode.webp(pixels, quality, xmp=provenance.packet() if synthetic else b"")
    if kind == "png":
        data = encode.png(pixels, 72)
        return provenance.declare_png(data) if synthetic else data
    data = encode.jpeg(pixels, quality, "444", 72)
    return provenance.declare_jpeg(data) if synthetic else data


def result_facts(work: Work, size: tuple[int, int], picture: "Picture", **more: Any) -> dict[str, Any]:
    """What a studio result says of itself; `size` is (width, height) of the output."""
    return {
        "engine": ENGINE,
        "aspect_ratio": work.options["aspect_ratio"],
        "width": size[0],
        "height": size[1],
        "source": source_facts(picture),
        **more,
    }
