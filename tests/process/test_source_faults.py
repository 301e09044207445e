"""Picture servers that misbehave, over the wire and through real workers: each address fails with its documented code
after as many attempts as may help, and its siblings in the batch succeed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest
from engine_house import House, open_house
from engine_rig import picture
from fault_server import FaultServer, fault_server
from servers import crew, wait_for
from sqlalchemy import text

from batch_api import create_app
from storage.model import Dialect
from storage.records import images, ledger

pytestmark = [pytest.mark.process, pytest.mark.timeout(200)]

QUICK = {"SWEEP_SECONDS": "0.3", "LEASE_SECONDS": "10", "IMAGE_SECONDS": "60", "MAX_FILE_MB": "1"}
FETCH, SIZE = "image_fetch_failed", "image_too_large"

# address, neutral code, attempts, the print dialect's code
FAULTS = [
    ("/drip", "source_timeout", 3, FETCH),
    ("/status?code=500", "source_http_5xx", 3, FETCH),
    ("/cut", "source_cut", 3, FETCH),
    ("/close", "source_unreachable", 3, FETCH),
    ("/garbage", "source_unreachable", 3, FETCH),
    ("/status?code=429", "source_http_4xx", 3, FETCH),
    ("/status?code=404", "source_http_404", 1, FETCH),
    ("/status?code=403", "source_http_4xx", 1, FETCH),
    ("/endless", "source_too_large", 1, SIZE),
    ("/large", "source_too_large", 1, SIZE),
    ("/empty", "source_empty", 1, FETCH),
    ("/html", "source_not_image", 1, FETCH),
    ("/bomb", "source_not_image", 1, FETCH),
    ("/hops?n=1000", "source_redirects", 1, FETCH),
    ("/redirect?to=http://10.0.0.1/", "source_url_refused", 1, FETCH),
    ("/redirect?to=http://169.254.169.254/latest/", "source_url_refused", 1, FETCH),
    ("/named-png", "corrupt_image", 1, "image_decode_failed"),
]
GOOD = ["/typed-wrong.png", "/hops-once", "/late"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.answers |= {
            "/typed-wrong.png": (200, {"Content-Type": "text/html"}, picture(1)),
            "/hops-once": (302, {"Location": "/typed-wrong.png"}, b""),
            "/late": [(503, {}, b""), (200, {"Content-Type": "image/png"}, picture(2))],
            "/named-png": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + b"nothing of a picture" * 9),
        }
        yield running


@pytest.fixture
def house(server: FaultServer, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, egress_allow=(f"127.0.0.1:{server.port}",), max_file_mb=1) as running:
        yield running


def all_ended(house: House, batch_id: str) -> bool:
    """Whether the batch is final; the pauses between attempts are cut short meanwhile."""
    with house.tools.database.write() as tx:
        tx.execute(text("UPDATE images SET not_before = NULL WHERE batch_id = :b AND attempts < 3"), {"b": batch_id})
    return house.batch(batch_id).final


def test_each_bad_address_fails_alone_with_its_code(house: House, server: FaultServer) -> None:
    app = create_app(house.tools.settings, tools=house.tools, doorbell=house.doorbell)
    tenant = factories.tenant(house.tools)
    client, head = app.test_client(), tenant.headers(Dialect.PRINT)
    urls = [server.url(row[0]) for row in FAULTS] + [server.url(path) for path in GOOD]
    made = client.post(
        "/v1/batch/upscale", json={"image_urls": urls, "scale": 2, "webhook_url": server.url()}, headers=head
    )
    assert made.status_code == 202, made.json
    batch_id = made.json["batch_id"]
    allowed = {"EGRESS_ALLOW": f"127.0.0.1:{server.port}"}
    roles = ["pixels", "pixels", "pixels", "packaging", "sweep"]
    with crew(house.folder, house.server.url, roles, **QUICK, **allowed):
        wait_for(lambda: all_ended(house, batch_id), 120, "the end of the batch")
    found = house.images(batch_id)
    bad, good = found[: len(FAULTS)], found[len(FAULTS) :]
    assert [(image.error_code, image.attempts) for image in bad] == [row[1:3] for row in FAULTS]
    assert [image.state.value for image in good] == ["succeeded"] * len(GOOD)
    assert [image.attempts for image in good] == [1, 1, 2]
    for image, row in zip(bad, FAULTS, strict=True):
        job: dict[str, Any] = client.get(f"/v1/jobs/{image.id}", headers=head).json or {}
        assert (job["status"], job["error"]["code"], job["credit_cost"]) == ("failed", row[3], 0), job
        assert [each["code"] for each in job["attempt_log"]] == [row[1]] * row[2]
        assert "127.0.0.1" not in job["error"]["message"] and "10.0.0.1" not in job["error"]["message"]
    with house.tools.database.read() as tx:
        left = ledger.balance(tx, tenant.account.id)
        charged = house.batch(batch_id).credits_charged
        assert images.queued_count(tx) == 0
    assert (left.held, left.spent) == (0, charged) and charged > 0
    house.check([batch_id])
