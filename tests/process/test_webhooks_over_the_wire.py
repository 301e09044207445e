"""Webhooks of a running installation as a receiver sees them: signatures checked with the standardwebhooks package and
by hand, one completion event per batch, retries, redelivery, the test event, and a receiver that is gone."""

import hashlib
import hmac
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import requests
from customer import print_done, shelf_done, studio_done, submit_print, submit_shelf, submit_studio
from fault_server import FaultServer, Received, fault_server
from installation import ROOT, Installation, installation, neighbour
from left_behind import processes
from pictures import picture, product_photo
from servers import wait_for
from standardwebhooks import Webhook, WebhookVerificationError

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ART = picture(3600, 5400)
OK = (204, {}, b"")


@pytest.fixture(scope="module")
def receiver() -> Iterator[FaultServer]:
    """Answers as `answers` says; every other path counts as a fault of the test."""
    with fault_server() as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, receiver: FaultServer) -> Iterator[Installation]:
    with neighbour() as near:
        near.files["/photo.jpg"] = product_photo(500)
        allowed = f"127.0.0.1:{near.port},127.0.0.1:{receiver.port}"
        folder = tmp_path_factory.mktemp("hooks")
        with installation(folder, near, EGRESS_ALLOW=allowed, RATE_LIMITS="false", SWEEP_SECONDS="1") as running:
            yield running


def at(receiver: FaultServer, path: str, count: int = 1, seconds: float = 120) -> list[Received]:
    """Requests of this path once there are `count`."""

    def found() -> list[Received]:
        return [each for each in receiver.requests if each.path == path]

    wait_for(lambda: len(found()) >= count, seconds, f"{count} webhooks at {path}")
    return found()


def settled(receiver: FaultServer, path: str, count: int = 1) -> list[Received]:
    """The same after a moment in which nothing more came."""
    at(receiver, path, count)
    time.sleep(3)
    return at(receiver, path)


