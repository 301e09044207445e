"""Encoded files: exact pixels, the resolution wherever it belongs, the sRGB profile, and no other block at all."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from metadata_scanner import blocks, names
from PIL import Image, PngImagePlugin

from jobs.imaging import codec, encode, faults
from jobs.imaging.colour import srgb_profile

CANARY = b"canary-7f3a"
NOISE = np.random.default_rng(5).integers(0, 256, (90, 130, 3), dtype=np.uint8)
SMOOTH = np.stack([*np.meshgrid(np.arange(130), np.arange(90)), np.full((90, 130), 99)], axis=-1).astype(np.uint8)

JPEG_BLOCKS = {"SOI", "APP0", "APP1", "APP2", "DQT", "SOF0", "DHT", "SOS", "EOI"}


@pytest.mark.parametrize("dpi", [300, 72])
def test_jpeg_states_its_resolution_in_jfif_and_exif(dpi: int) -> None:
    data = encode.jpeg(SMOOTH, dpi=dpi)
    found = {block.name: block.payload for block in blocks(data)}
    assert struct.unpack(">BHH", found["APP0"][7:12]) == (1, dpi, dpi)
    exif = Image.open(io.BytesIO(data)).getexif()
    assert (exif[282], exif[283], exif[296]) == (dpi, dpi, 2) and len(exif) == 3


def test_jpeg_pixels_survive_the_tags() -> None:
    picture = codec.decode(encode.jpeg(SMOOTH, quality=98), codec.DecodeLimits())
    assert np.abs(picture.rgb.astype(int) - SMOOTH).max() <= 4
    assert picture.facts.dpi == (300, 300) and picture.facts.had_icc and picture.facts.warnings == ()


@pytest.mark.parametrize(("subsampling", "samples"), [("444", 0x11), ("420", 0x22), ("422", 0x21)])
def test_jpeg_is_baseline_with_the_subsampling_asked_for(subsampling: str, samples: int) -> None:
    found = blocks(encode.jpeg(NOISE, subsampling=subsampling))
    frame = next(block.payload for block in found if block.name == "SOF0")
    assert frame[7] == samples


def test_only_the_documented_blocks_are_written() -> None:
    rgba = np.dstack([NOISE, NOISE[:, :, :1]])
    assert set(names(encode.jpeg(NOISE))) == JPEG_BLOCKS
    for pixels in (NOISE, rgba):
        assert set(names(encode.png(pixels))) == {"IHDR", "iCCP", "pHYs", "IDAT", "IEND"}
        assert set(names(encode.webp(pixels))) <= {"VP8X", "ICCP", "VP8", "ALPH", "VP8L"}


def test_every_file_carries_the_srgb_profile() -> None:
    for data in (encode.jpeg(NOISE), encode.png(NOISE), encode.webp(NOISE)):
        assert Image.open(io.BytesIO(data)).info["icc_profile"] == srgb_profile()


def test_png_states_300_dots_an_inch_and_keeps_every_pixel() -> None:
    rgba = np.dstack([NOISE, NOISE[:, :, 1:2]])
    data = encode.png(rgba)
    found = {block.name: block.payload for block in blocks(data)}
    assert struct.unpack(">IIB", found["pHYs"]) == (11811, 11811, 1)
    assert (np.asarray(Image.open(io.BytesIO(data))) == rgba).all()


def planted(kind: str) -> bytes:
    """A source with a canary in every place that its format has for metadata, and behind its end."""
    image = Image.fromarray(SMOOTH)
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif[0x8298] = CANARY.decode()
    exif.get_ifd(0x8825)[29] = CANARY.decode()
    out = io.BytesIO()
    options: dict[str, object] = {"exif": exif}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", CANARY.decode())
        text.add_itxt("XML:com.adobe.xmp", CANARY.decode())
        options["pnginfo"] = text
    if kind in ("JPEG", "WEBP"):
        options["xmp"] = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
    if kind == "JPEG":
        options["comment"] = CANARY
    image.save(out, kind, **options)
    return out.getvalue() + (CANARY if kind in ("JPEG", "PNG") else b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_no_planted_canary_reaches_an_output(kind: str) -> None:
    source = planted(kind)
    assert CANARY in source
    rgb = codec.decode(source, codec.DecodeLimits()).rgb
    rgba = np.dstack([rgb, rgb[:, :, :1]])
    for data in (encode.jpeg(rgb), encode.png(rgb), encode.png(rgba), encode.webp(rgb), encode.webp(rgba)):
        assert all(CANARY not in block.payload for block in blocks(data)) and CANARY not in data


def test_a_byte_limit_lowers_quality_only_as_far_as_needed() -> None:
    picture = np.kron(NOISE, np.ones((8, 8, 1), np.uint8))
    full = encode.jpeg(picture)
    assert encode.jpeg_within(picture, len(full)) == (full, 92)
    limit = len(full) * 7 // 10
    data, quality = encode.jpeg_within(picture, limit)
    assert limit * 0.85 < len(data) <= limit and 40 <= quality < 92
    with pytest.raises(faults.OutputTooLarge):
        encode.jpeg_within(picture, 2_000)


def test_written_file_reads_back_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encode.jpeg(SMOOTH))
    assert codec.probe(path).width == 130
