"""mockup from order to file: objects by words, templates by corners, and a sentence for what cannot be done."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_rig import NoEngines, Rig
from PIL import Image as Pillow
from PIL import ImageDraw

from jobs.actions import CATALOGUE
from jobs.actions.casting import cast, casting_of
from jobs.image import run_image
from jobs.submit import submit
from storage.errors import Invalid
from storage.model import Dialect, Image, ImageState, Source
from storage.records import artifacts, images

OFFER = CATALOGUE[(Dialect.STUDIO, "mockup")]


def logo() -> bytes:
    picture = Pillow.new("RGBA", (300, 200), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((20, 20, 280, 180), fill=(200, 20, 30, 255))
    return encoded(picture)


def template(size: tuple[int, int] = (400, 300)) -> bytes:
    picture = Pillow.new("RGB", size, (210, 210, 208))
    ImageDraw.Draw(picture).rectangle((0, 0, size[0], 40), fill=(60, 60, 60))
    return encoded(picture)


def encoded(picture: Pillow.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def made(rig: Rig, raw: Mapping[str, Any], *inputs: bytes, **given: Source) -> tuple[Image, Any]:
    """The settled first image of an order, and its result as sRGB pixels."""
    sources = [rig.upload(data) for data in inputs]
    options = OFFER.parse(raw, len(sources))
    order = replace(
        rig.order(0, images=cast(casting_of(OFFER), raw, sources, given)), dialect=Dialect.STUDIO, action="mockup",
        pool=OFFER.pool, options=options.values, warnings=options.warnings, quote=OFFER.quote(options.values, 1),
    )  # fmt: skip
    [image, *_] = submit(rig.tools, order, rig.doorbell).images
    run_image(rig.tools, image.id, NoEngines())
    with rig.tools.database.read() as tx:
        ended = images.get_image(tx, image.id)
        assert ended.state is ImageState.SUCCEEDED, (ended.error_code, ended.error_message)
        [file] = artifacts.list_artifacts(tx, ended.batch_id, image.id)
    with rig.tools.objects.read(file.key) as stream:
        return ended, np.asarray(Pillow.open(io.BytesIO(stream.read())).convert("RGB")).astype(int)


def redness(pixels: Any) -> Any:
    return (pixels[..., 0] - pixels[..., 1:].max(axis=2)) > 60


def test_words_become_an_object_with_the_design_on_it(rig: Rig) -> None:
    image, pixels = made(rig, {"prompt": "white coffee mug", "background": "marble"}, logo())
    assert image.result["object"] == "mug" and image.result["mode"] == "text"
    assert pixels.shape == (1024, 1024, 3)
    assert 0.02 < redness(pixels)[300:800, 250:750].mean() < 0.6


def test_the_last_input_is_the_template_and_the_quad_is_kept(rig: Rig) -> None:
    raw = {"mode": "image", "quad": "0.25,0.3,0.75,0.3,0.75,0.9,0.25,0.9", "fit": "stretch", "displacement": "0"}
    image, pixels = made(rig, raw, logo(), template())
    assert pixels.shape == (768, 1024, 3)
    assert image.result["quad"] == [256.0, 230.4, 768.0, 230.4, 768.0, 691.2, 256.0, 691.2]
    red = redness(pixels)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert abs(columns[0] - 256) <= 2 and abs(columns[-1] - 767) <= 2
    assert abs(rows[0] - 230) <= 2 and abs(rows[-1] - 691) <= 2
    assert image.result["placed_by"] == "quad" and "warnings" not in image.result


def test_without_corners_a_place_is_found_and_said(rig: Rig) -> None:
    image, pixels = made(rig, {"mode": "image", "object": "mug"}, logo(), template())
    assert redness(pixels).mean() > 0.01
    said = " ".join(image.result["warnings"])
    assert "No quad was given" in said and "'object' is for objects" in said


def test_a_quad_that_is_none_and_a_mode_without_template_are_refused() -> None:
    with pytest.raises(Invalid):
        OFFER.parse({"quad": "1,2,3"}, 1)
    with pytest.raises(Invalid):
        cast(casting_of(OFFER), {"mode": "image"}, [Source("url", "a.png", url="https://example.com/a.png")], {})
