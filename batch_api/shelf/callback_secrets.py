"""The callback secrets of a submit reply. A remembered reply holds null in their place, because what is remembered is
not sealed; the first reply and its replays get them from the analyses themselves. Never shows one anywhere else."""

import json
from typing import Any

from flask import Response

from batch_api.auth import Caller
from batch_api.replies import to_json
from batch_api.service import Service
from storage.errors import NotFound
from storage.records.images import get_image

NAME = "callbackSecret"
MARK = f'"{NAME}":null'.encode()


def with_secrets(found: Service, who: Caller, reply: Response) -> Response:
    """The same reply with every secret in its place; one whose analysis is gone stays null."""
    said = reply.get_data()
    if MARK not in said:
        return reply
    body = json.loads(said)
    data = body["data"]
    shown: list[dict[str, Any]] = [*data["analyses"], *body["analyses"]] if "analyses" in data else [data]
    secrets = secrets_of(found, who, {str(each["id"]) for each in shown if NAME in each})
    for each in shown:
        if NAME in each:
            each[NAME] = secrets.get(str(each["id"]))
    reply.set_data(to_json(body))
    return reply


def secrets_of(found: Service, who: Caller, ids: set[str]) -> dict[str, str | None]:
    known: dict[str, str | None] = {}
    with found.tools.database.read() as tx:
        for image_id in ids:
            try:
                known[image_id] = get_image(tx, image_id, who.account.id).callback_secret
            except NotFound:  # deleted with its account's data since
                known[image_id] = None
    return known
