"""Requests generated from the document, valid and broken ones, for every operation, and in chains in which one reply's
ids feed the next request: nothing but documented replies, in their documented form, and never a fault of ours.

`--api-examples 200` asks as often as one likes; `--hypothesis-seed` repeats a run.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import factories
import pytest
import schemathesis
from belongings import belongings_of, dialect_of
from engine_rig import SilentDoorbell, test_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from batch_api import create_app
from jobs.tools import Tools, open_tools
from storage.model import Dialect

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
VERBS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(verb, path) for path, item in DOCUMENT["paths"].items() for verb in VERBS if verb in item]
# Not asked for: that every schema-valid request is accepted (no schema can say "a public host"), that every other one
# is refused (fields nobody knows are warned of, null counts as absent), and that keys are needed (test_every_reply.py).
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
CHAIN_STEPS = 8


@dataclass
class Fuzzed:
    """The app under test, whose customer asks, and what the replies were."""

    schema: Any
    tenant: factories.Tenant
    ids: dict[tuple[Dialect, str], str]
    link: str
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)

    def headers(self, path: str) -> dict[str, str]:
        return self.tenant.headers(dialect_of(path))

    def examples(self, verb: str, path: str) -> st.SearchStrategy[Any]:
        """Valid and broken requests, and both again with what really exists in place of made-up ids."""
        operation = self.schema[path][verb]
        made = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
        return st.tuples(made, st.booleans()).map(lambda pair: self.real(pair[0]) if pair[1] else pair[0])

    def real(self, case: Any) -> Any:
        names = [*(case.path_parameters or {}), *(name for name in case.query or {} if name.endswith("_id"))]
        for name in names:
            known = self.ids.get((dialect_of(case.operation.path), name))
            if known and name in (case.path_parameters or {}):
                case.path_parameters[name] = known
            elif known:
                case.query[name] = known
        if case.operation.path.startswith("/files/"):
            parts = urlsplit(self.link)
            case.path_parameters["key"] = parts.path.removeprefix("/files/")
            case.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return case

    def judge(self, case: Any, reply: Any) -> None:
        label, status = case.operation.label, reply.status_code
        self.seen[label, status] += 1
        assert status < 500 or status == 503, f"{label} answered {status}: {reply.text[:500]}"
        case.validate_response(reply, checks=CHECKS)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    logging.getLogger("darkroom").setLevel(logging.CRITICAL)
    open_doors = {"rate_limits": False, "print_queue_cap": 10**6, "queue_cap": 10**6, "sync_wait_seconds": 0}
    given_settings = test_settings(tmp_path_factory.mktemp("fuzz"), base_url="http://localhost", **open_doors)
    tools = open_tools(given_settings)
    tools.database.migrate()
    app = create_app(given_settings, tools=tools, doorbell=SilentDoorbell())
    tenant = factories.tenant(tools, credits=10**9)
    ids = belongings_of(app.test_client(), tools, tenant)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    yield Fuzzed(schema, tenant, ids, signed(tools))
    tools.database.dispose()
    logging.getLogger("darkroom").setLevel(logging.NOTSET)


def signed(tools: Tools) -> str:
    tools.objects.put("out/a.jpg", b"picture", content_type="image/jpeg")
    return tools.objects.url("out/a.jpg", ttl_s=3600, filename="a.jpg", content_type="image/jpeg")


def profile(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.mark.parametrize(("verb", "path"), OPERATIONS, ids=lambda value: value.strip("/"))
def test_every_operation_gives_documented_replies_only(
    fuzzed: Fuzzed, request: pytest.FixtureRequest, verb: str, path: str
) -> None:
    @profile(request.config.getoption("--api-examples"))
    @given(case=fuzzed.examples(verb, path))
    def ask(case: Any) -> None:
        fuzzed.judge(case, case.call(headers=fuzzed.headers(path)))

    ask()
    assert any(label == f"{verb.upper()} {path}" for label, _ in fuzzed.seen)


def test_chains_of_requests_give_documented_replies_only(fuzzed: Fuzzed, request: pytest.FixtureRequest) -> None:
    class Chain(fuzzed.schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": fuzzed.headers(case.operation.path)}

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            fuzzed.judge(case, response)

    before = sum(fuzzed.seen.values())
    count = request.config.getoption("--api-examples") * 3
    Chain.run(settings=settings(profile(count), stateful_step_count=CHAIN_STEPS))
    assert sum(fuzzed.seen.values()) - before > count


def test_the_list_of_operations_is_the_served_one(fuzzed: Fuzzed) -> None:
    labels = {operation.ok().label for operation in fuzzed.schema.get_all_operations()}
    assert labels == {f"{verb.upper()} {path}" for verb, path in OPERATIONS}
