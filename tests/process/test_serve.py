"""scripts/serve from the outside: first and second start, Ctrl-C, everything that can die, and what it refuses.

Processes are ended by their pids alone; the folder's lock tells whether any descendant is left.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests
from customer import print_done, shelf_done, submit_print, submit_shelf, submit_studio
from installation import ROOT, Installation, Neighbour, free_port, installation, neighbour
from left_behind import lock_is_free, processes
from pictures import picture, product_photo
from servers import children_of, queue_server, wait_for

from jobs.queue_policy import QueuePolicy, read_policy

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

KEYS = {"base_url", "merchant_id", "keys", "webhook_secret"}
CHILDREN = ["gunicorn", "jobs.worker pixels", "jobs.worker models", "jobs.worker packaging", "jobs.delivery",
            "jobs.sweep"]  # fmt: skip
ART = picture(3600, 5400)  # as large as its print file, so that nothing has to be enlarged
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "RATE_LIMITS": "false"}


@pytest.fixture(scope="module")
def near() -> Iterator[Neighbour]:
    with neighbour() as running:
        running.files["/photo.jpg"] = product_photo(500)
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, near: Neighbour) -> Iterator[Installation]:
    """One service that several tests hurt and that must come back each time."""
    with installation(tmp_path_factory.mktemp("serve") / "data", near, **QUICK) as running:
        wait_for(lambda: all(pids(running, name) for name in CHILDREN), 60, "the whole crew")
        yield running


def pids(service: Installation, words: str) -> set[int]:
    """The supervisor's own child with these words in its command line (gunicorn's and rq's forks are left out)."""
    found = {pid for pid, line in processes(service.data_dir).items() if words in line}
    return {pid for pid in found if parent(pid) == service.process.pid}


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def works(service: Installation) -> None:
    """A print file and a shelf analysis go all the way, and their webhooks arrive."""
    path = f"/hook-{time.monotonic_ns()}"
    poster = {"size": "12x18", "webhook_url": service.neighbour.url + path}
    made = submit_print(service, "poster", [("a.png", ART)], **poster)
    shelf = submit_shelf(service, [service.neighbour.url + "/photo.jpg"])
    assert print_done(service, made["batch_id"])["status"] == "completed", service.logs()
    assert shelf_done(service, shelf["batchId"])["status"] == "completed", service.logs()
    events = [hook.json["event"] for hook in service.neighbour.hooks_at(path, 2)]
    assert sorted(events) == ["batch.completed", "job.completed"]


def refused(data_dir: Path, *options: str, **environ: str) -> tuple[int, str]:
    """Exit code and words of a scripts/serve that must not start."""
    words = [sys.executable, "-m", "jobs.supervisor", "--data-dir", str(data_dir), *options]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, timeout=90)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def curl_lines(data_dir: Path) -> list[str]:
    return re.findall(r"^ +(curl .+)$", (data_dir / "supervisor.log").read_text(), re.M)


def test_a_start_a_drain_a_second_start_and_a_kill(tmp_path: Path, near: Neighbour, tell) -> None:
    data_dir = tmp_path / 'a "folder" with spaces'
    with installation(data_dir, near, RATE_LIMITS="false") as first:
        account = data_dir / "demo_account.json"
        assert account.stat().st_mode & 0o777 == 0o600
        assert set(first.account) == KEYS and set(first.account["keys"]) == {"print", "studio", "shelf"}
        assert first.account["base_url"] == first.base and first.account["webhook_secret"].startswith("whsec_")
        wait_for(lambda: "Ctrl-C stops." in (data_dir / "supervisor.log").read_text(), 30, "the announcement")
        assert len(curl_lines(data_dir)) == 3
        made = submit_print(first, "poster", [(f"{n}.png", ART) for n in range(3)], size="12x18")
        wait_for(lambda: requests.get(made["status_url"], headers=first.print).json()["status"] != "queued", 60)
        began = time.monotonic()
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(60) == 0
        drained = time.monotonic() - began
        assert open_to_others(data_dir) == []
        assert lock_is_free(data_dir) and processes(data_dir) == {}, processes(data_dir)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(first.base[-5:]))):
            pass
    began = time.monotonic()
    with installation(data_dir, near, RATE_LIMITS="false") as second:
        took, load = time.monotonic() - began, os.getloadavg()[0]
        tell(f"second start ready after {took:.1f} s at load {load:.1f}; drained in {drained:.1f} s")
        assert took < (5 if load < (os.cpu_count() or 1) else 20)
        assert second.account["keys"] == first.account["keys"]
        assert second.account["base_url"] == second.base, "the new port is told"
        assert print_done(second, made["batch_id"])["counts"]["completed"] == 3
        wait_for(lambda: "Ctrl-C stops." in (data_dir / "supervisor.log").read_text(), 30, "the announcement")
        assert curl_lines(data_dir) == [], "keys are printed once"
        taken_over_after_a_kill(second, near)
    assert lock_is_free(data_dir) and processes(data_dir) == {}


