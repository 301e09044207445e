"""Credits, plan, limits and maxBatchSize; and an honest answer on the addresses that a later version brings."""

from datetime import UTC, datetime
from typing import Any

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from batch_api.auth import Caller
from batch_api.documents import also_at
from batch_api.limits import Bucket
from batch_api.replies import json_reply
from batch_api.service import Service, caller, service
from batch_api.shelf import documents, schemas
from batch_api.shelf.buckets import analyses_bucket, plan_of, reads_bucket, writes_bucket
from batch_api.shelf.describing import described
from storage.clock import iso
from storage.errors import Unavailable
from storage.records.accounts import Usage
from storage.records.accounts import usage as account_usage

blueprint = Blueprint("shelf-usage", __name__, description="Credits and limits.")
LATER = ("products", "reports", "places", "tasks", "inventory", "orders", "accounts", "alerts", "members")


@blueprint.route("/api/v1/usage")
class UsageView(MethodView):
    @described(blueprint, "usage", schemas.Usage, documents.USAGE)
    def get(self) -> Response:
        """Credits, plan, maxBatchSize and rate limits of the account; any dialect's key may ask."""
        found, who = service(), caller()
        with found.tools.database.read() as tx:
            used = account_usage(tx, who.account.id, found.now())
        return json_reply(usage_body(found, who, used))


also_at(blueprint, UsageView, "UsageView", "/v1/usage")


def usage_body(found: Service, who: Caller, used: Usage) -> dict[str, Any]:
    """The reference's shape in `data`; the credits page's keys beside it."""
    plan = plan_of(who)
    remaining = used.plan_remaining + used.payg_remaining
    data = {
        "maxBatchSize": plan.max_batch_size,
        "credits": {
            "remaining": remaining,
            "usedThisPeriod": used.used_this_period,
            "plan": used.plan_remaining,
            "payg": used.payg_remaining,
        },
        "plan": {"tier": plan.tier, "periodEnd": iso(used.period_end), "billingInterval": "monthly"},
        "rateLimits": {
            "analyses": left(found, analyses_bucket(who)),
            "reads": left(found, reads_bucket(who)),
            "writes": left(found, writes_bucket(who)),
        },
    }
    beside = {
        "plan": plan.tier,
        "billingCycleStart": iso(used.period_start),
        "billingCycleEnd": iso(used.period_end),
        "planCredits": {
            "total": used.plan_remaining + used.used_this_period,
            "used": used.used_this_period,
            "remaining": used.plan_remaining,
        },
        "paygCredits": {"remaining": used.payg_remaining},
        "totalRemaining": remaining,
        "maxBatchSize": plan.max_batch_size,
    }
    return {"data": data, **beside}


def left(found: Service, bucket: Bucket) -> dict[str, Any]:
    allowance = found.limiter.peek(bucket)
    return {
        "limit": bucket.limit,
        "remaining": allowance.remaining,
        "resetAt": iso(datetime.fromtimestamp(allowance.reset_at, UTC)),
    }


class LaterView(MethodView):
    """Addresses of the documented surface that this version does not serve yet."""

    def not_yet(self, **path: str) -> Response:
        raise Unavailable("This part of the API is not available yet.", code="action_unavailable")

    get = post = patch = not_yet


LATER_RULES = [f"/api/v1/{name}{below}" for name in LATER for below in ("", "/<path:rest>")]
also_at(blueprint, LaterView, "later", *LATER_RULES)
