"""The samples of docs/webhooks.md, taken from the page and run: each judges a delivery as it came."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping

import pytest
from installation import ROOT

PAGE = ROOT / "docs" / "webhooks.md"
CALLS = {
    "python": "\nimport json, sys\ntold = json.loads(sys.argv[1])\n"
    "sys.exit(0 if genuine(told['headers'], sys.stdin.buffer.read(), told['secret']) else 1)\n",
    "javascript": "\nconst told = JSON.parse(process.argv[2]);\n"
    "process.exit(genuine(told.headers, require('fs').readFileSync(0), told.secret) ? 0 : 1);\n",
    "php": "\n$told = json_decode($argv[1], true);\n"
    "exit(genuine($told['headers'], file_get_contents('php://stdin'), $told['secret']) ? 0 : 1);\n",
}
PROGRAMS = {"python": sys.executable, "javascript": "node", "php": "php"}


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.S)
    return ("<?php\n" if language == "php" else "") + found + CALLS[language]


def accepts(language: str, folder: object, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """What the page's sample says of it; skips where the language is not there."""
    program = shutil.which(PROGRAMS[language])
    if program is None:
        pytest.skip(f"needs {PROGRAMS[language]}")
    path = f"{folder}/sample.{language}"
    with open(path, "w") as out:
        out.write(sample(language))
    lowered = {name.lower(): value for name, value in headers.items()}
    told = json.dumps({"headers": lowered, "secret": secret})
    ran = subprocess.run([program, path, told], input=body, capture_output=True, timeout=60)
    assert ran.returncode in (0, 1) and not ran.stderr, ran.stderr.decode()
    return ran.returncode == 0