def taken_over_after_a_kill(killed: Installation, near: Neighbour) -> None:
    """Children end when their supervisor is killed; the next one waits by itself for what is still draining."""
    made = submit_print(killed, "poster", [("a.png", ART)] * 2, size="12x18")
    wait_for(lambda: requests.get(made["status_url"], headers=killed.print).json()["status"] != "queued", 60)
    killed.process.kill()
    killed.process.wait()
    with installation(killed.data_dir, near, RATE_LIMITS="false") as heir:
        assert print_done(heir, made["batch_id"])["counts"]["completed"] == 2


def open_to_others(data_dir: Path) -> list[str]:
    """What the service wrote that other users of the machine could read; the two first are this test's own."""
    own = (data_dir, data_dir / "supervisor.log")
    found = [path for path in data_dir.rglob("*") if path not in own and path.stat().st_mode & 0o077]
    return [str(path) for path in found]


def test_the_printed_lines_work_as_they_stand(service: Installation, tmp_path: Path) -> None:
    wait_for(lambda: len(curl_lines(service.data_dir)) == 3, 30, "the three lines")
    (tmp_path / "photo.jpg").write_bytes(product_photo(4800))
    replies = []
    for line in curl_lines(service.data_dir):
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=150)
        replies.append(json.loads(done.stdout))
    wallart, studio, shelf = replies
    assert "batch_id" in wallart and "batchId" in shelf, replies
    assert print_done(service, wallart["batch_id"])["status"] == "completed"
    assert shelf_done(service, shelf["batchId"])["status"] == "completed"
    assert studio["job_id"].startswith("job_") or studio["code"] == "provider_unavailable", studio


@pytest.mark.parametrize("names", [CHILDREN, ["valkey"]], ids=["all at once", "valkey"])
def test_killed_processes_are_restarted_and_work_goes_on(service: Installation, names: list[str]) -> None:
    wait_for(lambda: all(pids(service, name) for name in names), 60, "the crew")
    address = (service.data_dir / "redis_url").read_text()
    before = {name: pids(service, name) for name in names}
    assert all(len(found) == 1 for found in before.values()), before
    for (pid,) in before.values():
        os.kill(pid, signal.SIGKILL)
    for name in names:
        wait_for(lambda name=name: pids(service, name) - before[name], 60, f"another {name}")  # type: ignore[misc]
    wait_for(lambda: answers(address), 20, "the queue server at its address")
    assert (service.data_dir / "redis_url").read_text() == address
    wait_for(lambda: ready(service), 30, "readiness")
    works(service)


