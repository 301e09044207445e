"""The metrics of a running installation agree exactly with what was done: over two gunicorn processes, a killed one, a
silent queue server and a restart; without a customer's name anywhere."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests
from customer import print_done, shelf_done, submit_print, submit_shelf
from installation import Installation, Neighbour, free_port, installation, neighbour
from left_behind import processes
from pictures import picture
from scraping import Scrape, scrape
from servers import wait_for

from jobs.metrics.catalogue import GAUGE, METRICS

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

TOKEN = "a-token-of-the-tests"
SIZE = "12x18"


class House:
    """An installation with two web processes, that can be started again."""

    def __init__(self, folder: Path, near: Neighbour) -> None:
        self.folder, self.near, self.port = folder, near, free_port()
        self.stack = ExitStack()
        self.start()

    def start(self) -> None:
        settings = {"METRICS_PORT": str(self.port), "METRICS_TOKEN": TOKEN, "WEB_WORKERS": "2", "SWEEP_SECONDS": "1"}
        self.service: Installation = self.stack.enter_context(
            installation(self.folder, self.near, RATE_LIMITS="false", **settings)
        )
        wait_for(self.counted, 60, "the metrics")

    def counted(self) -> bool:
        try:
            return self.scrape().sum("darkroom_totals_complete") == 1
        except (requests.ConnectionError, AssertionError):
            return False

    def scrape(self) -> Scrape:
        return scrape(self.port, TOKEN)

    def fresh(self) -> Scrape:
        """A look that was taken after this call."""
        time.sleep(1.05)
        return self.scrape()

    def restart(self) -> None:
        self.stack.close()
        self.start()

    def pids(self, words: str) -> list[int]:
        """Processes of the installation with these words in their command line."""
        return [pid for pid, line in processes(self.folder).items() if words in line]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with neighbour() as near:
        made = House(tmp_path_factory.mktemp("metrics"), near)
        with made.stack:
            yield made


def web_processes(house: House) -> list[int]:
    """The two that serve; their parent does not."""
    found = {pid: psutil.Process(pid).ppid() for pid in house.pids("gunicorn")}
    return [pid for pid, parent in found.items() if parent in found]


def asked_of_both(house: House) -> int:
    """Ask for the credits until both processes have been asked; how often that was."""
    files = [house.folder / "metrics" / f"counter_{pid}.db" for pid in web_processes(house)]
    assert len(files) == 2
    for count in range(1, 300):
        requests.get(house.service.base + "/v1/credits", headers=house.service.print, timeout=30)
        if count >= 20 and all(b"/v1/credits" in path.read_bytes() for path in files if path.exists()):
            return count
    raise AssertionError("one process served everything")


def test_counts_are_what_was_done(house: House) -> None:
    service, before = house.service, house.fresh()
    asked = asked_of_both(house)
    red, navy, green = (picture(3600, 5400, colour) for colour in ("red", "navy", "green"))
    key = {"Idempotency-Key": "the-same-key"}
    url, head = service.base + "/v1/batch/poster", {**service.print, **key}
    form = {"size": SIZE, "dry_run": "true"}
    both = [("images", ("a.png", red)), ("images", ("b.png", navy))]
    replies = [requests.post(url, headers=head, files=both, data=form, timeout=60) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [202, 202]
    assert replies[0].json()["batch_id"] == replies[1].json()["batch_id"]
    assert (
        requests.post(url, headers=service.print, files=both[:1], data={"size": "1x1"}, timeout=60).status_code >= 400
    )
    assert requests.post(url, headers={"Authorization": "Bearer pk_wrong"}, data=form, timeout=30).status_code == 401
    gone = submit_shelf(service, [f"{house.near.url}/none.jpg"], callbackUrl=f"{house.near.url}/hook")
    print_done(service, replies[0].json()["batch_id"])
    shelf_done(service, gone["batchId"])
    hooks = len(house.near.hooks_at("/hook"))
    paid = submit_print(service, "poster", [("paid.png", green)], size=SIZE)
    print_done(service, paid["batch_id"])
    wait_for(lambda: house.fresh().sum("darkroom_outbox_pending") == 0, 30, "an empty outbox")
    hooks = len([hook for hook in house.near.hooks if hook.path == "/hook"])
    now = house.fresh()

    def grown(name: str, **labels: str) -> float:
        return now.sum(name, **labels) - before.sum(name, **labels)

    assert grown("darkroom_http_requests_total", route="/v1/credits", method="GET", status="200") == asked
    posts = {"route": "/v1/batch/poster", "method": "POST"}
    assert grown("darkroom_http_requests_total", **posts) == 5
    assert grown("darkroom_http_request_seconds_count", **posts) == 5
    assert grown("darkroom_submissions_total", dialect="print", outcome="accepted") == 2
    assert grown("darkroom_submissions_total", dialect="print", outcome="replayed") == 1
    assert grown("darkroom_submissions_total", dialect="print", outcome="rejected") == 1
    assert grown("darkroom_submissions_total", dialect="shelf", outcome="accepted", code="") == 1
    assert grown("darkroom_refusals_total", dialect="print") == 2
    sent = 2 * (len(red) + len(navy)) + len(red) + len(green)
    assert grown("darkroom_upload_bytes_total", dialect="print") == sent
    assert grown("darkroom_images_total", dialect="print", action="poster", outcome="succeeded") == 3
    assert grown("darkroom_images_total", dialect="shelf", outcome="failed", code="source_http_404") == 1
    assert grown("darkroom_batches_total", dialect="print", action="poster", state="completed") == 2
    assert grown("darkroom_batches_total", dialect="shelf", state="failed") == 1
    assert grown("darkroom_attempts_total") == grown("darkroom_attempt_seconds_count") == 4
    assert grown("darkroom_attempt_seconds_sum", outcome="succeeded") > 0
    assert grown("darkroom_webhook_attempts_total", dialect="shelf", outcome="ok") == hooks > 0
    charged = grown("darkroom_batch_credits_total", kind="captured")
    assert charged == grown("darkroom_credits", kind="spent") == -grown("darkroom_credits", kind="available") > 0
    assert now.sum("darkroom_credits", kind="held") == 0
    made = house.folder / "objects"
    assert (
        0
        < grown("darkroom_result_bytes_total")
        <= sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    )


def test_the_present_state_is_told(house: House) -> None:
    now = house.fresh()
    for name in ("darkroom_database_up", "darkroom_queue_server_up", "darkroom_build_info"):
        assert now.each(name) == [1.0], name
    for queue in ("pixels", "models", "packaging"):
        assert now.sum("darkroom_workers", queue=queue) == 1
        assert now.sum("darkroom_queue_jobs", queue=queue) == 0
    assert 0 <= now.sum("darkroom_sweep_age_seconds") < 30
    assert now.sum("darkroom_images_waiting") == now.sum("darkroom_images_running") == 0
    assert now.sum("darkroom_disk_free_bytes") > 0
    told = {name for name, _ in now.samples}
    counted_later = {"darkroom_ledger_violations", "darkroom_ledger_checked_age_seconds", "darkroom_endpoints"}
    for metric in METRICS:
        if metric.kind == GAUGE and metric.name not in counted_later:
            assert set(metric.series) <= told, metric.name
    assert told <= {name for metric in METRICS for name in metric.series}


def test_nobody_without_the_token(house: House) -> None:
    url = f"http://127.0.0.1:{house.port}"
    for head in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        reply = requests.get(url + "/metrics", headers=head, timeout=20)
        assert reply.status_code == 401 and "darkroom_" not in reply.text
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.get(url + "/", headers=right, timeout=20).status_code == 404
    assert requests.get(house.service.base + "/metrics", headers=right, timeout=20).status_code == 404
    assert "/metrics" not in requests.get(house.service.base + "/openapi.json", timeout=20).text
    listening = [
        each.laddr.ip for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == house.port
    ]
    assert set(listening) == {"127.0.0.1"}


def test_labels_are_words_of_the_house(house: House) -> None:
    base, key = house.service.base, {**house.service.print}
    requests.get(base + "/v1/credits", headers=key, timeout=20)
    before = {name for name in house.fresh().samples if name[0].startswith("darkroom_http")}
    for number in range(30):
        requests.get(f"{base}/v1/batch/bat_{number}", headers=key, timeout=20)
        requests.get(f"{base}/nowhere/{number}", timeout=20)
        requests.request(f"ODD{number}", base + "/v1/credits", headers=key, timeout=20)
    now = house.fresh()
    fresh = {name for name in now.samples if name[0].startswith("darkroom_http")} - before
    assert len({(dict(labels)["route"], dict(labels)["method"]) for _, labels in fresh}) <= 3
    words = {value for _, labels in now.samples for name, value in labels if name != "le"}
    account, merchant = house.service.account, house.service.account["merchant_id"]
    assert not any(
        merchant in word or re.search(r"(bat|acct|acc|img|job|an|batch)_[0-9A-Za-z]{8,}", word) for word in words
    )
    assert not any(str(value) in words for value in account["keys"].values())
    assert len(now.samples) < 2500


def test_a_killed_web_process_takes_nothing_with_it(house: House) -> None:
    asked_of_both(house)
    before, victim = house.scrape(), web_processes(house)[0]
    os.kill(victim, signal.SIGKILL)
    folder = house.folder / "metrics"
    wait_for(lambda: (folder / "counter_gone.db").exists() and not [*folder.glob(f"*_{victim}.db")], 30, "the fold")
    wait_for(lambda: len(web_processes(house)) == 2, 30, "its successor")
    now = house.scrape()
    name = "darkroom_http_requests_total"
    assert now.sum(name, route="/v1/credits") == before.sum(name, route="/v1/credits")
    assert now.sum("darkroom_http_requests_running") == 0
    asked = asked_of_both(house)
    assert house.scrape().sum(name, route="/v1/credits") == before.sum(name, route="/v1/credits") + asked


def test_a_silent_queue_server_is_said_and_the_rest_goes_on(house: House) -> None:
    (server,) = house.pids("valkey-server")
    images = house.fresh().sum("darkroom_images_total")
    os.kill(server, signal.SIGSTOP)
    try:
        now = house.fresh()
        assert now.each("darkroom_queue_server_up") == [0.0] and now.each("darkroom_workers") == []
        assert now.each("darkroom_database_up") == [1.0] and now.sum("darkroom_images_total") == images
    finally:
        os.kill(server, signal.SIGCONT)
    wait_for(lambda: house.fresh().each("darkroom_queue_server_up") == [1.0], 30, "the queue server in the metrics")


def test_after_a_restart_the_records_go_on_and_the_requests_begin_anew(house: House) -> None:
    before, old = house.fresh(), [*(house.folder / "metrics").glob("*.db")]
    assert before.sum("darkroom_images_total") > 0 and old
    house.restart()
    now = house.fresh()
    for name in ("darkroom_images_total", "darkroom_attempt_seconds_sum", "darkroom_batch_credits_total"):
        assert now.sum(name) == before.sum(name) > 0
    assert now.sum("darkroom_http_requests_total", route="/v1/credits") == 0
    assert not [path for path in old if path.exists()]
