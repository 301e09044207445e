"""The queue dashboard: its own process on loopback, a password on every address, fixed words for every job."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import browser
import psutil
import pytest
import redis
import requests
from customer import print_done, submit_print
from installation import Installation, free_port, installation, neighbour
from left_behind import processes
from pictures import picture
from rq import Queue
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry
from rq.results import Result
from rq.serializers import JSONSerializer
from servers import wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(200)]

HOSTILE = "<img src=x onerror=alert(1)>\"'; DROP TABLE.png"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Installation]:
    options = ("--host", "0.0.0.0", "--dashboard", "--dashboard-port", str(port))
    with (
        neighbour() as near,
        installation(tmp_path_factory.mktemp("dash"), near, *options, RATE_LIMITS="false") as running,
    ):
        wait_for(lambda: answers(port), 60, "the dashboard")
        yield running


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def password(service: Installation) -> tuple[str, str]:
    path = service.data_dir / "dashboard_password"
    assert path.stat().st_mode & 0o777 == 0o600
    return "darkroom", path.read_text().strip()


def listeners(port: int) -> set[str]:
    return {
        each.laddr.ip for each in psutil.net_connections("tcp") if each.status == "LISTEN" and each.laddr.port == port
    }


def test_it_listens_on_loopback_alone(service: Installation, port: int) -> None:
    assert listeners(port) == {"127.0.0.1"}
    assert listeners(int(service.base.rsplit(":", 1)[1])) == {"0.0.0.0"}, "the service itself was asked to be open"


@pytest.mark.parametrize(
    "path", ["/", "/0/view/queues", "/0/data/queues.json", "/0/data/workers.json", "/job/x/delete"]
)
def test_nothing_without_the_password(service: Installation, port: int, password: tuple[str, str], path: str) -> None:
    url = f"http://127.0.0.1:{port}{path}"
    for auth in (None, ("darkroom", ""), ("darkroom", "wrong"), ("admin", password[1])):
        assert requests.get(url, auth=auth, timeout=10).status_code in (401, 405)
    if path == "/job/x/delete":
        assert requests.post(url, timeout=10).status_code == 401


def test_queues_and_jobs_are_listed_in_fixed_words(service: Installation, port: int, password: tuple[str, str]) -> None:
    files = [(HOSTILE, picture(3600, 5400)), ("secret-name.png", picture(3600, 5400, "red"))]
    made = submit_print(service, "poster", files, size="12x18", title="<script>title</script>")
    base, everything = f"http://127.0.0.1:{port}/0", ""
    queues = requests.get(base + "/data/queues.json", auth=password, timeout=10).json()
    assert {each["name"] for each in queues["queues"]} >= {"pixels", "packaging"}
    waiting = requests.get(base + "/data/jobs/packaging/deferred/25/asc/1.json", auth=password, timeout=10).json()
    ids = [each["id"] for each in made["jobs"]] + [each["id"] for each in waiting["jobs"]]
    assert len(ids) == 3, "the packaging job waits for its images"
    told = [requests.get(f"{base}/data/job/{each}.json", auth=password, timeout=10).json() for each in ids]
    everything += str(told) + str(queues) + str(waiting)
    print_done(service, made["batch_id"])
    for queue, state in (("pixels", "finished"), ("packaging", "finished"), ("pixels", "failed")):
        address = f"{base}/data/jobs/{queue}/{state}/25/asc/1.json"
        everything += str(requests.get(address, auth=password, timeout=10).json())
    assert made["jobs"][0]["job_id"] in everything
    for word in ("onerror", "secret-name", "<script>", "DROP TABLE", "Bearer", "whsec_"):
        assert word not in everything
    assert [each["description"] for each in told] == ["image", "image", "packaging"]


def test_the_password_is_in_no_process_list(service: Installation, password: tuple[str, str]) -> None:
    lines = processes(service.data_dir).values()
    assert any("jobs.dashboard" in line for line in lines) and not any(password[1] in line for line in lines)


def test_jobs_cannot_be_deleted_from_the_page(service: Installation, port: int, password: tuple[str, str]) -> None:
    made = submit_print(service, "poster", [("a.png", picture(3600, 5400, "navy"))], size="12x18")
    job_id = made["jobs"][0]["job_id"]
    reply = requests.post(f"http://127.0.0.1:{port}/job/{job_id}/delete", auth=password, timeout=10)
    assert "DISABLED" in reply.text
    address = f"http://127.0.0.1:{port}/0/data/job/{job_id}.json"
    assert requests.get(address, auth=password, timeout=10).json()["id"] == job_id
    assert print_done(service, made["batch_id"])["status"] == "completed"


PWN = "<img src=x onerror=\"document.documentElement.id='taken'\">"
SPELLS = (
    PWN,
    "</script><script>document.documentElement.id='taken'</script>",
    "\"'><svg onload=alert(1)>",
    "\u202egnp.exe",
)


@pytest.fixture
def hostile_job(service: Installation) -> Iterator[str]:
    """A failed job that says the worst in every text that it has; gone when others look, since ours say nothing of a
    customer's."""
    client = redis.Redis.from_url((service.data_dir / "redis_url").read_text())
    said = " ".join(SPELLS)
    job = Job.create(
        said, args=[said], kwargs={"k": said}, id="hostile", connection=client, serializer=JSONSerializer,
        description=said, origin="pixels", status=JobStatus.FAILED, meta={"m": said},
    )  # fmt: skip
    job.save()
    Result.create_failure(job, 600, said)
    client.sadd(Queue.redis_queues_keys, Queue("pixels", connection=client).key)
    failed = FailedJobRegistry("pixels", connection=client, serializer=JSONSerializer)
    failed.add(job, ttl=600, exc_string=said)
    yield job.id
    failed.remove(job, delete_job=True)


