"""Colour: profiles convert as measured colours say, broken ones are named, the curves of sRGB round-trip."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from jobs.imaging import codec
from jobs.imaging.colour import from_linear, srgb_profile, to_linear, to_srgb

RAMP = np.arange(256, dtype=np.uint8)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D50 through the sRGB matrix is not needed for a difference): D65, float64."""
    light = to_linear(rgb).astype(np.float64)
    xyz = light @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    f = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 1e-9))
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(lab(a) - lab(b), axis=-1)


def test_linear_light_round_trips_every_level() -> None:
    assert (from_linear(to_linear(RAMP)) == RAMP).all()
    assert to_linear(RAMP)[[0, 255]].tolist() == [0, 1]
    assert abs(float(to_linear(RAMP)[188]) - 0.5029) < 0.001


def test_own_profile_is_srgb_in_effect_and_constant() -> None:
    assert srgb_profile() == srgb_profile() and len(srgb_profile()) < 4_096
    pixels = np.random.default_rng(2).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    out, warnings = to_srgb(pixels.copy(), "RGB", srgb_profile())
    assert (out == pixels).all() and warnings == ()


def test_a_standard_reader_takes_our_profile_for_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    transform = ImageCms.buildTransform(ours, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    out = np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), transform))
    assert np.abs(out.astype(int) - pixels).max() <= 1


def test_broken_or_foreign_profile_is_ignored_with_a_warning() -> None:
    pixels = np.full((4, 4, 3), 77, np.uint8)
    for icc in (b"junk", srgb_profile()[:200]):
        out, warnings = to_srgb(pixels.copy(), "RGB", icc)
        assert (out == 77).all() and warnings == ("icc_ignored",)
    out, warnings = to_srgb(np.zeros((4, 4, 4), np.uint8), "CMYK", srgb_profile())
    assert warnings == ("icc_ignored", "cmyk_without_profile") and (out == 255).all()


def test_an_rgb_profile_on_a_grey_picture_is_used() -> None:
    out, warnings = to_srgb(np.full((4, 4), 77, np.uint8), "L", srgb_profile())
    assert (out == 77).all() and warnings == ()


def test_strips_equal_one_pass() -> None:
    wide = Image.open(io.BytesIO(_adobe_like_png()))
    icc = wide.info["icc_profile"]
    small = np.asarray(wide)
    tall = np.repeat(small, 9_000_000 // small.size * 2, axis=0)
    whole, _ = to_srgb(tall.copy(), "RGB", icc)
    part, _ = to_srgb(small.copy(), "RGB", icc)
    assert (whole[:: tall.shape[0] // small.shape[0]] == part).all()


def _adobe_like_png() -> bytes:
    """A wide-gamut matrix profile made from ours by moving the green primary to Adobe RGB's."""
    profile = bytearray(srgb_profile())
    at = profile.index(b"XYZ \0\0\0\0\0\0\x62\x99")
    profile[at + 8 : at + 20] = b"\0\0\x34\x8d\0\0\xa0\x2c\0\0\x0f\x95"
    pixels = np.random.default_rng(4).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", icc_profile=bytes(profile))
    return out.getvalue()


ADOBE_GREEN, P3_RED = (0.20527, 0.62567, 0.06087), (0.51512, 0.24120, -0.00105)
P3_GREEN, P3_BLUE = (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)


@pytest.mark.parametrize(
    "moved", [{"gXYZ": ADOBE_GREEN}, {"rXYZ": P3_RED, "gXYZ": P3_GREEN, "bXYZ": P3_BLUE}], ids=["adobe", "p3"]
)
def test_wide_gamut_patches_come_out_as_the_primaries_say(moved: dict[str, tuple[float, float, float]]) -> None:
    """Against the arithmetic of the profile's own numbers, for 200 colours that sRGB holds."""
    profile, columns = bytearray(srgb_profile()), []
    for name in ("rXYZ", "gXYZ", "bXYZ"):
        at = int.from_bytes(profile[profile.index(name.encode()) + 4 :][:4]) + 8
        if name in moved:
            profile[at : at + 12] = struct.pack(">3i", *(round(value * 65536) for value in moved[name]))
        columns.append(np.array(struct.unpack(">3i", profile[at : at + 12])) / 65536)
    own = np.stack(columns, 1)
    srgb = np.array([[0x6FA2, 0x6299, 0x24A0], [0x38F5, 0xB785, 0x0F84], [0x0390, 0x18DA, 0xB6CF]]) / 65536
    wanted = np.random.default_rng(8).integers(20, 236, (200, 3)).astype(np.uint8)
    stored = from_linear(np.asarray(to_linear(wanted) @ srgb.T @ np.linalg.inv(own).T, np.float32)).reshape(200, 1, 3)
    inside = ((stored > 2) & (stored < 253)).all(axis=(1, 2))
    out = io.BytesIO()
    Image.fromarray(stored).save(out, "PNG", icc_profile=bytes(profile))
    got = codec.decode(out.getvalue(), codec.DecodeLimits()).rgb
    assert inside.sum() > 100 and difference(got, wanted.reshape(200, 1, 3))[inside].max() < 2


def test_wide_gamut_and_cmyk_samples_look_like_their_srgb_originals(samples: Path) -> None:
    """Each derived file was converted from a picture that is here as sRGB; in-gamut colours must come back."""
    art = samples / "art" / "images"
    limits = codec.DecodeLimits()
    cases = [("d017.jpg", "d002.jpg", 1.5), ("d018.tif", "d003.jpg", 2.5), ("d019.jpg", "d004.jpg", 5)]
    for derived, original, median in cases:
        got = codec.decode(art / f"art-{derived}", limits)
        want = codec.decode(art / f"art-{original}", limits)
        assert got.facts.had_icc and got.facts.warnings == ()
        height, width = got.rgb.shape[:2]
        resized = np.asarray(Image.fromarray(want.rgb).resize((width, height), Image.Resampling.LANCZOS))
        assert np.median(difference(got.rgb, resized)) < median, derived


def test_sixteen_bit_samples_match_their_eight_bit_originals(samples: Path) -> None:
    art = samples / "art" / "images"
    for derived, original in [("d020.png", "d006.jpg"), ("d021.tif", "d007.jpg")]:
        got = codec.decode(art / f"art-{derived}", codec.DecodeLimits()).rgb
        want = codec.decode(art / f"art-{original}", codec.DecodeLimits()).rgb
        resized = np.asarray(Image.fromarray(want).resize(got.shape[1::-1], Image.Resampling.LANCZOS))
        assert np.median(difference(got, resized)) < 2
