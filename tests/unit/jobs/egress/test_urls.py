"""The table of URLs: schemes, ports, spellings of addresses, names, and what may not stand in a URL at all."""

import pytest

from jobs.egress.urls import NOT_PUBLIC, EgressPolicy, UrlRefused, check_url, parse_allowed

STRICT = EgressPolicy()
PLAIN = EgressPolicy(allow_http=True)
LOCAL = EgressPolicy(allowed=frozenset({("127.0.0.1", 9000), ("minio", 9001), ("::1", 9002)}), ports=frozenset({8443}))

PASSED = [
    ("https://example.com", "https://example.com/"),
    ("https://example.com/", "https://example.com/"),
    ("HTTPS://EXAMPLE.com/A.png", "https://example.com/A.png"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("https://example.com:/a", "https://example.com/a"),
    ("https://example.com:0443/a", "https://example.com/a"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://example.com/a#part", "https://example.com/a"),
    ("https://example.com#part", "https://example.com/"),
    ("https://example.com?x=1", "https://example.com/?x=1"),
    ("https://example.com/?", "https://example.com/?"),
    ("https://example.com/a?b=https://c/@d&e=f%20g", "https://example.com/a?b=https://c/@d&e=f%20g"),
    ("https://example.com/a@b/c", "https://example.com/a@b/c"),
    ("https://example.com/büro.png?ü=1", "https://example.com/b%C3%BCro.png?%C3%BC=1"),
    ('https://example.com/a|b{c}"<>^`', "https://example.com/a%7Cb%7Bc%7D%22%3C%3E%5E%60"),
    ("https://my_bucket.s3.example.com/a", "https://my_bucket.s3.example.com/a"),
    ("https://xn--bcher-kva.example/a", "https://xn--bcher-kva.example/a"),
    ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ("https://BÜCHER。example/a", "https://xn--bcher-kva.example/a"),
    ("https://faß.example/", "https://xn--fa-hia.example/"),
    ("https://ｅｘａｍｐｌｅ.com/", "https://example.com/"),
    ("https://8.8.8.8/a", "https://8.8.8.8/a"),
    ("https://134744072/a", "https://8.8.8.8/a"),
    ("https://010.8.2056/a", "https://8.8.8.8/a"),
    ("https://0x8.0x8.0x8.0x8/a", "https://8.8.8.8/a"),
    ("https://８.８.８.８/a", "https://8.8.8.8/a"),
    ("https://8.8.8.8./a", "https://8.8.8.8/a"),
    ("https://[2606:4700::1111]/a", "https://[2606:4700::1111]/a"),
    ("https://[2606:4700:0::1111]:443/a", "https://[2606:4700::1111]/a"),
    ("https://[::ffff:808:808]/a", "https://[::ffff:808:808]/a"),
    ("https://1.2.3.example/a", "https://1.2.3.example/a"),
]

_INNER = """
https://127.0.0.1/ https://127.1/ https://127.0.1/ https://0x7f000001/ https://2130706433/ https://017700000001/
https://0x7f.1/ https://0X7F.0.0.1/ https://0/ https://0x/ https://127.0.0.1./ https://１２７.０.０.１/ https://①②⑦.0.0.1/
https://127。0。0。1/ https://[::1]/ https://[::]/ https://[::ffff:7f00:1]/ https://[::ffff:127.0.0.1]/
https://[0:0:0:0:0:ffff:7f00:0001]/ https://[fe80::1%25eth0]/ https://[fe80::1%eth0]/ https://[64:ff9b::7f00:1]/
https://169.254.169.254/latest/meta-data/ https://2852039166/ https://0251.0376.0251.0376/ https://[fd00:ec2::254]/
https://168.63.129.16/ https://100.100.100.200/ https://10.0.0.1/ https://192.168.1/ https://[2002:7f00:1::]/
https://localhost/ https://localhost./ https://LOCALHOST/ https://a.localhost/ https://ｌｏｃａｌｈｏｓｔ/ https://redis/
https://printer.local/ https://db.internal/ https://router.home.arpa/ https://x.onion/ https://metadata.google.internal./
"""

MALFORMED = [
    "", "/a/b.png", "example.com/a", "//example.com/a", "https:/example.com", "https:example.com", "https://", "https:///a",
    "https://?x", "https://#x", "https://:443/", "https://./", "https://../", "https://a..example/", "https://.example.com/",
    "https://user@example.com/", "https://user:secret@example.com/", "https://example.com@8.8.8.8/", "https://@example.com/",
    "https://example.com /", " https://example.com/", "https://example.com/a b", "https://example.com/\ta",
    "https://example.com/a\n", "https://example.com/\r\nX: y", "https://example.com/\x00", "https://exa\u200bmple.com/",
    "https://example.com\\@8.8.8.8/", "https:\\\\example.com\\", "https://example.com/\u2028a", "https://example.com/\ud800",
    "https://example.com:80x/", "https://example.com:-1/", "https://example.com:+443/", "https://example.com:99999999999999/",
    "https://example.com:443:443/", "https://[::1/", "https://::1/", "https://[::g]/", "https://[]/", "https://[8.8.8.8]/",
    "https://[2606:4700::1]x/", "https://%31%32%37.0.0.1/", "https://ex%61mple.com/", "https://exa mple.com/",
    "https://256.256.256.256/", "https://1.2.3.4.5/", "https://09.1.1.1/", "https://4294967296/", "https://1.2.3.256/",
    "https://1.65536.1/", "https://0xg.1/", "https://-example.com/", "https://example-.com/", "https://xn--.example/",
    "https://xn--a.example/", "https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/", "https://ex*mple.com/",
    "https://bü_cher.example/", "https://example.com/" + "a" * 2030, "https://①.⒈.example$/",
]  # fmt: skip

_OTHER_SCHEMES = """
ftp://example.com/ file:///etc/passwd gopher://example.com/ dict://example.com:11211/ javascript://example.com/
ws://example.com/ httpss://example.com/ http+unix://%2Fvar%2Frun/ data://example.com/ HTTP://example.com/
http://example.com/
"""


@pytest.mark.parametrize(("url", "normal"), PASSED)
def test_passed_in_its_one_normal_form(url: str, normal: str) -> None:
    checked = check_url(url, STRICT, "image")
    assert checked.url == normal
    assert check_url(normal, STRICT, "webhook").url == normal


@pytest.mark.parametrize("url", _INNER.split())
def test_inner_addresses_are_refused_in_one_wording(url: str) -> None:
    with pytest.raises(UrlRefused) as caught:
        check_url(url, STRICT, "image")
    assert caught.value.public == NOT_PUBLIC


@pytest.mark.parametrize("url", MALFORMED + _OTHER_SCHEMES.split())
def test_malformed_and_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, STRICT, "image")


def test_plain_http_is_for_pictures_and_only_by_the_operator() -> None:
    checked = check_url("http://example.com:80/a", PLAIN, "image")
    assert (checked.url, checked.port, checked.authority) == ("http://example.com/a", 80, "example.com")
    with pytest.raises(UrlRefused, match="https"):
        check_url("http://example.com/a", PLAIN, "webhook")
    with pytest.raises(UrlRefused):
        check_url("http://127.0.0.1/a", PLAIN, "image")


@pytest.mark.parametrize(
    "url",
    ["https://example.com:80/", "https://example.com:8443/", "http://example.com:443/", "https://example.com:22/",
     "https://8.8.8.8:0/"],
)  # fmt: skip
def test_other_ports_are_refused(url: str) -> None:
    with pytest.raises(UrlRefused, match="Port"):
        check_url(url, PLAIN, "image")


def test_ports_and_hosts_that_the_operator_adds() -> None:
    assert check_url("https://example.com:8443/", LOCAL, "webhook").authority == "example.com:8443"
    for url in ("http://127.0.0.1:9000/a", "http://0x7f000001:9000/a", "https://127.1:9000/a"):
        checked = check_url(url, LOCAL, "webhook")
        assert (checked.listed, checked.host, checked.target) == (True, "127.0.0.1", "/a")
    assert check_url("http://MINIO:9001/", LOCAL, "image").listed
    assert check_url("http://[::1]:9002/", LOCAL, "image").authority == "[::1]:9002"
    assert not check_url("https://example.com:8443/", LOCAL, "image").listed
    for url in ("http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "https://127.0.0.1:8443/", "ftp://127.0.0.1:9000/",
                "http://u@127.0.0.1:9000/", "https://minio/"):  # fmt: skip
        with pytest.raises(UrlRefused):
            check_url(url, LOCAL, "image")


def test_allow_list_entries() -> None:
    assert parse_allowed(["127.0.0.1:9000", "LocalHost:80", "[::1]:9002"]) == {
        ("127.0.0.1", 9000), ("localhost", 80), ("::1", 9002)
    }  # fmt: skip
    assert parse_allowed([]) == frozenset()
    for wrong in ("127.0.0.1", ":80", "host:", "http://host:80", "a..b:80"):
        with pytest.raises(ValueError):
            parse_allowed([wrong])


def test_proxy_must_be_plain_http() -> None:
    for proxy in ("http://127.0.0.1:3128", "http://me:pw@proxy.example:3128/", "http://[::1]:3128"):
        assert EgressPolicy(proxy=proxy).proxy == proxy
    for proxy in ("https://proxy:1", "proxy:1", "http://proxy", "socks5://proxy:1", ""):
        with pytest.raises(ValueError):
            EgressPolicy(proxy=proxy)
