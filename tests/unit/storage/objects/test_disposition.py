"""A download's name survives for people and cannot break the header for machines."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.disposition import content_disposition


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("print 8x10.jpg", 'attachment; filename="print 8x10.jpg"'),
        ("Käse.jpg", "attachment; filename=\"Kase.jpg\"; filename*=UTF-8''K%C3%A4se.jpg"),
        ("猫.png", "attachment; filename=\"download.png\"; filename*=UTF-8''%E7%8C%AB.png"),
        ("", 'attachment; filename="download"'),
        ("../../etc/passwd", 'attachment; filename="etcpasswd"'),
        ('a"; filename="b.exe', "attachment; filename=\"a_ filename=b.exe\"; filename*=UTF-8''a%3B%20filename%3Db.exe"),
        ("a\r\nSet-Cookie: x", 'attachment; filename="aSet-Cookie x"'),
        ("gnp.\u202egpj.exe", 'attachment; filename="gnp.gpj.exe"'),
    ],
)
def test_examples(name: str, header: str) -> None:
    assert content_disposition(name, inline=False) == header


def test_inline() -> None:
    assert content_disposition("a.jpg", inline=True) == 'inline; filename="a.jpg"'


@given(st.text(max_size=400))
def test_any_name_gives_one_clean_header(name: str) -> None:
    header = content_disposition(name, inline=False)
    assert re.fullmatch(r"attachment; filename=\"[ -!#-~]+\"(; filename\*=UTF-8''[!-~]+)?", header)
    assert len(header) < 3000
    message = Message()
    message["Content-Disposition"] = header
    shown = message.get_filename()
    assert shown and "/" not in unquote(shown) and "\\" not in unquote(shown)


def test_a_long_name_keeps_its_ending() -> None:
    header = content_disposition("x" * 500 + ".jpeg", inline=False)
    assert header.endswith('x.jpeg"') and len(header) < 230
