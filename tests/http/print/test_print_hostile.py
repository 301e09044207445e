"""Broken, odd and hostile files and names at the print dialect's door: a documented refusal or an accepted job, never a
500, and nothing left behind by a refusal. Nothing is decoded here."""

import io
import json
from pathlib import Path
from typing import Any

import factories
import pytest
from flask.testing import FlaskClient

from batch_api.openapi import document
from jobs.tools import Tools

URL = "https://images.example.com/a.png"
# Every operation whose address names something of an account; test_print_reads asks each as a stranger.
NAMED = {
    ("get", "/v1/batch/{batch_id}"),
    ("get", "/v1/batch/{batch_id}/download"),
    ("post", "/v1/batch/{batch_id}/cancel"),
    ("post", "/v1/batch/{batch_id}/retry-failed"),
    ("get", "/v1/jobs/{job_id}"),
    ("delete", "/v1/keys/{key_id}"),
    ("get", "/v1/webhooks/{webhook_id}"),
    ("patch", "/v1/webhooks/{webhook_id}"),
    ("delete", "/v1/webhooks/{webhook_id}"),
    ("post", "/v1/webhooks/{webhook_id}/test"),
    ("post", "/v1/webhooks/{webhook_id}/rotate"),
    ("post", "/v1/webhooks/{webhook_id}/replay"),
    ("get", "/v1/webhooks/{webhook_id}/deliveries"),
    ("post", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"),
}


def test_every_hostile_sample_is_refused_or_accepted(make_client: Any, samples: Path) -> None:
    client, tools = make_client(rate_limits=False, print_queue_cap=1000)
    tenant = factories.tenant(tools)
    rows = json.loads((samples / "hostile" / "manifest.json").read_text())["items"]
    names = {Path(row["file"]).name: row.get("upload_as") for row in rows}
    kept = 0
    for path in sorted((samples / "hostile" / "images").iterdir()):
        data = path.read_bytes()
        form = {"images": (io.BytesIO(data), names.get(path.name) or path.name)}
        reply = client.post("/v1/batch/upscale", data=form, headers=tenant.headers())
        assert reply.status_code in (202, 400, 413, 415), (path.name, reply.status_code, reply.text[:200])
        kept += reply.status_code == 202
        if reply.status_code != 202:
            assert reply.json["error"]["code"] in ("unsupported_image_type", "invalid_request"), path.name
    assert len(list(tools.objects.list("staging/"))) == kept
    assert list(tools.objects.scratch_dir().iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\fakepath\\ä b.png", "ä b.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("..", "image-001"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
        ('qu"ote.png', 'qu"ote.png'),
    ],
)
def test_names_lose_what_is_dangerous(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any, name: str, shown: str
) -> None:
    upload = {"upload_ids": [], "images": [{"url": URL, "filename": name}]}
    reply = client.post("/v1/batch/upscale", json=upload, headers=tenant.headers())
    assert reply.status_code == 202 and reply.json["jobs"][0]["filename"] == shown
    assert all(name not in found.key for found in tools.objects.list(""))


@pytest.mark.parametrize("path", ["batch/%00", "jobs/%ff%fe", "batch/" + "x" * 2000, "batch/..%2fx", "batch/' OR 1=1"])
def test_odd_ids_are_404(client: FlaskClient, tenant: factories.Tenant, path: str) -> None:
    assert client.get(f"/v1/{path}", headers=tenant.headers()).status_code == 404


@pytest.mark.parametrize("query", ["client_job_id=%00", "cursor=%00", "client_job_id=%22%27;--", "cursor=%ff"])
def test_odd_filters_are_no_500(client: FlaskClient, tenant: factories.Tenant, query: str) -> None:
    assert client.get(f"/v1/batch?{query}", headers=tenant.headers()).status_code in (200, 400)


@pytest.mark.parametrize(
    "body",
    [
        {"image_urls": {"a": {"b": 1}}},
        {"image_urls": [[URL]]},
        {"image_urls": [None, ""]},
        {"image_urls": [{"upload_id": {"x": 1}}]},
        {"image_urls": "[" * 500},
        {"image_urls": [URL], "options": "[1]"},
        {"image_urls": [URL], "seo": 5},
        {"image_urls": [URL], "dry_run": {"a": 1}},
        {"image_urls": [URL], "webhook_url": ["x"]},
        {"image_urls": [URL], "title": "x" * 50_000},
        {"image_urls": [URL], "job_type": ["poster"]},
        {"image_urls": [{"url": 7}]},
        {"images": 7},
        {"images": True},
    ],
)
def test_odd_shapes_are_400(client: FlaskClient, tenant: factories.Tenant, body: Any) -> None:
    reply = client.post("/v1/batch/upscale", json=body, headers=tenant.headers())
    assert reply.status_code == 400, reply.text
    assert reply.json["error"]["code"] in (
        "invalid_request",
        "invalid_image_url",
        "no_images",
        "job_type_undetermined",
    )


def test_no_operation_with_an_id_is_left_out_of_the_strangers_test(app: Any) -> None:
    served = {
        (verb, path)
        for path, item in document(app)["paths"].items()
        if path.startswith("/v1/") and "{" in path
        for verb in item
        if verb in ("get", "post", "put", "patch", "delete")
    }
    assert served == NAMED
