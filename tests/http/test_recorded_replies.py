"""What a client of an earlier release asked is answered now in the same form: the same status, every field that was
there then, of the same kind. `--record-replies` writes down the present release's replies under its version."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import factories
import pytest
from factories import Tenant
from flask.testing import FlaskClient

from config import ROOT
from jobs.tools import Tools
from storage.model import Dialect

FOLDER = Path(__file__).with_name("recorded")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
URL = "https://photos.example.com/a.jpg"
HOOK = "https://shop.example.com/hook"
Exchange = dict[str, Any]

# name, dialect, method, address, JSON body; {word} is what an earlier reply said, see LEARNED. "finish": work is done.
REQUESTS: tuple[tuple[str, Dialect, str, str, Any], ...] = (
    ("print submit", Dialect.PRINT, "POST", "/v1/batch/upscale", {"image_urls": [URL, URL], "webhook_url": HOOK}),
    ("print batch waiting", Dialect.PRINT, "GET", "/v1/batch/{batch}", None),
    ("finish", Dialect.PRINT, "", "{batch}", None),
    ("print batch done", Dialect.PRINT, "GET", "/v1/batch/{batch}", None),
    ("print list", Dialect.PRINT, "GET", "/v1/batch?limit=1", None),
    ("print credits", Dialect.PRINT, "GET", "/v1/credits", None),
    ("print endpoint", Dialect.PRINT, "POST", "/v1/webhooks", {"url": HOOK, "events": ["*"]}),
    ("print endpoints", Dialect.PRINT, "GET", "/v1/webhooks", None),
    ("print refusal", Dialect.PRINT, "POST", "/v1/batch/upscale", {"image_urls": []}),
    ("print nothing there", Dialect.PRINT, "GET", "/v1/batch/bat_00000000", None),
    ("shelf submit", Dialect.SHELF, "POST", "/api/v1/analyses/batch", {"images": [{"imageUrl": URL}]}),
    ("shelf batch waiting", Dialect.SHELF, "GET", "/api/v1/analyses/batch/{shelf}", None),
    ("finish", Dialect.SHELF, "", "{shelf}", None),
    ("shelf batch done", Dialect.SHELF, "GET", "/api/v1/analyses/batch/{shelf}", None),
    ("shelf list", Dialect.SHELF, "GET", "/api/v1/analyses?limit=1", None),
    ("shelf endpoint", Dialect.SHELF, "POST", "/api/v1/webhooks", {"url": HOOK, "events": ["*"]}),
    ("shelf refusal", Dialect.SHELF, "POST", "/api/v1/analyses/batch", {"images": []}),
    ("studio poll of nothing", Dialect.STUDIO, "GET", "/api/v1/batch.php?job_id=job_00000000", None),
    ("ready", Dialect.PRINT, "GET", "/readyz", None),
)
LEARNED = {"print submit": ("batch", "batch_id"), "shelf submit": ("shelf", "batchId")}


def journey(client: FlaskClient, tools: Tools, tenant: Tenant) -> list[Exchange]:
    """Ask everything; what was asked and answered."""
    said: list[Exchange] = []
    words: dict[str, str] = {}
    for name, dialect, method, address, body in REQUESTS:
        address = address.format(**words)
        if name == "finish":
            factories.finish_all(tools, address)
            continue
        reply = client.open(address, method=method, json=body, headers=tenant.headers(dialect))
        found = reply.get_json()
        said.append({"name": name, "status": reply.status_code, "reply": found})
        if name in LEARNED:
            word, field = LEARNED[name]
            words[word] = found.get("data", found)[field]
    return said


def shape(before: Any, now: Any, path: str = "") -> list[str]:
    """Where the reply of now lacks or changes what was there."""
    if before is None or now is None:
        return []
    if isinstance(before, dict) and isinstance(now, dict):
        gone = [f"{path}/{key} is gone" for key in before.keys() - now.keys()]
        return gone + [
            fault
            for key in sorted(before.keys() & now.keys())
            for fault in shape(before[key], now[key], f"{path}/{key}")
        ]
    if isinstance(before, list) and isinstance(now, list):
        return shape(before[0], now[0], f"{path}/0") if before and now else []
    kinds = [
        bool if isinstance(each, bool) else float if isinstance(each, int | float) else type(each)
        for each in (before, now)
    ]
    return [] if kinds[0] is kinds[1] else [f"{path} was {before!r} and is {now!r}"]


def test_every_release_has_its_record(
    client: FlaskClient, tools: Tools, tenant: Tenant, pytestconfig: pytest.Config
) -> None:
    path = FOLDER / f"{VERSION}.json"
    if pytestconfig.getoption("--record-replies"):
        text = json.dumps(journey(client, tools, tenant), indent=1, sort_keys=True)
        path.write_text(re.sub(r"whsec_[A-Za-z0-9+/=]+", "whsec_recorded", text) + "\n")
    assert path.exists(), "pytest tests/http/test_recorded_replies.py --record-replies"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_requests_are_answered_in_the_same_form(
    client: FlaskClient, tools: Tools, tenant: Tenant, path: Path
) -> None:
    before = {exchange["name"]: exchange for exchange in json.loads(path.read_text())}
    now = {exchange["name"]: exchange for exchange in journey(client, tools, tenant)}
    assert before.keys() <= now.keys()
    for name, exchange in before.items():
        assert exchange["status"] == now[name]["status"], name
        assert shape(exchange["reply"], now[name]["reply"]) == [], name


def test_a_field_that_went_or_changed_its_kind_is_noticed() -> None:
    before = {"a": [{"b": 1, "c": None, "d": "x"}], "e": True}
    assert shape(before, {"a": [{"b": 2.5, "c": 1, "d": "y", "f": 0}], "e": False}) == []
    assert shape(before, {"a": [{"b": "1", "c": 1, "d": "y"}], "e": 1}) == [
        "/a/0/b was 1 and is '1'",
        "/e was True and is 1",
    ]
    assert shape(before, {"a": [{"b": 2, "c": 1}], "e": False}) == ["/a/0/d is gone"]
