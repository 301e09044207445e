"""Limits before pixels, content before names, one decoder, no other program: what the decoder's door promises."""

import ast
import io
import resource
import warnings
from pathlib import Path

import corpora
import hostile_maker
import pytest
from PIL import Image, ImageFile

from jobs.actions.print_options import PRINT_LIMITS
from jobs.actions.studio import STUDIO_LIMITS
from jobs.imaging import codec, faults
from jobs.imaging.print_set import POSTERS, WALL_ART
from jobs.imaging.upscale import LONGEST_SIDE, final_size
from jobs.limits import MIB, ProcessLimits
from jobs.sandbox import ChildLimits, Parcel, run_limited

ROOT = Path(__file__).resolve().parents[2]
LIMITS = codec.DecodeLimits(formats=codec.STUDIO_FORMATS)
TIGHT = ChildLimits(seconds=30, process=ProcessLimits(memory_bytes=24 * MIB, cpu_seconds=20))
FOREIGN_DECODERS = {"imread", "imreadmulti", "imdecode", "imdecodemulti", "VideoCapture", "imreadanimation"}
# Where no other program may be started: everything that a picture passes on its way.
PASSED = (
    "jobs/imaging",
    "jobs/actions",
    *(f"jobs/{name}.py" for name in ("making", "sources", "sandbox", "horse", "horse_work", "image", "stable")),
    *(f"jobs/{name}.py" for name in ("publishing", "packaging", "archive")),
)


def codes(pictures: dict[str, bytes]) -> Parcel:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {}
    for name, data in pictures.items():
        try:
            codec.decode(data, LIMITS)
            found[name] = "ok"
        except faults.ImagingFault as fault:
            found[name] = fault.code
    return Parcel({"codes": found, "grown_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before})


def test_headers_that_promise_too_much_are_refused_without_any_room_for_pixels(tmp_path: Path) -> None:
    """Billions of pixels, each refused in a process that may take 24 MB more in all."""
    pictures = dict(hostile_maker.oversized())
    told = run_limited(codes, pictures, scratch=tmp_path, limits=TIGHT).facts
    refused = {name: code for name, code in told["codes"].items() if code != "image_too_large"}
    assert refused == {"dims-0x8.png": "corrupt_image"} and len(pictures) > 8
    assert told["grown_kb"] < 20 * 1024


def test_the_pixel_limit_is_the_actions_own_and_its_warning_an_error() -> None:
    whole = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(whole, "PNG")  # 169 megapixels, which Pillow alone only warns of
    with pytest.raises(faults.ImageTooLarge):
        codec.decode(whole.getvalue(), LIMITS)
    assert LIMITS.max_pixels == Image.MAX_IMAGE_PIXELS
    small = hostile_maker.encoded(Image.new("L", (300, 300)), "PNG")
    tight = codec.DecodeLimits(max_pixels=89_999)
    with pytest.raises(faults.ImageTooLarge):
        codec.decode(small, tight)
    assert codec.decode(small, codec.DecodeLimits(max_pixels=90_000)).rgb.shape == (300, 300, 3)


def test_files_that_a_library_only_warns_of_are_accepted() -> None:
    warned, kept = [], 0
    for path in corpora.pictures("pillow"):
        if path.suffix.lower() not in (".png", ".apng", ".jpg", ".jpeg", ".webp", ".mpo"):
            continue
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
                    image.load()
            except Exception:
                continue
        if told:
            warned.append(path.name)
            kept += codec.decode(path, LIMITS).rgb.ndim == 3
    assert kept == len(warned) >= 4, warned


def test_a_cut_file_is_never_completed_with_grey() -> None:
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    named = [path for path in trees("jobs", "storage", "batch_api") if "LOAD_TRUNCATED" in path.read_text()]
    assert named == []


def test_a_decoding_child_completes_nothing_either(tmp_path: Path) -> None:
    assert run_limited(lambda: Parcel({"on": ImageFile.LOAD_TRUNCATED_IMAGES}), scratch=tmp_path).facts == {"on": False}


def test_results_have_bounds_that_print_sizes_fit_into() -> None:
    """An enlargement is held at 12 000 pixels a side, so a result has at most 144 million; the largest sheets fit."""
    for width, height, factor in ((5_000, 4_000, 8), (12_000, 8_000, 4), (600, 29_000, 8), (500, 500, 8)):
        wide, high = final_size(width, height, factor)
        assert max(wide, high) <= max(LONGEST_SIDE, width, height) and wide * high <= 144_000_000
    sheets = {size.slug: size.pixels() for size in (*WALL_ART, *POSTERS.values())}
    assert sheets["24x36"] == (7_200, 10_800) and sheets["a1"] == (7_016, 9_933)
    assert max(width * height for width, height in sheets.values()) < 80_000_000
    assert (PRINT_LIMITS.max_pixels, STUDIO_LIMITS.max_pixels) == (100_000_000, 64_000_000)


def trees(*rooms: str) -> list[Path]:
    found = [ROOT / room for room in rooms]
    return sorted(path for room in found for path in ([room] if room.is_file() else room.rglob("*.py")))


def test_only_the_codec_decodes_and_opencv_never_does() -> None:
    """Besides the codec only the readers of the baked plates, which are files of the house, open pictures."""
    opening = set()
    for path in trees("jobs", "storage", "batch_api"):
        text = path.read_text()
        used = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
        assert used & FOREIGN_DECODERS == set(), path
        if "Image.open(" in text or "decode_jpeg" in used:
            opening.add(str(path.relative_to(ROOT / "jobs" / "imaging")))
    assert opening == {"codec.py", "likeness/choosing.py", "mockups/objects.py", "scenery/props.py", "scenery/stage.py"}


def test_no_picture_meets_a_shell_or_another_program() -> None:
    for path in trees(*PASSED):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
        assert imported & {"subprocess", "multiprocessing", "asyncio.subprocess", "pty"} == set(), path
        assert not [name for name in called if name.startswith(("os.system", "os.popen", "os.exec", "os.spawn"))], path


def test_the_image_of_the_service_installs_no_interpreter_of_pictures() -> None:
    told = (ROOT / "deploy" / "Containerfile").read_text().lower()
    assert not [
        name for name in ("apt-get", "ghostscript", "imagemagick", "librsvg", "poppler", "cairo") if name in told
    ]
