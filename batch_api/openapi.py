"""The OpenAPI 3.1 document of everything that is served, and the page that shows it. The page is ours and loads nothing
from anywhere else; the document is made from the routes, so it cannot forget one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, current_app
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from batch_api import errors
from batch_api.documents import ALIASES, openapi_path
from batch_api.door import Door
from batch_api.replies import json_reply, to_json
from storage.errors import NotFound

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ASSETS = {"docs.js": "text/javascript; charset=utf-8", "docs.css": "text/css; charset=utf-8"}
SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or for the print dialect also a dashboard session token (JWT).",
    },
    "headerKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "merchant": {"type": "apiKey", "in": "header", "name": "X-Merchant-Id"},
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "enum": list(errors.DOCUMENTED)},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}

pages = Blueprint("docs", __name__)


class DocumentedApi(Api):
    """flask-smorest's collector of operations, with our errors instead of its own."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        return errors.answer(errors.translate(error))


def init_openapi(app: Flask, doors: Sequence[Door]) -> DocumentedApi:
    """Collect what the blueprints registered with the returned api say about themselves."""
    app.config |= {
        "API_TITLE": "Darkroom",
        "API_VERSION": "1",
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {
            "info": {"description": "Batches of pictures in, finished work out, in three wire dialects."},
            "servers": [{"url": "/"}],
        },
    }
    plugin = MarshmallowPlugin(schema_name_resolver=schema_name)
    api = DocumentedApi(app, spec_kwargs={"marshmallow_plugin": plugin})
    for name, scheme in SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    api.spec.components.schema("Problem", PROBLEM_SCHEMA)
    for door in doors:
        for name, schema in door.components.items():
            api.spec.components.schema(name, schema=schema)
    app.extensions["darkroom_openapi"] = api
    app.register_blueprint(pages)
    return api


def schema_name(schema: Any) -> str:
    """`Credits` of the print dialect is PrintCredits in the document, so that no two dialects share a name."""
    kind = resolve_schema_cls(schema)
    named = kind[0] if isinstance(kind, list) else kind
    name = str(getattr(named, "__name__", named)).removesuffix("Schema")
    room = getattr(named, "__module__", "").split(".")[1:2]
    prefix = room[0].partition("_")[0].capitalize() if room and "." in named.__module__[len("batch_api.") :] else ""
    return name if name.startswith(prefix) else prefix + name


def document(app: Flask) -> dict[str, Any]:
    """The whole document as plain values."""
    found: dict[str, Any] = app.extensions["darkroom_openapi"].spec.to_dict()
    name_aliases(app, found)
    return share_replies(found)


def name_aliases(app: Flask, found: dict[str, Any]) -> None:
    """Tell each operation at which further addresses `also_at` serves it."""
    for rule in app.url_map.iter_rules():
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for operation in found["paths"].get(openapi_path(rule.rule), {}).values():
            if isinstance(operation, dict) and app.extensions.get(ALIASES, {}).get(view):
                operation["x-aliases"] = app.extensions[ALIASES][view]


def share_replies(found: dict[str, Any]) -> dict[str, Any]:
    """Move each reply that several operations give alike to the components, under the name of the first one's tag."""
    shared: dict[str, tuple[str, Any]] = {}
    for path in found["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            for status, reply in operation.get("responses", {}).items():
                if "$ref" in reply or not status.startswith(("4", "5")):
                    continue
                words = json.dumps(reply, sort_keys=True)
                base = f"{operation['tags'][0].split()[0].capitalize()}{status}"
                taken = {name for name, _ in shared.values()}
                fresh = next(name for name in (base, *(f"{base}v{n}" for n in range(2, 99))) if name not in taken)
                name, _ = shared.setdefault(words, (fresh, reply))
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    responses = found.setdefault("components", {}).setdefault("responses", {})
    responses |= dict(shared.values())
    return found


@pages.get("/openapi.json")
def show_document() -> Response:
    return json_reply(document(current_app), headers={"Cache-Control": "no-cache"})


@pages.get("/docs")
def show_page() -> Response:
    page = Response((STATIC / "docs.html").read_bytes(), content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


@pages.get("/docs/<name>")
def show_asset(name: str) -> Response:
    if name not in ASSETS:
        return errors.answer(NotFound())
    return Response((STATIC / name).read_bytes(), content_type=ASSETS[name], headers={"Cache-Control": "no-cache"})


def as_text(app: Flask) -> str:
    """The document as it is kept in docs/openapi.json: indented, keys sorted, ending in a line break."""
    return json.dumps(json.loads(to_json(document(app))), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
