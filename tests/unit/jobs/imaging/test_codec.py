"""The decode door: limits before pixels, every mode and turn to the same upright sRGB, every bad file to one fault."""

import contextlib
import io
import itertools
import struct
import subprocess
import sys
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import hostile_maker
import numpy as np
import pytest
from PIL import Image, ImageFile

from jobs.imaging import codec, faults
from jobs.imaging.header import sniff, too_many_pieces

LIMITS = codec.DecodeLimits(formats=codec.STUDIO_FORMATS)
FOUR = np.array([[[250, 10, 10], [10, 240, 10]], [[10, 10, 230], [240, 240, 10]]], np.uint8)
PATCHES = np.kron(FOUR, np.ones((16, 24, 1), np.uint8))
# How a camera stores the upright picture under each orientation.
STORED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
    8: lambda a: np.rot90(a, -1),
}


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\x08IDAT" + zlib.compress(b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_every_accepted_format_gives_its_pixels(kind: str) -> None:
    options = {"quality": 98} if kind in ("JPEG", "WEBP", "AVIF") else {}
    picture = codec.decode(saved(Image.fromarray(PATCHES), kind, **options), LIMITS)
    assert picture.facts.format == kind
    assert picture.alpha is None
    assert picture.rgb.flags.c_contiguous and picture.rgb.dtype == np.uint8
    assert np.abs(picture.rgb[4:12, 4:12].astype(int) - FOUR[0, 0]).max() <= 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_give_equal_pixels(kind: str, orientation: int) -> None:
    stored = STORED[orientation](PATCHES)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    picture = codec.decode(saved(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options), LIMITS)
    assert picture.facts.orientation == orientation
    assert picture.rgb.shape == PATCHES.shape
    assert (picture.facts.width, picture.facts.height) == (PATCHES.shape[1], PATCHES.shape[0])
    assert np.abs(picture.rgb.astype(int) - PATCHES).max() <= 3


def test_alpha_is_apart_and_straight() -> None:
    rgba = np.dstack([PATCHES, np.full(PATCHES.shape[:2], 255, np.uint8)])
    rgba[:16, :, 3] = 64
    picture = codec.decode(saved(Image.fromarray(rgba), "PNG"), LIMITS)
    assert picture.alpha is not None
    assert (picture.rgb == PATCHES).all() and (picture.alpha == rgba[:, :, 3]).all()


def test_an_opaque_alpha_channel_is_no_alpha() -> None:
    rgba = np.dstack([PATCHES, np.full(PATCHES.shape[:2], 255, np.uint8)])
    assert codec.decode(saved(Image.fromarray(rgba), "PNG"), LIMITS).alpha is None


def test_grey_alpha_palette_and_colour_key_become_rgb_and_alpha() -> None:
    both = Image.merge("LA", [Image.new("L", (8, 8), 90), Image.new("L", (8, 8), 40)])
    picture = codec.decode(saved(both, "PNG"), LIMITS)
    assert picture.rgb[0, 0].tolist() == [90, 90, 90] and picture.alpha is not None and picture.alpha[0, 0] == 40
    palette = Image.fromarray(PATCHES).quantize(4)
    key = palette.getpixel((0, 0))
    picture = codec.decode(saved(palette, "PNG", transparency=key), LIMITS)
    assert picture.alpha is not None and picture.alpha[0, 0] == 0 and picture.alpha[-1, 0] == 255
    picture = codec.decode(saved(Image.fromarray(PATCHES), "PNG", transparency=(250, 10, 10)), LIMITS)
    assert picture.alpha is not None and picture.alpha[0, 0] == 0 and picture.alpha[-1, 0] == 255


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(1, -1).repeat(4, 0)
    for kind in ("PNG", "TIFF"):
        picture = codec.decode(saved(Image.fromarray(ramp), kind), LIMITS)
        assert picture.rgb[0, :, 0].tolist() == list(range(256))


def test_cmyk_jpeg_without_profile_is_upright_in_ink_and_says_so() -> None:
    ink = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    picture = codec.decode(saved(ink, "JPEG", quality=95), LIMITS)
    assert picture.rgb[16, 16, 0] > 230 and picture.rgb[16, 16, 1] < 40
    assert "cmyk_without_profile" in picture.facts.warnings


def test_animation_gives_its_first_frame_and_a_warning() -> None:
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue", "green")]
    for kind in ("GIF", "PNG", "WEBP"):
        picture = codec.decode(saved(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True), LIMITS)
        assert picture.rgb[10, 10].tolist() == [255, 0, 0]
        assert "first_frame_only" in picture.facts.warnings


def test_a_phone_jpeg_of_several_pictures_is_a_jpeg() -> None:
    frames = [Image.fromarray(PATCHES), Image.new("RGB", (48, 32), "blue")]
    picture = codec.decode(saved(frames[0], "MPO", save_all=True, append_images=frames[1:]), LIMITS)
    assert picture.facts.format == "JPEG" and picture.rgb[4, 4, 0] > 200


