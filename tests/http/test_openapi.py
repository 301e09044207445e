"""The OpenAPI document: valid, complete, the same as the committed copy, and true of real replies and requests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from batch_api.documents import openapi_path
from batch_api.openapi import as_text, document
from batch_api.print_shop.errors import DOCUMENTED
from batch_api.print_shop.forms import EXAMPLES

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
UNDOCUMENTED = {"/openapi.json", "/docs", "/docs/<name>"}
VERBS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def spec(app: Flask) -> dict[str, Any]:
    return document(app)


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield path, verb, item[verb]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for below in node.values():
            yield from references(below)
    elif isinstance(node, list):
        for below in node:
            yield from references(below)


def test_it_is_valid_and_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    validate(spec)


def test_no_schema_holds_itself_and_keys_are_bearers(spec: dict[str, Any]) -> None:
    """Tools that build clients or forms from the document follow its references to the end."""
    below = {
        name: {each.rpartition("/")[2] for each in references(part)}
        for name, part in spec["components"]["schemas"].items()
    }

    def reached(name: str, seen: frozenset[str]) -> bool:
        return name in seen or any(reached(each, seen | {name}) for each in below.get(name, ()))

    assert below and [name for name in below if reached(name, frozenset())] == []
    bearer = spec["components"]["securitySchemes"]["bearer"]
    assert (bearer["type"], bearer["scheme"]) == ("http", "bearer")


def test_every_reference_leads_somewhere(spec: dict[str, Any]) -> None:
    for reference in set(references(spec)):
        node: Any = spec
        for key in reference.removeprefix("#/").split("/"):
            assert key in node, reference
            node = node[key]


def test_the_committed_copy_is_the_present_one(app: Flask) -> None:
    assert COMMITTED.read_text() == as_text(app), "run scripts/openapi and commit docs/openapi.json"


def test_every_operation_is_told_completely(spec: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(spec)]
    assert len(names) == len(set(names))
    schemes = set(spec["components"]["securitySchemes"])
    for path, verb, operation in operations(spec):
        where = f"{verb} {path}"
        assert operation.get("tags") and operation.get("summary"), where
        assert "security" in operation, where
        assert {name for way in operation["security"] for name in way} <= schemes, where
        assert all(reply.get("description") or "$ref" in reply for reply in operation["responses"].values()), where


def test_every_route_is_documented_or_an_alias_of_one(app: Flask, spec: dict[str, Any]) -> None:
    known = set(spec["paths"])
    for _, _, operation in operations(spec):
        known |= set(operation.get("x-aliases", ()))
    for rule in app.url_map.iter_rules():
        if ".later" in rule.endpoint:  # answers that a later version brings it
            continue
        path = openapi_path(rule.rule)
        assert rule.rule in UNDOCUMENTED or path.rstrip("/") in known, f"{rule.rule} is served and not documented"


def test_nothing_of_the_operator_is_served_to_the_public(app: Flask, spec: dict[str, Any]) -> None:
    served = {rule.rule for rule in app.url_map.iter_rules()} | set(spec["paths"])
    assert [path for path in served if re.search("admin|metrics|dashboard|/rq|debug|config", path)] == []


def test_every_error_of_the_print_dialect_is_in_it_with_an_example(spec: dict[str, Any]) -> None:
    text = json.dumps(spec)
    assert [code for code in DOCUMENTED if f'"code": "{code}"' not in text] == []


@pytest.mark.parametrize("action", EXAMPLES)
def test_the_documented_examples_are_accepted(client: FlaskClient, tenant: factories.Tenant, action: str) -> None:
    reply = client.post(f"/v1/batch/{action}", json=EXAMPLES[action], headers=tenant.headers())
    assert reply.status_code == 202, reply.text


def test_the_page_needs_no_foreign_host(client: FlaskClient) -> None:
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
        reply = client.get(path)
        assert reply.status_code == 200
        assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", reply.text) == []
    policy = client.get("/docs").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert client.get("/docs/docs.html").status_code == 404
    assert client.get("/openapi.json").json["info"]["title"] == "Darkroom"
