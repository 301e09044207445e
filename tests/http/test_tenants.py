"""Nobody sees another account's objects: every documented operation that takes an id is asked with a stranger's key
and answers as if the id had never existed. The cases are made from the document, so a new route without one fails."""

import json
import re
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from belongings import belongings_of, dialect_of
from flask import Flask
from flask.testing import FlaskClient

from batch_api.openapi import document
from jobs.tools import Tools
from storage.model import Dialect

VERBS = ("get", "post", "put", "patch", "delete")
SIGNED = ("/files/", "/output/")  # open to whoever holds a signed address; tests/http/test_files.py
CHANGES = {"description": "mine now"}


def asking(spec: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(method, path, names of its ids) of every operation that takes one, at each address that serves it."""
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb not in item or path.startswith(SIGNED):
                continue
            given = [*item[verb].get("parameters", []), *item.get("parameters", [])]
            query = [each["name"] for each in given if each.get("in") == "query" and each["name"].endswith("_id")]
            ids = [name for name in query if name != "client_job_id"]
            for address in (path, *item[verb].get("x-aliases", [])):
                named = (*ids, *re.findall(r"{(\w+)}", address))
                if named:
                    yield verb, address, named


@pytest.fixture
def belongings(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> dict[tuple[Dialect, str], str]:
    return belongings_of(client, tools, tenant)


def ask(client: FlaskClient, who: factories.Tenant, verb: str, path: str, ids: dict[str, str]) -> Any:
    query = {name: value for name, value in ids.items() if f"{{{name}}}" not in path}
    body = {"json": CHANGES} if verb in ("post", "patch", "put") else {}
    address = path.format(**ids)
    return client.open(address, method=verb.upper(), query_string=query, headers=who.headers(dialect_of(path)), **body)


def worded(reply: Any, ids: dict[str, str]) -> tuple[int, str, set[str]]:
    """A reply without what differs between any two requests: the ids asked for and the request's own."""
    text = json.dumps(reply.json, sort_keys=True)
    for value in sorted(ids.values(), key=len, reverse=True):
        text = text.replace(value, "ID")
    return reply.status_code, re.sub(r"req_\w+", "REQUEST", text), set(reply.headers.keys()) - {"Retry-After"}


def unheard_of(value: str) -> str:
    """An id of the same form that was never given out."""
    return value[:-6] + ("000000" if value[-6:] != "000000" else "111111")


def test_every_operation_with_an_id_has_a_case(app: Flask, belongings: dict[tuple[Dialect, str], str]) -> None:
    found = list(asking(document(app)))
    assert len(found) >= 30
    missing = [(verb, path) for verb, path, ids in found for name in ids if (dialect_of(path), name) not in belongings]
    assert missing == []


def test_a_strangers_question_is_answered_as_for_an_id_that_never_was(
    app: Flask,
    client: FlaskClient,
    tenant: factories.Tenant,
    stranger: factories.Tenant,
    belongings: dict[tuple[Dialect, str], str],
) -> None:
    wrong = []
    for verb, path, names in asking(document(app)):
        real = {name: belongings[dialect_of(path), name] for name in names}
        never = {name: unheard_of(value) for name, value in real.items()}
        theirs, nobodys = (worded(ask(client, stranger, verb, path, ids), ids) for ids in (real, never))
        if theirs != nobodys or theirs[0] != 404:
            wrong.append((verb, path, theirs, nobodys))
    assert wrong == []
    # Nothing was changed or deleted by asking: the owner still finds everything as it was.
    for verb, path, names in asking(document(app)):
        if verb == "get":
            reply = ask(client, tenant, verb, path, {name: belongings[dialect_of(path), name] for name in names})
            assert reply.status_code in (200, 302, 303, 307), (path, reply.text)
            assert CHANGES["description"] not in reply.text


def test_ids_of_another_dialect_do_not_exist_here(
    app: Flask, client: FlaskClient, tenant: factories.Tenant, belongings: dict[tuple[Dialect, str], str]
) -> None:
    wrong = []
    for verb, path, names in asking(document(app)):
        here = dialect_of(path)
        for (dialect, name), value in belongings.items():
            if dialect is not here and {name} & set(names) and verb == "get" and len(names) == 1:
                reply = ask(client, tenant, verb, path, {names[0]: value})
                if reply.status_code != 404:
                    wrong.append((path, dialect, reply.status_code))
    assert wrong == []


def test_a_job_is_found_in_its_own_batch_alone(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    mine, other, theirs = (belongings_of(client, tools, who) for who in (tenant, tenant, stranger))
    job = mine[Dialect.PRINT, "job_id"]
    for home, status in ((mine, 200), (other, 404), (theirs, 404)):
        path = f"/v1/batch/{home[Dialect.PRINT, 'batch_id']}/jobs/{job}"
        assert client.get(path, headers=tenant.headers()).status_code == status, path
    path = f"/v1/batch/{theirs[Dialect.PRINT, 'batch_id']}/jobs/{job}"
    assert client.get(path, headers=stranger.headers()).status_code == 404


def test_lists_and_balances_show_only_what_is_ones_own(
    client: FlaskClient, stranger: factories.Tenant, belongings: dict[tuple[Dialect, str], str]
) -> None:
    for path in ("/api/v1/analyses", "/api/v1/webhooks", "/v1/batch", "/v1/webhooks", "/v1/keys",
                 "/v1/credits/transactions", "/v1/account", "/api/v1/usage"):  # fmt: skip
        reply = client.get(path, headers=stranger.headers(dialect_of(path)))
        assert reply.status_code == 200, (path, reply.text)
        assert [value for value in belongings.values() if value in reply.text] == [], path
