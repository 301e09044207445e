"""A dry run goes the whole way and gives away nothing: small stand-ins that hold no pixel of the customer's picture."""

import io
from dataclasses import replace

import pytest
from engine_rig import NoEngines, Rig
from PIL import Image as Pillow

from jobs.actions import CATALOGUE
from jobs.actions.upscale import ACTION as UPSCALE
from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.model import Artifact, Batch, BatchState, Dialect, Image, ImageOrder, ImageState
from storage.records import artifacts, images, ledger


def bright(mode: str = "RGB") -> bytes:
    """A picture of a colour that no stand-in has."""
    out = io.BytesIO()
    Pillow.new(mode, (700, 600), (255, 0, 255, 128)[: len(mode)]).save(out, "PNG")
    return out.getvalue()


def tried(rig: Rig, action: str, raw: dict[str, object], data: bytes) -> tuple[Batch, Image, list[Artifact]]:
    """The finished batch of one dry run, its image and that image's files. No network can be had."""
    offer = CATALOGUE[(Dialect.PRINT, action)]
    order = replace(
        rig.order(0, images=(ImageOrder((rig.upload(data),)),)),
        action=action,
        pool=offer.pool,
        options=offer.parse(raw, 1).values,
        dry_run=True,
        charge=False,
    )
    [image] = submit(rig.tools, order, rig.doorbell).images
    run_image(rig.tools, image.id, NoEngines())
    batch = run_packaging(rig.tools, image.batch_id)
    assert batch is not None
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).spent == 0
        return batch, images.get_image(tx, image.id), artifacts.list_artifacts(tx, batch.id, image.id)


@pytest.mark.parametrize(
    ("action", "raw", "mode", "count"),
    [
        ("wallart", {}, "RGB", 5),
        ("poster", {"size": "a1"}, "RGBA", 1),
        ("clipart", {"remove_background": True}, "RGB", 1),
        ("clipart", {}, "RGBA", 1),
        ("upscale", {"scale": 8}, "RGB", 1),
        ("upscale", {"target_px": 12000}, "RGBA", 1),
    ],
)
def test_the_files_are_small_and_hold_nothing_of_the_picture(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, action: str, raw: dict[str, object], mode: str, count: int
) -> None:
    monkeypatch.setitem(CATALOGUE, (Dialect.PRINT, "upscale"), UPSCALE)
    batch, image, files = tried(rig, action, raw, bright(mode))
    assert (batch.state, batch.credits_charged, image.state) == (BatchState.COMPLETED, 0, ImageState.SUCCEEDED)
    assert image.result["source"] == {"format": "PNG", "width": 700, "height": 600}
    assert any("dry run" in text for text in image.result["warnings"])
    assert len(files) == count
    for file in files:
        with rig.tools.objects.read(file.key) as stream:
            picture = Pillow.open(io.BytesIO(stream.read())).convert("RGBA")
        assert picture.size == (file.width, file.height) and max(picture.size) <= 2048 and file.bytes < 200_000
        shown = [colour for _, colour in picture.getcolors(1 << 22) or [] if colour[3]]
        assert max(abs(red - green) for red, green, *_ in shown) <= 12


def test_a_picture_that_would_be_refused_is_refused_in_a_dry_run_too(rig: Rig) -> None:
    small = io.BytesIO()
    Pillow.new("RGB", (300, 300)).save(small, "PNG")
    batch, image, files = tried(rig, "wallart", {}, small.getvalue())
    assert (batch.state, image.error_code, files) == (BatchState.FAILED, "image_too_small", [])
