"""Formats by their first bytes: real files of each kind, and what only pretends to be one."""

import json
from pathlib import Path

import pytest
from pictures import picture

from batch_api.sniffing import HEAD_BYTES, content_type, picture_format


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_made_files(form: str) -> None:
    head = picture(40, 40, form=form)[:HEAD_BYTES]
    assert picture_format(head) == form and content_type(form).startswith("image/")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", None),
        (b"\xff\xd8", None),
        (b"<svg xmlns=", None),
        (b"%PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", None),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"8BPS\x00\x01", "PSD"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JXL"),
    ],
)
def test_heads(head: bytes, expected: str | None) -> None:
    assert picture_format(head) == expected


def test_samples_are_told_as_the_decoder_tells_them(samples: Path) -> None:
    wrong = []
    for path in sorted((samples / "art" / "images").iterdir()):
        ending = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF"}.get(path.suffix[1:].lower(), path.suffix[1:].upper())
        found = picture_format(path.open("rb").read(HEAD_BYTES))
        if found != (None if ending == "SVG" else ending):
            wrong.append((path.name, found))
    assert wrong == [], json.dumps(wrong)
