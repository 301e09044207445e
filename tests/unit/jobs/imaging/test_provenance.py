"""The kind of picture, said in the file: readable by others, and the pixels as they were."""

import io

import numpy as np
import pytest
from PIL import Image

from jobs.imaging import encode, provenance

PIXELS = (np.indices((40, 60)).sum(axis=0)[:, :, None] * np.array([2, 1, 0])).astype(np.uint8)
KIND = b"digitalsourcetype/compositeSynthetic"


@pytest.mark.parametrize(("made", "declare"), [("jpeg", "declare_jpeg"), ("png", "declare_png")])
def test_the_packet_is_read_back_and_the_pixels_stay(made: str, declare: str) -> None:
    plain = getattr(encode, made)(PIXELS)
    said = getattr(provenance, declare)(plain)
    picture = Image.open(io.BytesIO(said))
    assert KIND in (picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode())
    assert picture.info["icc_profile"]
    assert np.array_equal(np.asarray(picture), np.asarray(Image.open(io.BytesIO(plain))))


def test_a_webp_carries_it_too() -> None:
    picture = Image.open(io.BytesIO(encode.webp(PIXELS, xmp=provenance.packet())))
    assert KIND in picture.info["xmp"]


def test_something_else_is_refused() -> None:
    with pytest.raises(ValueError):
        provenance.declare_jpeg(b"GIF89a")
    with pytest.raises(ValueError):
        provenance.declare_png(b"\x89PNG" + bytes(40))
