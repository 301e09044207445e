"""The command line of scripts/upload: options, key files, and the one place where an exception becomes an exit code.
Never takes a key as an option and never reads one from the environment."""

import argparse
import contextlib
import errno
import json
import os
import re
import stat
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from uploading.collecting import Collector
from uploading.dialects import DIALECTS
from uploading.digests import Digests
from uploading.ending import Ending
from uploading.exits import BROKEN, MISUSED, TEMPORARY, Misused, Stop
from uploading.journal import Journal, take_lock
from uploading.orders import Order
from uploading.patience import Patience
from uploading.planning import Planner
from uploading.running import Run
from uploading.seams import read_seams
from uploading.sending import Sender
from uploading.telling import Teller
from uploading.wire import Wire

EPILOG = """exit codes: 0 all done; 1 some images failed for good; 2 wrong usage; 3 not enough credits (what is planned
stays planned); 4 the key was refused; 6 another run works with the same state folder; 70 a fault of this program;
75 temporary failure or ended by a signal: run the same command again, it goes on where this one stopped."""


WRONG_PLACE = (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError)
SETTLE_S, WATCH_SETTLE_S, INTERVAL_S = 2.0, 10.0, 5.0


@dataclass(frozen=True)
class Access:
    base_url: str
    key: str
    merchant: str


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="scripts/upload", description="Send pictures in batches and fetch the results.", epilog=EPILOG
    )
    add = made.add_argument
    add("source", nargs="*", metavar="SOURCE", help="folder, 'glob', picture, address, or list of them (@list, *.txt)")
    add("--url", help="address of the service (default: base_url of --account)")
    add("--dialect", choices=sorted(DIALECTS), help="default: the one that has the action")
    add(
        "--action",
        help="wallart, poster, clipart, upscale (print); bg-remove, photography, mockup, ad-poster (studio); "
        "analysis (shelf)",
    )
    add("--account", type=Path, metavar="FILE.json", help="base_url, merchant_id and keys, as demo_account.json")
    add("--key-file", type=Path, metavar="FILE", help="a file whose first line is the key")
    add("--merchant", metavar="ID", help="merchant id of the key (studio)")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the action; repeatable")
    add("--batch-size", type=int, metavar="N", help="pictures in a batch, within what the plan allows")
    add("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (default: results)")
    add("--state-dir", type=Path, metavar="DIR", help="journal and lock (default: OUT/.upload-state)")
    add("--wait", action=argparse.BooleanOptionalAction, default=True, help="wait for the results and fetch them")
    add("--collect", action="store_true", help="send nothing; fetch the results of earlier runs")
    add("--retry-failed", action="store_true", help="send pictures again that failed for good before")
    add("--watch", action="store_true", help="go on until SIGTERM or Ctrl-C and send what is dropped into SOURCE")
    add("--settle", type=float, metavar="SECONDS", help="how long a file keeps still to be taken (2; --watch: 10)")
    add("--interval", type=float, metavar="SECONDS", help="--watch: between two looks (5)")
    add("--retry-minutes", type=float, default=10.0, metavar="M", help="patience with failures that may pass (10)")
    add("--json", action="store_true", help="print a summary as JSON; events go to standard error")
    add("--quiet", action="store_true", help="print faults only")
    add("--failpoint", help=argparse.SUPPRESS)
    return made


def main(argv: Sequence[str]) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(argv)  # argparse ends with 2 for what it does not know
    teller, journal = Teller(quiet=options.quiet, as_json=options.json), None
    try:
        with contextlib.ExitStack() as closing:
            run = prepared(options, teller, closing)
            journal = run.journal
            run.ending.install()
            closing.callback(teller.stop)
            teller.start()
            code = (
                run.watch(options.settle, options.interval) if options.watch else run.once(options.wait, options.settle)
            )
    except Stop as stop:
        teller.fault(str(stop))
        code = stop.code
    except KeyboardInterrupt:
        code = TEMPORARY
    except OSError as fault:
        teller.fault(f"This machine refuses: {fault}")
        code = MISUSED if isinstance(fault, WRONG_PLACE) or fault.errno == errno.EROFS else TEMPORARY
    except Exception:  # noqa: BLE001  told whole, just below
        # Python's own code for this would be 1, which means something else here.
        teller.fault(traceback.format_exc())
        code = BROKEN
    waiting = sum(len(b.plan.items) - len(b.settled) for b in journal.state.open.values()) if journal else 0
    teller.summary(code, waiting)
    return code