def check_standard(secret: str, hook: Received) -> Any:
    """The body, once the standardwebhooks package has accepted it; a changed byte must be refused."""
    body = Webhook(secret).verify(hook.body, hook.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(hook.body.replace(b"completed", b"complete!"), hook.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUJD" * 8).verify(hook.body, hook.headers)
    assert abs(int(hook.headers["webhook-timestamp"]) - time.time()) < 300
    assert hook.headers["content-type"].startswith("application/json")
    return body


def hexed(secret: str, *parts: bytes) -> str:
    """The dialects' own HMAC-SHA256: the secret string as it was shown is the key."""
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


def dated(header: str) -> tuple[str, list[str]]:
    """`t=…,v1=…` → timestamp and signatures."""
    pairs = [part.split("=", 1) for part in header.split(",")]
    return pairs[0][1], [value for name, value in pairs if name == "v1"]


def register(service: Installation, url: str, events: list[str] | None = None) -> dict[str, Any]:
    body = {"url": url} | ({"events": events} if events else {})
    reply = requests.post(service.base + "/v1/webhooks", headers=service.print, json=body, timeout=30)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


def unregister(service: Installation, webhook_id: str) -> None:
    requests.delete(f"{service.base}/v1/webhooks/{webhook_id}", headers=service.print, timeout=30).raise_for_status()


def deliveries(service: Installation, webhook_id: str) -> list[dict[str, Any]]:
    address = f"{service.base}/v1/webhooks/{webhook_id}/deliveries"
    found: list[dict[str, Any]] = requests.get(address, headers=service.print, timeout=30).json()["deliveries"]
    return found


def test_a_print_receiver_gets_each_event_once_and_signed(service: Installation, receiver: FaultServer) -> None:
    receiver.answers["/print"] = OK
    hook = register(service, receiver.url("/print"), ["*"])
    receiver.answers["/callback"] = OK
    made = submit_print(
        service,
        "poster",
        [("a.png", ART)],
        image_urls=[service.neighbour.url + "/missing.jpg"], size="12x18",
                        webhook_url=receiver.url("/callback"), client_job_id="c-1")  # fmt: skip
    done = print_done(service, made["batch_id"])
    found = settled(receiver, "/print", 6)
    events = Counter(json.loads(each.body)["event"] for each in found)
    assert events == {
        "job.queued": 2, "job.processing": 2, "job.completed": 1, "job.failed": 1, "batch.completed": 1}  # fmt: skip
    for each in found:
        body = check_standard(hook["secret"], each)
        assert each.headers["x-webhook-id"] == each.headers["webhook-id"] == body["delivery_id"]
        assert each.headers["x-webhook-event"] == body["event"] and body["client_job_id"] == "c-1"
        assert each.headers["x-ratioready-signature"] == "sha256=" + hexed(hook["secret"], each.body)
        moment, signatures = dated(each.headers["x-webhook-signature"])
        assert signatures == [hexed(hook["secret"], f"{moment}.".encode(), each.body)]
    numbered = sorted((json.loads(each.body) for each in found), key=lambda body: body["sequence"])
    assert [body["sequence"] for body in numbered] == [1, 2, 3, 4, 5, 6, 7]
    assert [numbered[place]["event"] for place in (0, 1, 6)] == ["job.queued", "job.queued", "batch.completed"]
    finish = next(json.loads(each.body) for each in found if json.loads(each.body)["event"] == "batch.completed")
    assert finish["counts"] == {"completed": 1, "failed": 1, "canceled": 0} and finish["partial"]
    assert requests.get(finish["assets"]["zip_url"], timeout=60).content[:2] == b"PK"
    failed = next(json.loads(each.body) for each in found if json.loads(each.body)["event"] == "job.failed")
    assert failed["error"]["code"] == "image_fetch_failed" and failed["credit_cost"] == 0
    assert done["credit_cost"] == finish["credit_cost"]
    called = [json.loads(each.body)["event"] for each in at(receiver, "/callback", 3)]
    assert sorted(called) == ["batch.completed", "job.completed", "job.failed"]
    unregister(service, hook["webhook_id"])


def test_a_studio_callback_comes_once_with_the_accounts_secret(service: Installation, receiver: FaultServer) -> None:
    if not any((ROOT / ".models").glob("u2net*.onnx")):
        pytest.skip("no cut-out network in .models")
    receiver.answers["/studio"] = OK
    reply = submit_studio(service, [("a.jpg", product_photo(600)), ("b.jpg", product_photo(500))],
                          action="bg-remove", webhook_url=receiver.url("/studio"), client_ref="r-9")  # fmt: skip
    done = studio_done(service, reply["job_id"])
    (hook,) = settled(receiver, "/studio")
    secret = service.account["webhook_secret"]
    body = check_standard(secret, hook)
    assert list(body)[:5] == ["job_id", "status", "action", "output_urls", "metadata"]
    assert (body["job_id"], body["status"], body["client_ref"]) == (reply["job_id"], "completed", "r-9")
    assert body["output_urls"] == done["output_urls"] and len(body["output_urls"]) == 2
    moment = hook.headers["x-webhook-timestamp"]
    assert hook.headers["x-webhook-signature"] == "sha256=" + hexed(secret, f"{moment}.".encode(), hook.body)
    assert (hook.headers["x-webhook-event"], hook.headers["x-webhook-id"]) == (
        "job.completed", hook.headers["webhook-id"])  # fmt: skip


def test_a_shelf_endpoint_and_a_callback_hear_of_each_analysis(service: Installation, receiver: FaultServer) -> None:
    receiver.answers["/shelf"] = receiver.answers["/shelf-callback"] = OK
    reply = requests.post(service.base + "/api/v1/webhooks", headers=service.shelf, timeout=30,
                          json={"url": receiver.url("/shelf"), "events": ["*"]})  # fmt: skip
    hook = reply.json()["data"]
    urls = [service.neighbour.url + "/photo.jpg", service.neighbour.url + "/missing.jpg"]
    made = submit_shelf(service, urls, callbackUrl=receiver.url("/shelf-callback"))
    assert shelf_done(service, made["batchId"])["status"] in ("partial", "completed")
    found = settled(receiver, "/shelf", 2)
    events = {}
    for each in found:
        body = check_standard(hook["secret"], each)
        assert list(body)[:4] == ["event", "data", "timestamp", "webhookId"] and body["webhookId"] == hook["id"]
        assert each.headers["x-shelfforce-event"] == body["event"]
        assert each.headers["x-shelfforce-delivery"] == each.headers["webhook-id"]
        assert each.headers["user-agent"] == "Shelfforce-Webhooks/1.0"
        moment, signatures = dated(each.headers["x-shelfforce-signature"])
        assert signatures == [hexed(hook["secret"], f"{moment}.".encode(), each.body)]
        events[body["data"]["generationId"]] = body["event"]
    assert events == {
        made["analyses"][0]["id"]: "analysis.completed", made["analyses"][1]["id"]: "analysis.failed"}  # fmt: skip
    called = settled(receiver, "/shelf-callback", 2)
    for heard in (found, called):
        assert sorted(json.loads(each.body)["sequence"] for each in heard) == [1, 2]
    requests.delete(f"{service.base}/api/v1/webhooks/{hook['id']}", headers=service.shelf, timeout=30)


def test_a_refused_delivery_is_tried_again_with_the_same_id_and_bytes(
    service: Installation, receiver: FaultServer
) -> None:
    receiver.answers["/flaky"] = [(500, {}, b"not today"), OK]
    hook = register(service, receiver.url("/flaky"))
    requests.post(f"{service.base}/v1/webhooks/{hook['webhook_id']}/test", headers=service.print, timeout=30)
    first, second = at(receiver, "/flaky", 2)
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.at - first.at >= 2, "the second attempt waits"
    assert check_standard(hook["secret"], second)["test"] is True
    wait_for(lambda: deliveries(service, hook["webhook_id"])[0]["state"] == "delivered", 30, "the record")
    (told,) = deliveries(service, hook["webhook_id"])
    assert [(each["number"], each["status"]) for each in told["attempts"]] == [(1, 500), (2, 204)]
    assert told["attempts"][0]["response"] == "not today"
    address = f"{service.base}/v1/webhooks/{hook['webhook_id']}/deliveries/{told['delivery_id']}/redeliver"
    assert requests.post(address, headers=service.print, timeout=30).status_code == 202
    third = at(receiver, "/flaky", 3)[2]
    assert third.body == first.body and third.headers["webhook-id"] == first.headers["webhook-id"]
    check_standard(hook["secret"], third)
    unregister(service, hook["webhook_id"])


def test_retries_survive_a_wiped_queue_and_a_dead_courier(service: Installation, receiver: FaultServer) -> None:
    receiver.answers["/stubborn"] = [(503, {}, b""), OK]
    hook = register(service, receiver.url("/stubborn"))
    requests.post(f"{service.base}/v1/webhooks/{hook['webhook_id']}/test", headers=service.print, timeout=30)
    wait_for(lambda: deliveries(service, hook["webhook_id"])[0]["attempt_count"] == 1, 30, "the record")
    with redis.Redis.from_url((service.data_dir / "redis_url").read_text()) as client:
        client.flushall()
    (courier,) = [pid for pid, line in processes(service.data_dir).items() if "jobs.delivery" in line]
    os.kill(courier, signal.SIGKILL)
    found = settled(receiver, "/stubborn", 2)
    assert len({each.headers["webhook-id"] for each in found}) == 1
    wait_for(lambda: deliveries(service, hook["webhook_id"])[0]["state"] == "delivered", 120, "the delivery")
    unregister(service, hook["webhook_id"])


def test_a_receiver_that_is_gone_is_disabled_until_it_is_taken_back(
    service: Installation, receiver: FaultServer
) -> None:
    receiver.answers["/gone"] = (410, {}, b"")
    hook = register(service, receiver.url("/gone"))
    address = f"{service.base}/v1/webhooks/{hook['webhook_id']}"
    requests.post(address + "/test", headers=service.print, timeout=30)
    at(receiver, "/gone")

    def state() -> dict[str, Any]:
        found: dict[str, Any] = requests.get(address, headers=service.print, timeout=30).json()
        return found

    wait_for(lambda: state()["status"] == "disabled", 30, "the end of the receiver")
    assert state()["disabled_reason"] == "gone"
    receiver.answers["/gone"] = OK
    back = requests.patch(address, headers=service.print, json={"status": "active"}, timeout=30).json()
    assert (back["status"], back["disabled_reason"]) == ("active", None)
    assert check_standard(hook["secret"], at(receiver, "/gone", 2)[1])["event"] == "job.completed"
    unregister(service, hook["webhook_id"])


def test_a_rotated_secret_signs_beside_the_old_one(service: Installation, receiver: FaultServer) -> None:
    receiver.answers["/rotated"] = OK
    hook = register(service, receiver.url("/rotated"))
    address = f"{service.base}/v1/webhooks/{hook['webhook_id']}"
    fresh = requests.post(address + "/rotate", headers=service.print, json={}, timeout=30).json()["secret"]
    assert fresh != hook["secret"]
    requests.post(address + "/test", headers=service.print, timeout=30)
    (found,) = at(receiver, "/rotated")
    check_standard(fresh, found)
    check_standard(hook["secret"], found)
    unregister(service, hook["webhook_id"])


def test_an_inner_address_is_refused_when_it_is_registered(service: Installation) -> None:
    for url in ("http://127.0.0.1:9/x", "https://10.0.0.1/x", "http://localhost/x", "ftp://example.com/x"):
        reply = requests.post(service.base + "/v1/webhooks", headers=service.print, json={"url": url}, timeout=30)
        assert reply.status_code == 400, (url, reply.text)
