"""The HTTP room: parse, check, call one function, answer. `create_app` is the row of steps that makes the app.

How a dialect plugs in
----------------------
A dialect is a folder with one `Door` (door.py), named in `dialects.py`; nothing else knows dialects. The door says:

* `blueprints`: flask-smorest blueprints whose MethodViews are documented by `documents.operation` (id, tags, example,
  errors, request body); further addresses of the same view by `documents.also_at`.
* `owns(path)`: the paths whose errors are in the dialect's words, even where no route matches (404, 405, 413, 500).
* `authenticate(request) -> auth.Caller`: built from `auth.bearer`, `auth.by_key`, `auth.by_session`. It runs before
  the body is read, for every endpoint of the blueprints but `open_endpoints`; twenty failures per minute and address
  are refused before it. Views find the result by `service.caller()`; `caller().require("write")` checks the role.
* `buckets(request, caller)`: the rate buckets counted once for every request; the fullest fills X-RateLimit-*.
  Costs that depend on the body go into `submissions.Task.charge`, which may call `admission.count`.
* `word_error(fault, request_id) -> ErrorReply`: any storage.errors.ServiceError as status and body. Codes are
  translated there, once. Retry-After, WWW-Authenticate and Allow are added for everybody.
* `idempotency`: a `Policy` (refuse or replay another body, wait for one in flight, header names).

A submitting view is one call, `submissions.accept(request, service(), DOOR, caller(), Task(...))`: it streams the body
into staging (`intake.receive`: fields and files in order of arrival, or `document` for JSON), lets `Task.translate`
make a neutral `Submission`, claims the Idempotency-Key, parses options and price through jobs.actions, checks capacity,
and submits in one transaction that also stores the reply which `Task.reply(batch, images)` words. When anything fails
nothing stays in staging. PHP names become nested values by `php_form.build(intake.fields)`; a `data:` address becomes
a staged file by `intake.stage_data_uri`, handed back through `intake.with_files` so that it is discarded on failure.
Addresses in replies come from jobs.links at each read. `replies.json_reply` is the one spelling of JSON.
"""

from flask import Flask

from batch_api.admission import init_admission
from batch_api.cautions import tell_cautions
from batch_api.dialects import DIALECTS
from batch_api.errors import init_errors
from batch_api.files import blueprint as files
from batch_api.health import blueprint as health
from batch_api.limits import Limiter, open_limiter
from batch_api.metrics import init_metrics, open_metrics
from batch_api.openapi import init_openapi
from batch_api.request_log import init_request_log
from batch_api.security import init_security
from batch_api.service import EXTENSION, Service
from config import Settings
from jobs.queue import Doorbell, RqDoorbell, connect
from jobs.tools import Tools, open_tools


def create_app(
    settings: Settings,
    *,
    tools: Tools | None = None,
    doorbell: Doorbell | None = None,
    limiter: Limiter | None = None,
) -> Flask:
    """The WSGI application of these settings; whatever is handed in replaces what the settings describe."""
    app = Flask("darkroom", static_folder=None)
    metrics = open_metrics()
    tell_cautions(settings)
    tools = tools or open_tools(settings)
    app.extensions[EXTENSION] = Service(
        tools=tools,
        doorbell=doorbell or RqDoorbell(connect(settings.redis_url), settings, tools.database),
        limiter=limiter
        or open_limiter(settings.redis_url, enabled=settings.rate_limits, fell_back=metrics.limiter_fallbacks.inc),
        doors=DIALECTS,
    )
    init_request_log(app)
    init_metrics(app, metrics)
    init_security(app, settings)
    init_errors(app)
    init_admission(app)
    api = init_openapi(app, DIALECTS)
    for blueprint in (health, files, *(part for door in DIALECTS for part in door.blueprints)):
        api.register_blueprint(blueprint)
    return app
