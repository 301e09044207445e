"""The documents' own client code, Python and Node, and clients in curl and PHP, against a whole running installation.

The documented snippets are read from the mission document beside the project; only addresses and keys are replaced.
"""

import ast
import io
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from installation import ROOT, Installation, installation, neighbour
from PIL import Image

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

MISSION = ROOT.parent / "shared" / "mission" / "studio_batch_api.txt"
CLIENTS = ROOT / "tests" / "clients"
VENDOR = "https://api.rewarxstudio.com"


@pytest.fixture(scope="module")
def picture() -> bytes:
    """A red jar on a plain ground: something a network takes for a subject."""
    from pictures import product_photo

    return product_photo(900)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Installation]:
    with neighbour() as near:
        near.files["/product.jpg"] = picture
        with installation(tmp_path_factory.mktemp("service"), near) as running:
            yield running


@pytest.fixture(scope="module")
def cutouts(service: Installation) -> None:
    """Skips where no cut-out network could be fetched."""
    if not any((ROOT / ".models").glob("u2net*.onnx")):
        pytest.skip("no cut-out network in .models")


def snippets(language: str) -> list[str]:
    if not MISSION.exists():
        pytest.skip("the mission document is not beside the project")
    text = MISSION.read_text()
    if language == "python":
        return re.findall(r"^import requests\n.*?^print\(resp\.json\(\)\)", text, re.S | re.M)
    return re.findall(r"^const FormData.*?^removeBackground\('.*?'\);", text, re.S | re.M)


def adapted(code: str, service: Installation) -> str:
    """The snippet with this installation's addresses and keys, otherwise as it stands in the document."""
    code = code.replace(VENDOR, service.base).replace("https://yoursite.com", service.neighbour.url)
    code = re.sub(r"https://yourcdn\.com/\w+\.jpg", service.neighbour.url + "/product.jpg", code)
    code = code.replace("YOUR_API_KEY", service.account["keys"]["studio"])
    return code.replace("YOUR_KEY", service.account["keys"]["studio"]).replace(
        "YOUR_MERCHANT_ID", service.account["merchant_id"]
    )


def run(words: list[str], cwd: Path) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def completed(service: Installation, job_id: str) -> dict[str, Any]:
    """The job once it is final, by polling as a client would."""
    for _ in range(600):
        reply = requests.get(f"{service.base}/api/v1/batch.php", params={"job_id": job_id}, headers=service.studio)
        body: dict[str, Any] = reply.json()
        if body["status"] in ("completed", "failed"):
            return body
        time_to_next(reply)
    raise AssertionError(service.logs())


def time_to_next(reply: requests.Response) -> None:
    time.sleep(min(1.0, float(reply.headers.get("Retry-After", 1))))


def hook_of(service: Installation, job_id: str) -> dict[str, Any]:
    """The completion event of that job, waited for: other tests have theirs sent to the same address."""
    for _ in range(100):
        for hook in service.neighbour.hooks_at("/api/webhook"):
            if hook.json["job_id"] == job_id:
                body: dict[str, Any] = hook.json
                return body
        time.sleep(0.2)
    raise AssertionError(service.logs())


def check_listing_picture(url: str, side: int) -> None:
    image = Image.open(io.BytesIO(requests.get(url, timeout=30).content))
    assert (image.format, image.size) == ("JPEG", (side, side))
    assert image.getpixel((0, 0)) == (255, 255, 255) and image.getpixel((side - 1, side - 1)) == (255, 255, 255)


@pytest.mark.usefixtures("cutouts")
def test_the_documented_python_code_gets_its_picture(service: Installation, tmp_path: Path) -> None:
    code = adapted(snippets("python")[0], service)
    reply = ast.literal_eval(run([sys.executable, "-c", code], tmp_path))
    done = completed(service, reply["job_id"])
    assert done["status"] == "completed", done
    check_listing_picture(done["output_url"], 2048)
    hook = hook_of(service, reply["job_id"])
    assert list(hook)[:5] == ["job_id", "status", "action", "output_urls", "metadata"]
    assert hook["output_urls"] == done["output_urls"]
    assert isinstance(hook["metadata"]["processing_time_ms"], int)