def test_facts_tell_dpi_and_quality() -> None:
    picture = codec.decode(saved(Image.fromarray(PATCHES), "JPEG", quality=83, dpi=(240, 240)), LIMITS)
    assert picture.facts.dpi == (240, 240)
    assert picture.facts.jpeg_quality is not None and abs(picture.facts.jpeg_quality - 83) <= 1


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", faults.SourceEmpty),
        (b"<html><body>no</body></html>", faults.NotAnImage),
        (b"%PDF-1.7", faults.NotAnImage),
        (b"PK\x03\x04rest", faults.NotAnImage),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", faults.UnsupportedFormat),
        (b"8BPS\0\1" + bytes(40), faults.UnsupportedFormat),
        (b"\0\0\0\x18ftypheic" + bytes(40), faults.UnsupportedFormat),
        (b"\xff\xd8\xff\xe0junk", faults.CorruptImage),
        (png_header(60_000, 60_000), faults.ImageTooLarge),
        (png_header(30_001, 10), faults.ImageTooLarge),
        (png_header(0, 10), faults.CorruptImage),
    ],
)
def test_bad_bytes_get_their_fault(data: bytes, fault: type[faults.ImagingFault]) -> None:
    with pytest.raises(faults.ImagingFault) as caught:
        codec.decode(data, LIMITS)
    assert type(caught.value) is fault


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_file_cut_at_60_percent_is_corrupt(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    with pytest.raises(faults.CorruptImage):
        codec.decode(data[: len(data) * 6 // 10], LIMITS)


def test_a_damaged_small_webp_is_corrupt_and_not_short_of_memory() -> None:
    data = bytearray(saved(Image.fromarray(PATCHES), "WEBP", lossless=True))
    data[16:20] = b"\xff\xff\xff\x00"
    with pytest.raises(faults.CorruptImage):
        codec.decode(bytes(data), LIMITS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_mutated_files_give_a_picture_or_a_fault(kind: str) -> None:
    """Sixty seeded mutations a format; any other exception fails, and a crash would end the test run."""
    seed = saved(Image.fromarray(PATCHES), kind)
    rng = np.random.default_rng(len(seed))
    for _ in range(60):
        data = bytearray(seed)
        for at in rng.integers(4, len(data), rng.integers(1, 12)):
            data[at] = rng.integers(256)
        with contextlib.suppress(faults.ImagingFault):
            assert codec.decode(bytes(data), LIMITS).rgb.ndim == 3


def test_formats_are_those_of_the_limits_whatever_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really.jpg"
    path.write_bytes(saved(Image.new("P", (9, 9)), "GIF"))
    with pytest.raises(faults.UnsupportedFormat):
        codec.decode(path, codec.DecodeLimits())
    assert codec.probe(path).format == "GIF"


def test_size_limits_name_what_is_wrong() -> None:
    data = saved(Image.new("RGB", (100, 80)), "PNG")
    for change, fault in [
        ({"max_bytes": 10}, faults.FileTooLarge),
        ({"max_pixels": 7_999}, faults.ImageTooLarge),
        ({"max_side": 99}, faults.ImageTooLarge),
        ({"min_side": 81}, faults.ImageTooSmall),
    ]:
        with pytest.raises(fault):
            codec.decode(data, replace(LIMITS, **change))
    assert codec.decode(data, replace(LIMITS, max_pixels=8_000, min_side=80)).rgb.shape == (80, 100, 3)


def test_benign_warnings_do_not_refuse_and_filters_are_restored() -> None:
    before = list(warnings.filters)
    codec.decode(saved(Image.fromarray(PATCHES), "PNG"), LIMITS)
    assert warnings.filters == before
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


STARVED = """
import resource, sys
from pathlib import Path
from jobs.imaging import codec, faults
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 40 * 2**20,) * 2)
for name in sys.argv[1:]:
    try:
        codec.decode(Path(name), codec.DecodeLimits())
        print("picture")
    except faults.ImagingFault as fault:
        print(fault.code)
"""


def test_running_out_of_memory_is_a_resource_limit(tmp_path: Path) -> None:
    """In a fresh interpreter, because this one's heap has room left over from other tests."""
    paths = []
    for kind in ("PNG", "WEBP", "JPEG"):
        paths.append(tmp_path / kind)
        paths[-1].write_bytes(saved(Image.new("RGB", (6_000, 4_000)), kind))
    child = subprocess.run([sys.executable, "-c", STARVED, *paths], capture_output=True, text=True, timeout=60)
    assert child.stdout.split() == [faults.ResourceLimitExceeded.code] * 3, child.stderr


def test_a_file_in_countless_parts_is_refused_before_they_are_walked() -> None:
    for made in (hostile_maker.many_scans(400), hostile_maker.many_tiles(400)):
        with pytest.raises(faults.CorruptImage, match="parts"):
            codec.probe(made)


def test_ordinary_numbers_of_parts_are_not() -> None:
    """As many scans as an encoder may write, behind them a second picture of more; a strip for each row."""
    many = hostile_maker.many_scans(40)
    assert codec.decode(many + many, LIMITS).rgb.shape == (512, 512, 3)
    tall = saved(Image.new("L", (8, 20_000)), "TIFF", tiffinfo={278: 1})
    assert not too_many_pieces(tall) and codec.decode(tall, LIMITS).rgb.shape == (20_000, 8, 3)
    for order, big in itertools.product((b"II", b"MM"), (False, True)):
        end = "<" if order == b"II" else ">"
        head = struct.pack(end + ("2sHHHQQ" if big else "2sHI"), order, *((43, 8, 0, 16, 1) if big else (42, 8)))
        head += b"" if big else struct.pack(end + "H", 1)
        for count, wrong in ((150_000, False), (150_001, True)):
            entry = struct.pack(end + ("HHQQ" if big else "HHII"), 324, 4, count, 0)
            assert too_many_pieces(head + entry) is wrong


def test_sniff_never_calls_text_a_picture() -> None:
    for text in (b"hello", b"GIF is a format", b"{}", b"\0" * 64):
        assert sniff(text) is None
