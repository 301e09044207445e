"""The OpenAPI document tells the truth: every example fits its own schema, and so does every reply of a journey through
the three dialects."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from batch_api.openapi import document
from jobs.tools import Tools
from storage.model import Dialect

VERBS = ("get", "post", "put", "patch", "delete")
URL = "https://photos.example.com/a.jpg"
HOOK = {"url": "https://shop.example.com/x", "events": ["*"]}


@pytest.fixture(scope="module")
def _spec() -> dict[str, Any]:
    return {}


@pytest.fixture
def spec(app: Flask, _spec: dict[str, Any]) -> dict[str, Any]:
    """The document, made once; routes do not differ between tests."""
    if not _spec:
        _spec |= json.loads(json.dumps(document(app)))
    return _spec


def resolve(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = spec
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def fits(spec: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    checker = Draft202012Validator({**schema, "components": spec["components"]})
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in checker.iter_errors(value)]


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield f"{verb} {path}", item[verb]


def contents(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, media type object) of every body and reply."""
    for where, operation in operations(spec):
        bodies = [("body", operation["requestBody"])] if "requestBody" in operation else []
        for name, holder in [*bodies, *operation["responses"].items()]:
            for kind, media in resolve(spec, holder).get("content", {}).items():
                yield f"{where} {name} {kind}", media


def test_every_example_fits_its_schema(spec: dict[str, Any]) -> None:
    validate(spec)
    wrong, checked = [], 0
    for where, media in contents(spec):
        given = [media["example"]] if "example" in media else []
        given += [each["value"] for each in media.get("examples", {}).values()]
        for example in given:
            checked += 1
            wrong += [f"{where}: {fault}" for fault in fits(spec, media.get("schema", {}), example)]
    assert wrong == [] and checked > 100


def test_every_json_body_and_error_has_a_schema_and_an_example(spec: dict[str, Any]) -> None:
    bare = []
    for where, media in contents(spec):
        name, kind = where.split()[-2:]
        told = {"example", "examples"} & set(media)
        if "json" in kind and "/v1/" in where and not (media.get("schema") and (told or name.startswith("2"))):
            bare.append(where)
    assert bare == []


class Journey:
    """Requests whose replies are held against the document."""

    def __init__(self, client: FlaskClient, spec: dict[str, Any], tenant: factories.Tenant) -> None:
        self.client, self.spec, self.tenant = client, spec, tenant
        self.seen: set[str] = set()
        self.wrong: list[str] = []
        self.patterns = {re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))): path for path in spec["paths"]}

    def template(self, path: str) -> str:
        matching = [template for pattern, template in self.patterns.items() if pattern.fullmatch(path)]
        return min(matching, key=lambda template: template.count("{"))

    def go(self, dialect: Dialect, method: str, path: str, status: int, **more: Any) -> Any:
        headers = {**self.tenant.headers(dialect), **more.pop("headers", {})}
        reply = self.client.open(path, method=method, headers=headers, **more)
        where = f"{method.lower()} {self.template(path)}"
        assert reply.status_code == status, f"{where}: {reply.status_code} {reply.text[:300]}"
        documented = self.spec["paths"][where.partition(" ")[2]][method.lower()]["responses"]
        assert str(status) in documented, f"{where} does not document {status}"
        content = resolve(self.spec, documented[str(status)]).get("content", {})
        if reply.mimetype in content and reply.is_json:
            self.wrong += [
                f"{where} {status} {fault}" for fault in fits(self.spec, content[reply.mimetype]["schema"], reply.json)
            ]
        elif reply.data:
            self.wrong.append(f"{where} {status} answers {reply.mimetype}, documented is {list(content)}")
        self.seen.add(where)
        return reply


@pytest.fixture
def journey(client: FlaskClient, spec: dict[str, Any], tenant: factories.Tenant) -> Journey:
    return Journey(client, spec, tenant)


