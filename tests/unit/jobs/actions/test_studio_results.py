"""Every studio action from submission to package: results of the right size, named in order, saying what made them."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from attended import Contrast
from engine_rig import NoEngines, Rig
from PIL import Image as Pillow
from PIL import ImageDraw

from jobs.actions import CATALOGUE
from jobs.actions.casting import cast, casting_of
from jobs.image import run_image
from jobs.imaging.canvas import output_size
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.model import Artifact, Batch, BatchState, Dialect, Image, ImageState, Source
from storage.records import artifacts, images

ALL = sorted(name for dialect, name in CATALOGUE if dialect is Dialect.STUDIO)
TWO_INPUTS = {"group-shot", "lookalike", "studio-template"}
SCENES = [name for name in ALL if name != "bg-remove"]


class ContrastEngines(NoEngines):
    def cutout(self) -> Any:
        return Contrast(), "u2net"


def product(colour: str, tall: bool = True) -> bytes:
    """A plain bottle or box on nothing, 500 x 500."""
    picture = Pillow.new("RGBA", (500, 500), (0, 0, 0, 0))
    box = (180, 60, 320, 450) if tall else (70, 190, 430, 400)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(box, 24, fill=colour)
    pen.rectangle((box[0] + 20, box[1] + 120, box[2] - 20, box[3] - 60), fill="white")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def done(rig: Rig, name: str, raw: Mapping[str, Any], **given: Source) -> tuple[Batch, Image, list[Artifact]]:
    """The packaged batch of one request, its first image and that image's files."""
    offer = CATALOGUE[(Dialect.STUDIO, name)]
    inputs = [rig.upload(product("crimson"))]
    if name in TWO_INPUTS:
        inputs.append(rig.upload(product("teal", tall=False)))
    options = offer.parse(raw, 1)
    order = replace(
        rig.order(0, images=cast(casting_of(offer), raw, inputs, given)),
        dialect=Dialect.STUDIO,
        action=name,
        pool=offer.pool,
        options=options.values,
        warnings=options.warnings,
        quote=offer.quote(options.values, 1),
    )
    [image] = submit(rig.tools, order, rig.doorbell).images
    run_image(rig.tools, image.id, ContrastEngines())
    with rig.tools.database.read() as tx:
        ended = images.get_image(tx, image.id)
        assert ended.state is ImageState.SUCCEEDED, (ended.error_code, ended.error_message)
    batch = run_packaging(rig.tools, image.batch_id)
    assert batch is not None
    with rig.tools.database.read() as tx:
        return batch, images.get_image(tx, image.id), artifacts.list_artifacts(tx, batch.id, image.id)


def opened(rig: Rig, file: Artifact) -> Pillow.Image:
    with rig.tools.objects.read(file.key) as stream:
        return Pillow.open(io.BytesIO(stream.read()))


@pytest.mark.parametrize("name", ALL)
def test_an_action_without_options_gives_one_result_that_says_what_made_it(rig: Rig, name: str) -> None:
    batch, image, files = done(rig, name, {})
    assert (batch.state, image.state, image.error_code) == (BatchState.COMPLETED, ImageState.SUCCEEDED, None)
    assert [file.filename.split(".")[0] for file in files] == ["result_001"]
    picture = opened(rig, files[0])
    assert picture.size == (1024, 1024) == (image.result["width"], image.result["height"])
    assert image.result["engine"] == ("local" if name == "bg-remove" else "composite")
    assert batch.credits_charged == batch.quote.total(1)


@pytest.mark.parametrize("name", SCENES)
def test_scenes_say_in_the_file_that_they_are_composites_and_repeat_under_a_seed(rig: Rig, name: str) -> None:
    raw = {"aspect_ratio": "3:4", "seed": "summer", "output_format": "png"}
    (_, _, [first]), (_, _, [again]) = done(rig, name, raw), done(rig, name, raw)
    one, two = opened(rig, first), opened(rig, again)
    assert one.size == output_size("1K", "3:4")
    assert "compositeSynthetic" in one.info["XML:com.adobe.xmp"]
    assert np.array_equal(np.asarray(one), np.asarray(two))


def test_a_scene_that_is_used_again_has_one_result(rig: Rig) -> None:
    batch, _, files = done(rig, "studio-template", {"variations": "2"})
    assert [file.filename for file in files] == ["result_001.jpg"] and batch.credits_charged == 2
    assert any("variations" in text for text in batch.warnings)


@pytest.mark.parametrize("name", [name for name in SCENES if name != "studio-template"])
def test_variations_are_results_of_their_own_and_differ(rig: Rig, name: str) -> None:
    batch, _, files = done(rig, name, {"variations": "2", "no_such_option": "x"})
    assert [file.filename for file in files] == ["result_001.jpg", "result_002.jpg"]
    one, two = (np.asarray(opened(rig, file).resize((64, 64))).astype(int) for file in files)
    assert np.abs(one - two).mean() > 0.5
    assert batch.credits_charged == batch.quote.total(1)
    assert any("no_such_option" in text for text in batch.warnings)