@pytest.mark.usefixtures("cutouts")
def test_the_documented_poster_code_gets_its_poster(service: Installation, tmp_path: Path) -> None:
    reply = ast.literal_eval(run([sys.executable, "-c", adapted(snippets("python")[4], service)], tmp_path))
    done = completed(service, reply["job_id"])
    assert (done["status"], done["action"], done["metadata"]["engine"]) == ("completed", "ad-poster", "composite"), done
    image = Image.open(io.BytesIO(requests.get(done["output_url"], timeout=30).content))
    assert image.size == (done["metadata"]["width"], done["metadata"]["height"])
    assert not any("not known" in text for text in done["warnings"])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_documented_code_of_actions_to_come_gets_an_honest_error(
    service: Installation, tmp_path: Path, number: int
) -> None:
    before = requests.get(service.base + "/api/v1/usage", headers=service.studio).json()["totalRemaining"]
    reply = ast.literal_eval(run([sys.executable, "-c", adapted(snippets("python")[number], service)], tmp_path))
    assert reply["code"] == "provider_unavailable" and isinstance(reply["error"], str)
    after = requests.get(service.base + "/api/v1/usage", headers=service.studio).json()["totalRemaining"]
    assert before == after


@pytest.mark.usefixtures("cutouts")
def test_the_documented_node_code_gets_its_job(service: Installation, tmp_path: Path, picture: bytes) -> None:
    modules = CLIENTS / "node" / "node_modules"
    if shutil.which("node") is None or not modules.is_dir():
        pytest.skip("node or its packages (npm ci in tests/clients/node) are missing")
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "my-product.jpg").write_bytes(picture)
    (tmp_path / "client.js").write_text(adapted(snippets("node")[0], service))
    said = run(["node", "client.js"], tmp_path)
    job_id = re.search(r"Job submitted: (\S+)", said)
    assert job_id is not None, said
    done = completed(service, job_id[1])
    check_listing_picture(done["output_urls"][0], 2048)


@pytest.mark.usefixtures("cutouts")
@pytest.mark.parametrize("mode", ["file", "query", "nested"])
def test_a_php_client_in_each_of_its_ways(service: Installation, tmp_path: Path, picture: bytes, mode: str) -> None:
    if shutil.which("php") is None or "curl" not in run(["php", "-m"], tmp_path):
        pytest.skip("php-cli or php-curl is missing")
    source = service.neighbour.url + "/product.jpg"
    if mode == "file":
        source = str(tmp_path / "product.jpg")
        Path(source).write_bytes(picture)
    keys = [service.account["keys"]["studio"], service.account["merchant_id"]]
    body = json.loads(run(["php", str(CLIENTS / "php" / "submit.php"), mode, service.base, *keys, source], tmp_path))
    done = completed(service, body["job_id"])
    assert done["status"] == "completed", done
    if mode == "nested":
        assert any("options" in warning for warning in done["warnings"])
    else:
        check_listing_picture(done["output_url"], 2048 if mode == "file" else 1024)


@pytest.mark.usefixtures("cutouts")
@pytest.mark.parametrize("extra", [[], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]])
def test_curl_uploads_chunked_or_not(service: Installation, tmp_path: Path, picture: bytes, extra: list[str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is missing")
    (tmp_path / "p.jpg").write_bytes(picture)
    headers = [word for name, value in service.studio.items() for word in ("-H", f"{name}: {value}")]
    form = ["-F", "action=bg-remove", "-F", "options[platform]=amazon", "-F", "image_files[]=@p.jpg"]
    said = run(["curl", "-sS", service.base + "/api/v1/batch.php", *headers, *extra, *form], tmp_path)
    done = completed(service, json.loads(said)["job_id"])
    check_listing_picture(done["output_url"], 1024)


def test_the_keys_file_is_private_and_whole(service: Installation) -> None:
    path = service.data_dir / "demo_account.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(service.account) == {"base_url", "merchant_id", "keys", "webhook_secret"}
    assert set(service.account["keys"]) == {"print", "studio", "shelf"}
