"""Turning pages: whatever the sizes of the pages, and whatever arrives meanwhile, nothing comes twice or is left out;
a cursor that is none, or another account's, is refused in the same words."""

import json
from collections.abc import Callable
from typing import Any

import factories
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.model import Dialect

URL = "https://images.example.com/a.png"
ROWS = 9


def print_page(body: Any) -> tuple[list[str], str | None]:
    rows = body.get("batches", body.get("transactions", body.get("deliveries")))
    return [row["id"] for row in rows], body["next_cursor"]


def shelf_page(body: Any) -> tuple[list[str], str | None]:
    return [row["id"] for row in body["data"]], body["pagination"]["cursor"]


LISTS: dict[str, tuple[Dialect, Callable[[Any], tuple[list[str], str | None]]]] = {
    "/v1/batch": (Dialect.PRINT, print_page),
    "/v1/credits/transactions": (Dialect.PRINT, print_page),
    "/api/v1/analyses": (Dialect.SHELF, shelf_page),
}


def order(client: FlaskClient, who: factories.Tenant) -> None:
    for dialect, path, body in (
        (Dialect.PRINT, "/v1/batch/upscale", {"image_urls": [URL]}),
        (Dialect.SHELF, "/api/v1/analyses", {"imageUrl": URL}),
    ):
        assert client.post(path, json=body, headers=who.headers(dialect)).status_code == 202


@pytest.fixture
def busy(make_client: Any) -> tuple[FlaskClient, factories.Tenant, factories.Tenant]:
    client, tools = make_client(rate_limits=False, print_queue_cap=10_000)
    shops = factories.tenant(tools, name="one"), factories.tenant(tools, name="two")
    for shop in shops:
        for _ in range(ROWS):
            order(client, shop)
    return client, *shops


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_any_size_show_everything_once(
    busy: tuple[FlaskClient, factories.Tenant, factories.Tenant], path: str
) -> None:
    client, shop, _ = busy
    dialect, read = LISTS[path]
    head = shop.headers(dialect)

    def page(limit: int, cursor: str | None) -> tuple[list[str], str | None]:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        reply = client.get(path, query_string=query, headers=head)
        assert reply.status_code == 200, reply.text
        return read(reply.json)

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 2))
    def turn(sizes: list[int], arriving: int) -> None:
        everything, cursor = page(100, None)
        seen, turned = [], 0
        while turned == 0 or cursor:
            rows, cursor = page(sizes[turned % len(sizes)], cursor)
            seen += rows
            turned += 1
            if turned <= arriving:
                order(client, shop)
        assert [row for row in seen if row in everything] == everything
        assert len(seen) == len(set(seen)) >= ROWS

    turn()


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_is_no_ones_or_anothers_is_refused_alike(
    busy: tuple[FlaskClient, factories.Tenant, factories.Tenant], path: str
) -> None:
    client, shop, other = busy
    dialect, read = LISTS[path]
    foreign = read(client.get(path, query_string={"limit": 2}, headers=other.headers(dialect)).json)[1]
    assert foreign

    def told(cursor: str) -> tuple[int, str]:
        reply = client.get(path, query_string={"cursor": cursor}, headers=shop.headers(dialect))
        body = json.loads(reply.text)
        body.pop("request_id", None)
        return reply.status_code, json.dumps(body)

    refusals = {told(cursor) for cursor in (foreign, foreign[:-2] + "zz", "x", "9" * 300, "é", "' OR 1=1 --")}
    assert len(refusals) == 1 and refusals.pop()[0] in (400, 422)
