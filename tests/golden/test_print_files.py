"""Full-size golden checks: the documented sheets from real pictures, to the pixel, with a ceiling on memory."""

import importlib.util
import io
import os
import resource
import struct
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from jobs.imaging import codec
from jobs.imaging.clipart import clipart
from jobs.imaging.print_set import WALL_ART, poster, print_files

WANTED = {
    "2x3": (7200, 10800), "3x4": (5400, 7200), "4x5": (7200, 9000), "11x14": (3300, 4200), "iso-a1": (7016, 9933),
}  # fmt: skip


@pytest.fixture(scope="module")
def scanner() -> ModuleType:
    path = Path(__file__).parents[1] / "unit" / "jobs" / "imaging" / "metadata_scanner.py"
    spec = importlib.util.spec_from_file_location("golden_metadata_scanner", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def art(samples: Path, name: str) -> codec.Picture:
    return codec.decode(samples / "art" / "images" / name, codec.DecodeLimits())


@pytest.mark.parametrize(("name", "landscape"), [("art-d010.jpg", False), ("art-d005.jpg", True)])
def test_five_sheets_at_full_size(samples: Path, scanner: ModuleType, name: str, landscape: bool) -> None:
    """A portrait print and a scroll of 1 to 7: exact pixels, 300 DPI in both places, sRGB, no other block."""
    picture = art(samples, name)
    seen = {}
    for file in print_files(picture.rgb):
        height, width, _, subsampling = simplejpeg.decode_jpeg_header(file.data)
        seen[file.size.slug] = (height, width) if landscape else (width, height)
        found = {block.name: block.payload for block in scanner.blocks(file.data)}
        assert set(found) == {"SOI", "APP0", "APP1", "APP2", "DQT", "SOF0", "DHT", "DRI", "SOS", "EOI"}
        assert struct.unpack(">BHH", found["APP0"][7:12]) == (1, 300, 300)
        assert found["APP2"].startswith(b"ICC_PROFILE\0\x01\x01") and subsampling == "444"
        exif = Image.open(io.BytesIO(file.data)).getexif()
        assert (exif[282], exif[283], exif[296]) == (300, 300, 2)
    assert seen == WANTED and list(seen) == [size.slug for size in WALL_ART]


def test_a_sheet_shows_its_crop(samples: Path) -> None:
    """Reduced back to the crop's size, the sheet is the source again."""
    picture = art(samples, "art-d010.jpg")
    file = poster(picture.rgb, "a3")
    window = picture.rgb[
        file.crop.y : file.crop.y + file.crop.height, file.crop.x : file.crop.x + file.crop.width
    ].astype(int)
    sheet = Image.open(io.BytesIO(file.data)).resize((file.crop.width, file.crop.height), Image.Resampling.LANCZOS)
    error = (np.asarray(sheet).astype(int) - window) ** 2
    assert 10 * np.log10(255**2 / error.mean()) > 36


def test_the_set_stays_under_its_memory_ceiling(samples: Path) -> None:
    """In a forked child: a 12 MP source and five sheets of up to 78 MP grow the process by less than one sheet."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        picture = art(samples, "art-d052.jpg")
        for file in print_files(picture.rgb):
            assert file.data
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        os.write(write, str(grown).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as pipe:
        assert int(pipe.read()) < 230


def test_clipart_at_full_size(samples: Path, scanner: ModuleType) -> None:
    picture = art(samples, "art-d034.png")
    made = clipart(picture.rgb, picture.alpha)
    assert (made.width, made.height, made.has_alpha) == (2546, 3600, True)
    assert set(scanner.names(made.data)) == {"IHDR", "iCCP", "pHYs", "IDAT", "IEND"}


def test_the_tree_never_lets_opencv_decode() -> None:
    """R72: encoded bytes reach Pillow and simplejpeg only."""
    root = Path(__file__).parents[2]
    for path in (*root.glob("jobs/**/*.py"), *root.glob("batch_api/**/*.py"), *root.glob("storage/**/*.py")):
        text = path.read_text()
        assert "cv2.imread" not in text and "cv2.imdecode" not in text, path.name