def prepared(options: argparse.Namespace, teller: Teller, closing: contextlib.ExitStack) -> Run:
    """Everything opened and checked, nothing sent; `closing` closes it. Misused, Locked."""
    order = read_order(options)
    access = read_access(options, order.dialect)
    for path in (options.account, options.key_file):
        if path is not None and path.stat().st_mode & stat.S_IRWXO:
            teller.fault(f"'{path}' holds a key and may be read by everybody; chmod 600 would be better.")
    check_numbers(options)
    out = options.out
    state = options.state_dir or out / ".upload-state"
    ending, seams = Ending(), read_seams(options.failpoint)
    out.mkdir(parents=True, exist_ok=True)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)  # a studio job's id is the permission to fetch its results
    closing.callback(os.close, take_lock(state))
    journal = Journal(state, seams)
    closing.callback(journal.close)
    patience = Patience(options.retry_minutes, sleep=ending.sleep, told=teller.event)
    wire = Wire(access.base_url, access.key, patience, access.merchant)
    dialect = DIALECTS[order.dialect]
    return Run(
        sources=() if options.collect else tuple(options.source),
        own_folders=(out, state),
        dialect=dialect,
        wire=wire,
        journal=journal,
        teller=teller,
        planner=Planner(journal, teller, Digests(state), order, ending.check, options.retry_failed),
        sender=Sender(wire, journal, teller, dialect, order, seams),
        collector=Collector(wire, journal, teller, order.dialect, dialect, out, seams, ending.check),
        ending=ending,
        batch_size=options.batch_size,
    )


def read_order(options: argparse.Namespace) -> Order:
    """Dialect, action and options; what is missing is told from the rest where that is certain."""
    dialect, action = options.dialect, options.action
    if dialect is None:
        owners = [name for name, found in DIALECTS.items() if action in found.actions]
        if not owners:
            raise Misused("Say --dialect and --action, for example --dialect studio --action bg-remove.")
        dialect = owners[0]
    known = DIALECTS[dialect].actions
    action = action or (known[0] if len(known) == 1 else None)
    if action not in known:
        raise Misused(f"The dialect {dialect} has the actions {', '.join(known)}.")
    pairs = []
    for text in options.option:
        name, equals, value = text.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", name):
            raise Misused(f"--option takes NAME=VALUE, not '{text}'.")
        if name in DIALECTS[dialect].reserved:
            raise Misused(f"--option {name} is set by this program itself.")
        pairs.append((name, value))
    return Order(dialect, action, tuple(pairs))


def read_access(options: argparse.Namespace, dialect: str) -> Access:
    """The key and where to send it, from files only."""
    url, key, merchant = options.url, "", options.merchant or ""
    if options.account is not None:
        try:
            record = json.loads(key_text(options.account))
            url, key = url or record.get("base_url"), str(record["keys"][dialect])
            merchant = merchant or str(record.get("merchant_id") or "")
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Misused(f"'{options.account}' holds no key for {dialect}.") from fault
    if options.key_file is not None:
        key = key_text(options.key_file).strip().partition("\n")[0].strip()
    if not key or not key.isascii() or not key.isprintable():
        raise Misused("Say where the key is: --account FILE.json, or --key-file FILE.")
    if dialect == "studio" and not (merchant and merchant.isascii() and merchant.isprintable()):
        raise Misused("The studio wants a merchant id: --merchant ID.")
    parts = urlsplit(url or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misused("Say where the service is: --url https://…")
    return Access(str(url).rstrip("/"), key, merchant if dialect == "studio" else "")


def key_text(path: Path) -> str:
    """A key file's text."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Misused(f"'{path}' cannot be read: {fault}.") from fault


def check_numbers(options: argparse.Namespace) -> None:
    if options.batch_size is not None and options.batch_size < 1:
        raise Misused("--batch-size is at least 1.")
    if not options.watch and options.interval is not None:
        raise Misused("--interval goes with --watch.")
    if options.settle is None:
        options.settle = WATCH_SETTLE_S if options.watch else SETTLE_S
    options.interval = INTERVAL_S if options.interval is None else options.interval
    if options.settle < 0 or options.interval <= 0 or options.retry_minutes < 0:
        raise Misused("--settle, --interval and --retry-minutes are not negative, and --interval is not 0.")
    if options.watch and (options.collect or not options.wait):
        raise Misused("--watch sends and fetches; it goes with neither --collect nor --no-wait.")
    if options.collect and options.source:
        raise Misused("--collect takes no SOURCE.")
    if not options.collect and not options.source:
        raise Misused("Say what to send: a folder, a 'glob', a list file; or --collect.")
