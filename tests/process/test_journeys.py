"""Real pictures through the whole house in all three dialects: real web server, workers, queue, storage and links.

The sample pictures lie beside the project; without them these tests are skipped by name. --slow runs the long ones.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from customer import (
    archive,
    print_done,
    shelf_done,
    studio_done,
    submit_print,
    submit_shelf,
    submit_studio,
    usage,
)
from installation import ROOT, Installation, installation, neighbour
from left_behind import lock_is_free
from outputs import check_output

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

# print contract §7.2: ratio, pixels at 300 dpi; the shorter side first for portrait
WALL_ART = {"2:3": (7200, 10800), "3:4": (5400, 7200), "4:5": (7200, 9000), "11:14": (3300, 4200), "iso": (7016, 9933)}
# studio contract §12: platform, resolution → pixels
PRESETS = {"amazon": (1024, 1024), "shopify": (2048, 2048), "etsy": (2700, 2025), "ebay": (1600, 1600),
           "walmart": (2000, 2000), "tiktok": (1200, 1200), "google": (1500, 1500)}  # fmt: skip
WEB = {
    "/fossa.jpg": "art/images/art-d054.jpg",
    "/mug.jpg": "product/images/product-d017.jpg",
    "/shoes.jpg": "product/images/product-d006.jpg",
    "/shelf-1.jpg": "shelf/images/shelf-d023.jpg",
    "/shelf-2.jpg": "shelf/images/shelf-d014.jpg",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Installation]:
    with neighbour() as near:
        near.files |= {path: (samples / name).read_bytes() for path, name in WEB.items()}
        near.files["/login.jpg"] = b"<!DOCTYPE html><title>Log in</title>" * 9
        near.files["/huge.jpg"] = b"\xff\xd8\xff\xe0" + bytes(21 << 20)
        data_dir = tmp_path_factory.mktemp("journeys")
        with installation(data_dir, near, RATE_LIMITS="false", SWEEP_SECONDS="1") as running:
            yield running
            assert verified(running) == {"clean": True, "violations": []}
        assert lock_is_free(data_dir)


@pytest.fixture
def money(service: Installation) -> Iterator[dict[str, int]]:
    """What a test says it has spent and uploaded: exactly that is gone and kept afterwards, nothing is still held, and
    nothing lies in a working folder. Uploads of a batch stay until its retention is over."""
    before, kept, said = usage(service), files_in(service, "objects/staging"), {"credits": 0, "uploads": 0}
    yield said
    after = usage(service)
    assert (after["available"], after["held"]) == (before["available"] - said["credits"], 0)
    assert after["spent"] == before["spent"] + said["credits"]
    assert files_in(service, "objects/staging") == kept + said["uploads"]
    end = time.monotonic() + 20
    while files_in(service, "work") and time.monotonic() < end:
        time.sleep(0.2)
    assert files_in(service, "work") == 0


def files_in(service: Installation, folder: str) -> int:
    return sum(path.is_file() for path in (service.data_dir / folder).rglob("*"))


def verified(service: Installation) -> Any:
    """`scripts/admin --json ledger verify` on the running installation."""
    words = [str(ROOT / ".venv/bin/python"), "-m", "jobs.operator", "--json", "--data-dir", str(service.data_dir)]
    done = subprocess.run([*words, "ledger", "verify"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def cutouts_possible() -> None:
    if not any((ROOT / ".models").glob("u2net*.onnx")):
        pytest.skip("no cut-out network in .models")


def sample(samples: Path, name: str) -> tuple[str, bytes]:
    return Path(name).name, (samples / name).read_bytes()


def fetch(url: str) -> bytes:
    reply = requests.get(url, timeout=60)
    assert reply.status_code == 200, (url, reply.text[:300])
    return reply.content


def other_unpackers_agree(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(data)
    for words in (["unzip", "-tq", "all.zip"], ["7z", "t", "all.zip"]):
        if shutil.which(words[0]):
            done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr


def check_link(url: str, whole: bytes) -> None:
    """A signed link serves ranges, and nothing once it is changed."""
    part = requests.get(url, headers={"Range": "bytes=100-199"}, timeout=30)
    assert (part.status_code, part.content) == (206, whole[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    tail = requests.get(url, headers={"Range": "bytes=-5"}, timeout=30)
    assert (tail.status_code, tail.content) == (206, whole[-5:])
    assert requests.get(url, headers={"Range": f"bytes={len(whole)}-"}, timeout=30).status_code == 416
    head = requests.head(url, timeout=30)
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(whole)
    place = url.index("?") + 12
    for changed in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.split("?")[0], url[:place] + "9" + url[place:]):
        assert requests.get(changed, timeout=30).status_code in (403, 404), changed


def test_wall_art_in_five_exact_sizes(
    service: Installation, samples: Path, tmp_path: Path, money: dict[str, int]
) -> None:
    made = submit_print(service, "wallart", [sample(samples, "art/images/art-d053.jpg")], title="Colours of Niña")
    assert made["credit_cost"] == 59
    done = print_done(service, made["batch_id"])
    money |= {"credits": 59, "uploads": 1}
    assert (done["status"], done["credit_cost"]) == ("completed", 59), done
    (job,) = done["jobs"]
    files = {file["ratio"]: file for file in job["files"]}
    assert len(files) == 5
    assert {tuple(sorted((file["width"], file["height"]))) for file in files.values()} == set(WALL_ART.values())
    for file in files.values():
        data = fetch(file["url"])
        assert len(data) == file["bytes"]
        check_output(data, (file["width"], file["height"]), dpi=300)
    packed, told, data = archive(service, done)
    other_unpackers_agree(data, tmp_path)
    assert told["images"][0]["source"] == "art-d053.jpg" and len(packed.namelist()) == 6
    check_link(done["zip_url"], data)


def test_uploads_addresses_and_slots_in_one_poster_batch(
    service: Installation, samples: Path, money: dict[str, int]
) -> None:
    name, data = sample(samples, "art/images/art-d026.jpg")
    slot = requests.post(service.base + "/v1/uploads", headers=service.print, timeout=30,
                         json={"filename": name, "bytes": len(data), "content_type": "image/jpeg"}).json()  # fmt: skip
    sent = requests.put(slot["url"], data=data, headers=slot["headers"], timeout=30)
    assert sent.status_code == 201, sent.text
    made = submit_print(service, "poster", [sample(samples, "art/images/art-d052.jpg")], size="12x18",
                        image_urls=[service.neighbour.url + "/fossa.jpg"],
                        upload_ids=[slot["upload_id"]])  # fmt: skip
    assert (made["total"], made["credit_cost"]) == (3, 165)
    done = print_done(service, made["batch_id"])
    money |= {"credits": 165, "uploads": 2}
    assert done["counts"]["completed"] == 3, done
    assert {job["filename"] for job in done["jobs"]} == {"art-d052.jpg", "fossa.jpg", "art-d026.jpg"}
    for job in done["jobs"]:
        (file,) = job["files"]
        assert sorted((file["width"], file["height"])) == [3600, 5400]
        check_output(fetch(file["url"]), (file["width"], file["height"]), dpi=300)
    archive(service, done)
    again = requests.put(slot["url"], data=data, headers=slot["headers"], timeout=30)
    assert (again.status_code, again.json()["code"]) == (409, "upload_used"), again.text


def test_clip_art_keeps_its_alpha_and_marks_only_previews(
    service: Installation, samples: Path, tmp_path: Path, money: dict[str, int]
) -> None:
    names = ["art-d044.png", "art-d046.png", "art-d048.png", "art-d050.png", "art-d028.png"]
    files = [sample(samples, f"art/images/{name}") for name in names]
    made = submit_print(service, "clipart", files, watermark="FOX SHOP", title="Foxes")
    assert made["credit_cost"] == 29
    done = print_done(service, made["batch_id"])
    money |= {"credits": 29, "uploads": 5}
    assert done["counts"]["completed"] == 5, done
    for job in done["jobs"]:
        (file,) = job["files"]
        assert max(file["width"], file["height"]) == 3600 and file["format"] == "png"
        picture = check_output(fetch(file["url"]), (file["width"], file["height"]), dpi=300)
        assert picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 255)
    previews = [file for file in done["files"] if file["kind"] == "preview"]
    assert len(previews) >= 2
    for file in previews:
        check_output(fetch(file["url"]), (file["width"], file["height"]))
    packed, _, data = archive(service, done)
    other_unpackers_agree(data, tmp_path)
    assert sum(name.startswith("clipart/") for name in packed.namelist()) == 5


def test_an_upscale_by_two(service: Installation, samples: Path, money: dict[str, int]) -> None:
    made = submit_print(service, "upscale", [sample(samples, "art/images/art-d051.jpg")], scale="2")
    done = print_done(service, made["batch_id"])
    money |= {"credits": 2, "uploads": 1}
    (file,) = done["jobs"][0]["files"]
    check_output(fetch(file["url"]), (1200, 1800))
    assert file["method"] and done["credit_cost"] == 2


def listing_picture(service: Installation, files: list[tuple[str, bytes]], platform: str) -> dict[str, Any]:
    """A studio job of one platform, checked against its preset; every corner exactly white."""
    reply = submit_studio(service, files, action="bg-remove", **{"options[platform]": platform})
    done = studio_done(service, reply["job_id"])
    assert done["status"] == "completed" and len(done["output_urls"]) == len(files), done
    for url in done["output_urls"]:
        data = fetch(url)
        width, height = PRESETS[platform]
        picture = check_output(data, (width, height))
        assert data[:3] == b"\xff\xd8\xff" and picture.mode == "RGB"
        corners = {picture.getpixel(at) for at in ((0, 0), (picture.width - 1, 0), (0, picture.height - 1))}
        assert corners == {(255, 255, 255)}, (platform, corners)
    return done


@pytest.mark.parametrize("platform", ["amazon", "etsy", "shopify", "walmart", "google"])
def test_a_cut_out_by_a_marketplaces_rules(
    service: Installation, samples: Path, money: dict[str, int], platform: str
) -> None:
    cutouts_possible()
    done = listing_picture(service, [sample(samples, "product/images/product-d017.jpg")], platform)
    money |= {"credits": 1, "uploads": 1}
    assert done["credits_used"] == 1 and done["metadata"]["platform"] == platform


def test_a_transparent_cut_out_without_a_platform(service: Installation, samples: Path, money: dict[str, int]) -> None:
    cutouts_possible()
    fields = {"action": "bg-remove", "image_urls[]": service.neighbour.url + "/shoes.jpg", "options[return_mask]": "1"}
    done = studio_done(service, submit_studio(service, **fields)["job_id"])
    money["credits"] = 1
    data = fetch(done["output_url"])
    assert data[:4] == b"\x89PNG"
    facts = done["files"][0]
    picture = check_output(data, (facts["width"], facts["height"]))
    assert picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 255)
    assert len(done["mask_urls"]) == 1 and fetch(done["mask_urls"][0])[:4] == b"\x89PNG"


def test_shelf_photos_from_the_neighbour(service: Installation, money: dict[str, int]) -> None:
    urls = [service.neighbour.url + path for path in ("/shelf-1.jpg", "/shelf-2.jpg")]
    made = submit_shelf(service, urls)
    done = shelf_done(service, made["batchId"])
    money["credits"] = 2
    assert done["status"] == "completed", done
    texts = []
    for each in made["analyses"]:
        address = f"{service.base}/api/v1/analyses/{each['id']}"
        found = requests.get(address, headers=service.shelf, timeout=30).json()["data"]
        assert found["status"] == "completed" and found["products"] == []
        texts += [text["text"] for text in found["texts"]]
        assert all(text["box"]["w"] > 0 and 0 <= text["confidence"] <= 1 for text in found["texts"])
    assert len(texts) > 10, texts


def test_bad_members_fail_alone_and_cost_nothing(service: Installation, samples: Path, money: dict[str, int]) -> None:
    hostile = ["d180_wide.png", "d186_dims.jpg", "d187_half.jpg", "d183_crc.png", "d197_loop.tif", "d200_cut.webp"]
    files = [sample(samples, f"hostile/images/{name}") for name in hostile]
    files.append(sample(samples, "art/images/art-d052.jpg"))
    urls = [f"{service.neighbour.url}/{name}.jpg" for name in ("missing", "login", "huge", "fossa")]
    made = submit_print(service, "poster", files, size="12x18", image_urls=urls)
    done = print_done(service, made["batch_id"])
    told = {job["filename"]: (job["status"], (job["error"] or {}).get("reason")) for job in done["jobs"]}
    good = {name for name, (status, _) in told.items() if status == "completed"}
    assert good == {"art-d052.jpg", "fossa.jpg"}, told
    assert told["missing.jpg"] == ("failed", "source_http_404")
    assert told["login.jpg"][1] == "source_not_image" and told["huge.jpg"][1] == "source_too_large"
    for name in hostile:
        assert told[name][1] in ("not_an_image", "corrupt_image", "image_too_large", "image_too_small"), (
            name,
            told[name],
        )
    assert done["status"] == "completed" and done["partial"]
    money |= {"credits": done["credit_cost"], "uploads": len(files)}
    assert done["credit_cost"] == 2 * 55 == sum(job["credit_cost"] for job in done["jobs"])
    packed, manifest, _ = archive(service, done)
    assert "errors.json" in packed.namelist() and manifest["failed"] == done["total"] - 2


@pytest.mark.parametrize("name", ["d177_empty.jpg", "d178_notes.png", "d201_laughs.svg", "d194_screen.gif"])
def test_what_is_no_picture_is_refused_at_the_door(
    service: Installation, samples: Path, money: dict[str, int], name: str
) -> None:
    """`money` sees that nothing was kept and nothing held."""
    files = [
        ("images", sample(samples, "art/images/art-d052.jpg")),
        ("images", sample(samples, "hostile/images/" + name)),
    ]
    reply = requests.post(service.base + "/v1/batch/poster", headers=service.print, files=files, timeout=30)
    assert reply.status_code in (400, 415) and name in reply.text, reply.text
    assert money == {"credits": 0, "uploads": 0}


def test_inner_addresses_are_never_fetched(service: Installation, money: dict[str, int]) -> None:
    urls = ["http://10.0.0.1/inner.jpg", "http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/x.jpg",
            "http://[::ffff:127.0.0.1]/x.jpg", "http://localhost/x.jpg"]  # fmt: skip
    done = print_done(service, submit_print(service, "poster", image_urls=urls)["batch_id"])
    assert [job["error"]["reason"] for job in done["jobs"]] == ["source_url_refused"] * 5
    assert (done["status"], done["credit_cost"], done["zip_url"]) == ("failed", 0, None)
    body = {"image_urls": ["file:///etc/passwd"]}
    reply = requests.post(service.base + "/v1/batch/poster", headers=service.print, json=body, timeout=30)
    assert (reply.status_code, money["credits"]) == (400, 0)


@pytest.mark.slow
def test_every_hostile_file_ends_in_a_word(service: Installation, samples: Path) -> None:
    """All of them, in batches; the service answers all along and no attempt is repeated for ever."""
    cutouts_possible()
    files = [sample(samples, f"hostile/images/{path.name}") for path in sorted((samples / "hostile/images").iterdir())]
    for start in range(0, len(files), 50):
        form = [("image_files[]", file) for file in files[start : start + 50]]
        reply = requests.post(service.base + "/api/v1/batch.php", headers=service.studio, files=form, timeout=150,
                              data={"action": "bg-remove"}).json()  # fmt: skip
        done = studio_done(service, reply["job_id"], seconds=500)
        assert done["completed_count"] + done["failed_count"] == done["total_count"] == len(form)
        assert all(error["message"] and error["code"] for error in done["errors"])
        assert requests.get(service.base + "/readyz", timeout=10).status_code == 200