def answers(address: str) -> bool:
    try:
        with redis.Redis.from_url(address, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.exceptions.RedisError:
        return False


def ready(service: Installation) -> bool:
    try:
        return requests.get(service.base + "/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def horses(worker: int) -> list[int]:
    """Who is at work on a picture: what the worker's keeper has forked."""
    return [horse for keeper in children_of(worker) for horse in children_of(keeper)]


def test_a_killed_horse_costs_an_attempt_and_nothing_else(service: Installation) -> None:
    made = submit_print(service, "poster", [("a.png", ART)], size="12x18")
    (worker,) = pids(service, "jobs.worker pixels")
    (horse,) = wait_for(lambda: horses(worker), 30, "the horse")
    os.kill(horse, signal.SIGKILL)
    done = print_done(service, made["batch_id"])
    assert (done["status"], done["jobs"][0]["attempts"]) == ("completed", 2)


def test_a_worker_killed_with_its_horse_at_work_leaves_no_horse(service: Installation) -> None:
    made = submit_print(service, "poster", [("a.png", ART)], size="12x18")
    (worker,) = pids(service, "jobs.worker pixels")
    (horse,) = wait_for(lambda: horses(worker), 30, "the horse")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{horse}").exists(), 10, "the end of the horse")
    assert print_done(service, made["batch_id"])["status"] == "completed"


def test_a_given_queue_server_is_left_alone_and_missing_networks_disable_their_action_alone(
    tmp_path: Path, near: Neighbour
) -> None:
    nowhere = {"PIP_NO_INDEX": "1", "npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    with queue_server(tmp_path / "queue") as server:
        given = {"REDIS_URL": server.url, "MODELS_DIR": str(tmp_path / "none"), "RATE_LIMITS": "false", **nowhere}
        with installation(tmp_path / "data", near, **given) as bare:
            assert pids(bare, "valkey") == set()
            form = {"action": "bg-remove", "image_urls[]": near.url + "/photo.jpg"}
            reply = requests.post(bare.base + "/api/v1/batch.php", headers=bare.studio, data=form, timeout=60)
            assert (reply.status_code, reply.json()["code"]) == (503, "provider_unavailable")
            works(bare)
        assert server.answers()


def test_a_queue_server_that_would_throw_jobs_away_is_refused(tmp_path: Path) -> None:
    with queue_server(tmp_path / "queue") as server:
        found = read_policy(server.client())
        assert found == QueuePolicy("noeviction", True, found.version) and not found.too_old and found.version
        server.client().config_set("maxmemory-policy", "allkeys-lru")
        assert read_policy(server.client()).evicts
        code, said = refused(tmp_path / "data", "--port", str(free_port()), REDIS_URL=server.url)
        assert code == 1 and "maxmemory-policy allkeys-lru); set it to noeviction." in said, said


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused(tmp_path, "--port", str(port))
        assert code == 1 and f"Port {port} of 127.0.0.1 is in use; choose another one with --port." in said
        code, said = refused(tmp_path, "--port", str(free_port()), "--dashboard", "--dashboard-port", str(port))
        assert code == 1 and "--dashboard-port" in said


def test_a_second_supervisor_on_the_same_folder_is_refused(service: Installation) -> None:
    code, said = refused(service.data_dir, "--port", str(free_port()))
    assert code == 1 and f"pid {service.process.pid}" in said
    assert ready(service)


def test_all_faults_of_the_configuration_are_told_at_once(tmp_path: Path) -> None:
    wrong = {"LEASE_SECONDS": "0", "OBJECT_STORE": "tape", "EGRESS_ALLOW": "nowhere", "WEB_THREADS": "many"}
    code, said = refused(tmp_path / "data", "--port", "70000", **wrong)
    assert code == 2 and all(name in said for name in [*wrong, "PORT"]), said
    assert not (tmp_path / "data").exists(), "nothing is made for a service that cannot start"


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, said = refused(tmp_path / "file")
    assert code == 1 and f"The data folder {tmp_path / 'file'} cannot be used" in said
    code, said = refused(tmp_path / "data", DATABASE_URL=f"sqlite:///{tmp_path}/file/x.sqlite3")
    assert code == 1 and "cannot be opened" in said


def test_too_little_room_is_told_but_the_rest_goes_on(tmp_path: Path, near: Neighbour) -> None:
    words = [sys.executable, "-m", "jobs.supervisor", "--data-dir", str(tmp_path), "--port", str(port := free_port())]
    env = {**os.environ, "DISK_FLOOR_MB": str(10**6)}
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        body = wait_for(lambda: unready(port), 60, "an answer")
        assert body["checks"]["disk"] == "down" and body["checks"]["database"] == "ok"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def unready(port: int) -> dict | None:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
    except urllib.error.HTTPError as reply:
        return json.load(reply)
    except OSError:
        return None
    raise AssertionError("it says that it is ready")


def test_an_answer_in_time_from_a_service_that_waits(service: Installation) -> None:
    """A studio request that waits for its result is answered although the web server is told to leave meanwhile."""
    if not any((ROOT / ".models").glob("u2net*.onnx")):
        pytest.skip("no cut-out network in .models")
    reply = submit_studio(service, [("a.jpg", product_photo(600))], action="bg-remove")
    assert reply["success"] and reply["status"] in ("completed", "queued", "processing"), reply