def signed_in(port: int, password: tuple[str, str], path: str) -> str:
    return f"http://{password[0]}:{quote(password[1])}@127.0.0.1:{port}{path}"


def test_a_browser_shows_pages_and_runs_nothing_that_a_job_says(
    service: Installation, port: int, password: tuple[str, str], hostile_job: str, tmp_path: Path
) -> None:
    control = tmp_path / "control.html"
    control.write_text(f"<p>{PWN}</p>")
    assert 'id="taken"' in browser.dom(control.as_uri(), tmp_path), "the browser would have run it"
    for path, shown in {
        "/0/view/jobs/pixels/failed/25/asc/1": "hostile",
        f"/0/view/job/{hostile_job}": "gnp.exe",
        "/": "/0/view/jobs/pixels/queued",
        "/0/view/workers": "pixels",
    }.items():
        page = browser.dom(signed_in(port, password, path), tmp_path)
        assert shown in page, f"{path} did not show what is there:\n{page[:3000]}"
        assert 'id="taken"' not in page and "<svg onload" not in page and "<img src=" not in page, path
    page = browser.dom(signed_in(port, password, "/0/view/job/hostile"), tmp_path)
    assert page.count("&lt;img src=x onerror=") == 3, "description, metadata and exception"
    assert "\u202e" not in page and page.count("\\u202egnp.exe") == 3
    browser.screenshot(signed_in(port, password, "/0/view/job/hostile"), tmp_path, tmp_path / "job.png")
    assert (tmp_path / "job.png").stat().st_size > 5000
    without = browser.dom(f"http://127.0.0.1:{port}/", tmp_path)
    assert "pixels" not in without


def test_another_site_presses_no_button(
    service: Installation, port: int, password: tuple[str, str], hostile_job: str
) -> None:
    url = f"http://127.0.0.1:{port}/job/{hostile_job}/requeue"
    for site in ("cross-site", "same-site", "none"):
        reply = requests.post(url, auth=password, headers={"Sec-Fetch-Site": site}, timeout=10)
        assert reply.status_code == 403
        link = f"http://127.0.0.1:{port}/requeue/pixels"
        assert requests.get(link, auth=password, headers={"Sec-Fetch-Site": site}, timeout=10).status_code == 403
    page = requests.get(f"http://127.0.0.1:{port}/0/view/queues", auth=password, timeout=10)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
