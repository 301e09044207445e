"""The demo account of a first start: keys for the three dialects, kept in demo_account.json for its owner alone.

Never makes a second one while the first is known, and never shows keys to anybody but the owner of the data folder.
"""

import json
import os
from pathlib import Path
from typing import Any

from config import Settings
from jobs.tools import Tools
from storage.model import Dialect
from storage.records import accounts, keys

DEMO_CREDITS = 100_000
FILE_NAME = "demo_account.json"


def ensure_demo_account(tools: Tools) -> tuple[dict[str, Any], bool]:
    """The demo account's record and whether it was made now. The base address is refreshed at every start."""
    path = tools.settings.data_dir / FILE_NAME
    record: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if record and known(tools, record["merchant_id"]):
        if record["base_url"] != tools.settings.base_url:
            record["base_url"] = tools.settings.base_url
            write_private(path, record)
        return record, False
    record = make_demo_account(tools)
    write_private(path, record)
    return record, True


def known(tools: Tools, merchant_id: str) -> bool:
    """False when the database was put away and the file stayed."""
    with tools.database.read() as tx:
        return any(account.merchant_id == merchant_id for account in accounts.list_accounts(tx))


def make_demo_account(tools: Tools) -> dict[str, Any]:
    moment = tools.clock()
    with tools.database.write() as tx:
        account = accounts.create_account(
            tx, name="Demo", plan="scale", credits=DEMO_CREDITS, actor="scripts/serve", now=moment
        )
        shown = {
            dialect.value: keys.create_key(tx, account.id, dialect, role="admin", name="demo", now=moment)[1]
            for dialect in Dialect
        }
    return {
        "base_url": tools.settings.base_url,
        "merchant_id": account.merchant_id,
        "keys": shown,
        "webhook_secret": account.webhook_secret,
    }


def write_private(path: Path, record: dict[str, Any]) -> None:
    """Readable by its owner only from the first byte on."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(record, out, indent=2)
    os.replace(part, path)


def curl_lines(settings: Settings, record: dict[str, Any]) -> list[str]:
    """A word on what they need, then one line per dialect that works as it stands beside a `photo.jpg`."""
    base, shown = settings.base_url, record["keys"]
    return [
        "# in a folder with a picture of yours named photo.jpg",
        f"curl -s {base}/v1/batch/wallart -H 'Authorization: Bearer {shown['print']}' -F images=@photo.jpg",
        f"curl -s {base}/api/v1/batch.php -H 'Authorization: Bearer {shown['studio']}' "
        f"-H 'X-Merchant-Id: {record['merchant_id']}' -F action=bg-remove -F resolution=2K "
        f"-F 'options[platform]=amazon' -F 'image_files[]=@photo.jpg'",
        shelf_line(base, shown["shelf"]),
    ]


def shelf_line(base: str, key: str) -> str:
    """The shelf takes addresses, not files: a slot is opened, the photo is sent to it, the analysis names it.

    The length is told because a bucket's signature covers it.
    """
    head = f"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'"
    told = """'{"filename":"photo.jpg","bytes":'"$(wc -c <photo.jpg)"'}'"""
    pick = """python3 -c 'import json,sys; slot=json.load(sys.stdin)["data"]; print(slot["id"],slot["url"])'"""
    send = """curl -sfT photo.jpg -H 'Content-Type: image/jpeg' -o /dev/null "$url\""""
    named = """'{"images":[{"imageUrl":"upload:'"$id"'"}]}'"""
    ask = f"curl -s {base}/api/v1/analyses/batch {head} -d {named}"
    return f"curl -sf {base}/api/v1/uploads {head} -d {told} | {pick} | {{ read -r id url && {send} && {ask}; }}"
