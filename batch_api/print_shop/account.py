"""What an account has and may do: balance, ledger, limits. Reads only."""

from flask import Response, request
from flask.views import MethodView

from batch_api.print_shop import schemas, views
from batch_api.print_shop.entrance import (
    GENERAL_PER_MINUTE,
    PAGING,
    PROCESSING_PER_MINUTE,
    blueprint,
    described,
    page_of,
    unknown_cursor,
)
from batch_api.print_shop.ordering import FORMATS, limits_of
from batch_api.replies import json_reply
from batch_api.service import caller, service
from storage.clock import iso
from storage.errors import NotFound
from storage.records import ledger

TAG = "print account"


@blueprint.route("/v1/account")
class AccountView(MethodView):
    @described("getAccount", TAG, reply=schemas.AccountBody)
    def get(self) -> Response:
        """The account, its credits and its limits"""
        found, account = service(), caller().account
        with found.tools.database.read() as tx:
            balance = ledger.balance(tx, account.id)
        settings, bounds = found.settings, limits_of(found.settings)
        return json_reply(
            {
                "account_id": account.id,
                "id": account.id,
                "name": account.name,
                "plan": account.plan,
                "created_at": iso(account.created_at),
                "unlimited": account.unlimited,
                **views.credits(balance),
                "limits": {
                    "max_batch_size": settings.print_max_batch,
                    "max_file_bytes": bounds.file_bytes,
                    "max_request_bytes": bounds.request_bytes,
                    "max_queued_jobs": settings.print_queue_cap,
                    "requests_per_minute": GENERAL_PER_MINUTE,
                    "submissions_per_minute": PROCESSING_PER_MINUTE,
                    "formats": [name.lower() for name in FORMATS],
                    "link_hours": settings.link_hours,
                },
            }
        )


@blueprint.route("/v1/credits")
class CreditsView(MethodView):
    @described("getCredits", TAG, reply=schemas.Credits)
    def get(self) -> Response:
        """Credits: available, held by running batches, spent"""
        with service().tools.database.read() as tx:
            return json_reply(views.credits(ledger.balance(tx, caller().account.id)))


@blueprint.route("/v1/credits/transactions")
class TransactionsView(MethodView):
    @described("listTransactions", TAG, 400, reply=schemas.TransactionPage, parameters=PAGING)
    def get(self) -> Response:
        """The ledger, newest first"""
        limit, after = page_of(request)
        try:
            with service().tools.database.read() as tx:
                page = ledger.entries(tx, caller().account.id, after=after, limit=limit + 1)
        except NotFound as fault:
            raise unknown_cursor() from fault
        return json_reply(
            {
                "transactions": [views.transaction(entry) for entry in page[:limit]],
                "has_more": len(page) > limit,
                "next_cursor": page[limit - 1].id if len(page) > limit else None,
            }
        )