def test_a_journey_through_the_shelf(journey: Journey, tools: Tools) -> None:
    def go(method: str, path: str, status: int, **more: Any) -> Any:
        return journey.go(Dialect.SHELF, method, f"/api/v1{path}", status, **more)

    labels = {"externalId": "e", "metadata": {"a": "b"}, "callbackUrl": "https://shop.example.com/x"}
    one = go("POST", "/analyses", 202, json={"imageUrl": URL, **labels}).json["data"]["id"]
    batch = go("POST", "/analyses/batch", 202, json={"images": [{"imageUrl": URL, "idempotencyKey": "k"}]}).json
    two = batch["analyses"][0]["id"]
    go("GET", f"/analyses/{one}", 200)
    factories.finish_image(tools, one)
    factories.fail_image(tools, two)
    for path in (f"/analyses/{one}", f"/analyses/{two}", f"/analyses/batch/{batch['batchId']}", "/analyses", "/usage"):
        go("GET", path, 200)
    go("POST", "/uploads", 201, json={"filename": "a.jpg"})
    hook = go("POST", "/webhooks", 201, json=HOOK, headers={"Idempotency-Key": "w"}).json["data"]["id"]
    go("POST", "/webhooks", 201, json=HOOK, headers={"Idempotency-Key": "w"})
    go("GET", "/webhooks", 200)
    go("PATCH", f"/webhooks/{hook}", 200, json={"description": "d"})
    sent = go("POST", f"/webhooks/{hook}/test", 202).json["data"]["deliveryId"]
    go("POST", f"/webhooks/{hook}/deliveries/{sent}/redeliver", 202)
    go("POST", f"/webhooks/{hook}/replay", 202, query_string={"since": "2020-01-01T00:00:00Z"})
    go("POST", f"/webhooks/{hook}/replay", 422)
    for status in (200, 409):
        go("POST", f"/webhooks/{hook}/rotate", status)
    go("GET", f"/webhooks/{hook}/deliveries", 200)
    go("GET", f"/webhooks/{hook}", 200)
    go("DELETE", f"/webhooks/{hook}", 204)
    for method, path, status, body in (
        ("POST", "/analyses", 422, {}), ("POST", "/analyses/batch", 422, {}), ("GET", "/analyses/an_no", 404, None),
        ("GET", "/analyses/batch/batch_no", 404, None), ("GET", "/webhooks/wh_no", 404, None),
        ("GET", "/analyses?limit=0", 422, None), ("POST", "/webhooks", 422, {}), ("POST", "/uploads", 422, {"x": 1}),
    ):  # fmt: skip
        query = {"query_string": path.partition("?")[2]} if "?" in path else {}
        go(method, path.partition("?")[0], status, json=body, **query)
    assert journey.wrong == []
    shelf = {where for where, found in operations(journey.spec) if found["tags"][0].startswith("shelf")}
    assert shelf - journey.seen == set()


def test_a_journey_through_the_studio(journey: Journey, tools: Tools) -> None:
    def go(method: str, status: int, **more: Any) -> Any:
        return journey.go(Dialect.STUDIO, method, "/api/v1/batch.php", status, **more)

    form = {"action": "bg-remove", "image_urls[]": URL, "options[async]": "1"}
    job = go("POST", 200, data=form).json["job_id"]
    go("GET", 200, query_string={"job_id": job})
    factories.finish_all(tools, job)
    go("GET", 200, query_string={"job_id": job})
    go("GET", 404, query_string={"job_id": "job_no"})
    go("POST", 400, data={"action": "nothing"})
    assert journey.wrong == []


def test_a_journey_through_print(journey: Journey, tools: Tools, pictures: Any) -> None:
    def go(method: str, path: str, status: int, **more: Any) -> Any:
        return journey.go(Dialect.PRINT, method, f"/v1{path}", status, **more)

    made = go("POST", "/batch/upscale", 202, json={"image_urls": [URL], "scale": 2}).json
    form = {"images": (io.BytesIO(pictures.picture(50, 50)), "a.png"), "title": "Dunes"}
    go("POST", "/batch/poster", 202, data=form)
    go("GET", f"/batch/{made['batch_id']}", 200)
    factories.finish_all(tools, made["batch_id"])
    for path in (f"/batch/{made['batch_id']}", f"/jobs/{made['jobs'][0]['job_id']}", "/batch", "/account", "/credits"):
        go("GET", path, 200)
    hook = go("POST", "/webhooks", 201, json={"url": "https://shop.example.com/x"}).json["id"]
    sent = go("POST", f"/webhooks/{hook}/test", 202).json["delivery_id"]
    go("POST", f"/webhooks/{hook}/deliveries/{sent}/redeliver", 202)
    go("POST", f"/webhooks/{hook}/replay", 202, query_string={"since": "2020-01-01T00:00:00Z"})
    go("POST", f"/webhooks/{hook}/replay", 400)
    for status in (200, 409):
        go("POST", f"/webhooks/{hook}/rotate", status)
    for path in ("/webhooks", f"/webhooks/{hook}", f"/webhooks/{hook}/deliveries", "/keys"):
        go("GET", path, 200)
    go("GET", "/batch/bat_no", 404)
    go("POST", "/batch/upscale", 400, json={})
    assert journey.wrong == []
