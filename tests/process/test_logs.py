"""The logs of a whole installation: every line of every process is one JSON object of one form, and the id of a batch
finds its story, from the request that submitted it to its last webhook, whatever process wrote it."""

import json
import re
import socket
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from customer import print_done, shelf_done, studio_done
from installation import Installation, free_port, installation, neighbour
from pictures import picture, product_photo
from servers import wait_for
from signature_samples import accepts

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

Line = dict[str, Any]
TS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
LEVELS = {"debug", "info", "warning", "error", "critical"}
TEXTS = (
    "request_id",
    "account_id",
    "batch_id",
    "image_id",
    "delivery_id",
    "endpoint_id",
    "route",
    "method",
    "state",
    "code",
)
NUMBERS = ("duration_ms", "attempt", "status", "images", "bytes_in", "fetch_ms", "rss_peak_mb")
FOREIGN = "valkey.log"  # the embedded queue server writes its own form
PROCESSES = {"web", "pixels-0", "models-0", "packaging", "delivery", "sweep", "metrics", "dashboard", "supervisor"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with neighbour() as near:
        near.files["/photo.jpg"] = product_photo(500)
        folder = tmp_path_factory.mktemp("logs")
        settings = {"METRICS_PORT": str(free_port()), "SWEEP_SECONDS": "1", "RATE_LIMITS": "false"}
        options = ("--dashboard", "--dashboard-port", str(free_port()))
        with installation(folder, near, *options, **settings) as running:
            yield running


def lines(service: Installation) -> dict[str, list[Line]]:
    """Every line so far, by the log's name. A line that is no JSON object fails the test."""
    found: dict[str, list[Line]] = {}
    for path in sorted((service.data_dir / "log").glob("*.log")):
        if path.name != FOREIGN:
            found[path.stem] = [parsed(path, text) for text in path.read_text().splitlines()]
    return found


def parsed(path: Path, text: str) -> Line:
    try:
        read = json.loads(text)
    except ValueError:
        raise AssertionError(f"{path.name}: {text[:300]}") from None
    assert isinstance(read, dict), text
    return read


def check_form(line: Line) -> None:
    """The form of a line, whoever wrote it."""
    assert TS.fullmatch(line["ts"]) and line["level"] in LEVELS, line
    assert EVENT.fullmatch(line["event"]) and line["logger"] and isinstance(line["message"], str), line
    for name in TEXTS:
        assert isinstance(line.get(name, ""), str | None), (name, line)
    for name in NUMBERS:
        assert isinstance(line.get(name, 0), int | float | None), (name, line)


def story(service: Installation, word: str) -> list[Line]:
    """What grep finds, in the order in which it happened."""
    every = [line for log in lines(service).values() for line in log if word in json.dumps(line)]
    return sorted(every, key=lambda line: line["ts"])


def submit(service: Installation, path: str, head: dict[str, str], request_id: str, **what: Any) -> Any:
    reply = requests.post(service.base + path, headers={**head, "X-Request-Id": request_id}, timeout=150, **what)
    assert reply.headers["X-Request-Id"] == request_id, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def batches(service: Installation) -> dict[str, tuple[str, str]]:
    """A finished batch of each dialect: (request id, batch id); each has told its callback."""
    hook, photo = service.neighbour.url, product_photo(500)
    files = [("images", ("a.png", picture(3600, 5400)))]
    form = {"size": "12x18", "webhook_url": hook + "/print"}
    printed = submit(service, "/v1/batch/poster", service.print, "order-77:print", files=files, data=form)
    form = {"action": "bg-remove", "webhook_url": hook + "/studio"}
    head, files = service.studio, [("image_files[]", ("b.jpg", photo))]
    made = submit(service, "/api/v1/batch.php", head, "order-77:studio", files=files, data=form)
    asked = {
        "images": [{"imageUrl": hook + "/photo.jpg"}, {"imageUrl": hook + "/none.jpg"}],
        "callbackUrl": hook + "/shelf",
    }
    looked = submit(service, "/api/v1/analyses/batch", service.shelf, "order-77:shelf", json=asked)["data"]
    print_done(service, printed["batch_id"])
    studio_done(service, made["job_id"])
    shelf_done(service, looked["batchId"])
    ids = {"print": printed["batch_id"], "studio": made["job_id"], "shelf": looked["batchId"]}
    found = {dialect: (f"order-77:{dialect}", batch_id) for dialect, batch_id in ids.items()}
    for dialect, (_, batch_id) in found.items():
        service.neighbour.hooks_at(f"/{dialect}")
        wait_for(lambda of=batch_id: told_last(service, of), 60, f"the last webhook of {dialect} in the log")
    return found


def told_last(service: Installation, batch_id: str) -> bool:
    """Packaged, and every webhook that arrived is in the log."""
    found = story(service, batch_id)
    sent = sum(line["event"] == "delivery.sent" for line in found)
    arrived = sum(batch_id in hook.body.decode() for hook in service.neighbour.hooks)
    return any(line["event"] == "batch.packaged" for line in found) and sent >= max(1, arrived)


@pytest.mark.parametrize("dialect", ["print", "studio", "shelf"])
def test_the_story_of_a_batch_is_found_by_its_id(
    service: Installation, batches: dict[str, tuple[str, str]], dialect: str
) -> None:
    request_id, batch_id = batches[dialect]
    told = story(service, batch_id)
    events = [line["event"] for line in told]
    count = 2 if dialect == "shelf" else 1
    order = ["batch.accepted", "image.started", "image.settled", "batch.packaged", "delivery.sent"]
    first = [events.index(event) for event in order[:4]]
    assert first == sorted(first), events
    assert events.count("batch.accepted") == events.count("batch.packaged") == 1
    assert events.count("image.started") == events.count("image.settled") == count
    last = max(place for place, event in enumerate(events) if event == "delivery.sent")
    assert last > events.index("batch.packaged") or dialect == "shelf", "a shelf callback tells of images"
    (line,) = [line for line in told if line["event"] == "request" and line["method"] == "POST"]
    assert (line["request_id"], line["status"]) == (request_id, 202 if dialect != "studio" else line["status"])
    assert line["route"].startswith(("/v1/batch/", "/api/v1/"))
    for line in told:
        assert line["batch_id"] == batch_id and line["account_id"].startswith("acc")
        if line["event"] != "request" or line["method"] == "POST":
            assert line["request_id"] == request_id, line
        if line["event"].startswith("image."):
            assert line["image_id"] and line["attempt"] == 1
    if dialect == "shelf":
        codes = {line.get("code") for line in told if line["event"] == "image.settled"}
        assert "source_http_404" in codes
    moments = [datetime.fromisoformat(line["ts"]) for line in told]
    assert (max(moments) - min(moments)).total_seconds() < 200


def test_a_request_is_found_by_the_callers_own_id(service: Installation, batches: dict[str, tuple[str, str]]) -> None:
    by_process = defaultdict(set)
    for name, log in lines(service).items():
        for line in log:
            if line.get("request_id") == "order-77:print":
                by_process[name].add(line["event"])
    assert {"request", "batch.accepted"} <= by_process["web"]
    assert {"image.started", "image.settled"} <= by_process["pixels-0"]
    assert "batch.packaged" in by_process["packaging"] and "delivery.sent" in by_process["delivery"]


def test_every_line_has_the_form(service: Installation, batches: dict[str, tuple[str, str]]) -> None:
    host, port = service.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(b"NO HTTP AT ALL\r\n\r\n")
        raw.settimeout(10)
        raw.recv(1000)
    found = lines(service)
    assert set(found) == PROCESSES, "a process writes to a log of its own, or to none"
    for log in found.values():
        for line in log:
            check_form(line)
    assert {line["logger"] for line in found["web"]} >= {"gunicorn.error", "darkroom.request"}
    assert found["metrics"] and found["dashboard"] and found["delivery"]


def test_levels_say_who_must_look(service: Installation, batches: dict[str, tuple[str, str]]) -> None:
    """What a client did wrong is nobody's alarm, and nothing that went well is one."""
    refused = requests.get(service.base + "/v1/credits", headers={"Authorization": "Bearer pk_x"}, timeout=30)
    refused_id = refused.headers["X-Request-Id"]
    odd = requests.get(service.base + "/healthz", headers={"X-Request-Id": "no spaces, please"}, timeout=30)
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", odd.headers["X-Request-Id"])
    (line,) = [line for line in story(service, refused_id) if line["event"] == "request"]
    assert (line["level"], line["status"], line["code"]) == ("info", 401, "invalid_key")
    loud = [line for log in lines(service).values() for line in log if line["level"] in ("error", "critical")]
    assert loud == []
    sweeps = [line for line in lines(service)["sweep"] if line["level"] != "info"]
    assert sweeps == [], "a quiet pass says nothing"


@pytest.mark.parametrize("language", ["python", "javascript", "php"])
def test_the_documented_samples_judge_real_deliveries(
    service: Installation, batches: dict[str, tuple[str, str]], tmp_path: Path, language: str
) -> None:
    secret = service.account["webhook_secret"]
    for dialect in ("print", "studio"):
        hook = service.neighbour.hooks_at(f"/{dialect}")[-1]
        assert accepts(language, tmp_path, hook.headers, hook.body, secret)
        assert not accepts(language, tmp_path, hook.headers, hook.body + b" ", secret)
        assert not accepts(language, tmp_path, hook.headers, hook.body, "whsec_" + "QUJD" * 8)
        old = {name.lower(): value for name, value in hook.headers.items()} | {"webhook-timestamp": "1"}
        assert not accepts(language, tmp_path, old, hook.body, secret)
