"""What is sent out reaches the open internet or what the settings name, and nothing makes it wait or wander."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time

import pytest

from opswheel.core.errors import WrongUse
from opswheel.core.settings.work import WebhookSettings
from opswheel.interfaces.service import reaching
from opswheel.interfaces.service.reaching import Forbidden, Unreached, is_open, parse_target, post, resolve

from .sinks import TARGETS_PATIENCE, drip_headers, endless_body, garbage, hang, huge_header, raw, sink

OPEN = WebhookSettings()
INSIDE = WebhookSettings(allow=("127.0.0.1",), plain_http=True, seconds=1.0)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1", "100::1"),
        *("2001:0:7f00:1::1", "64:ff9b:1::1", "fec0::1"),
    ],
)
def test_an_address_inside_is_known_however_it_is_written(address):
    assert not is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_open_address_is_open(address):
    assert is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/"),
        *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://localhost/", "https://0/", "https://017700000001/"),
        *("https://169.254.169.254/latest/meta-data/"),
    ],
)  # fmt: skip
def test_no_way_of_writing_this_machine_reaches_it(url):
    with pytest.raises(Forbidden):
        post(url, b"{}", {}, OPEN)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("https:///path", "no web address"),
        ("https://user:secret@example.com/", "holds a name or password"),
        ("https://example.com:99999/", "no URL"),
        ("https://exa mple.com/", "no URL"),
        ("https://example.com/\r\nHost: inside", "no URL"),
        ("https://example.com\\@127.0.0.1/", "no web address"),
        ("http://example.com/", "everybody on the way can read"),
        ("https://bücher.example/", "no URL"),
        ("https://example.com/" + "x" * 2000, "no URL"),
    ],
)
def test_a_url_that_is_none_is_refused_with_words_and_without_repeating_it(url, words):
    with pytest.raises(WrongUse, match=words) as refused:
        parse_target(url, OPEN)
    assert "secret" not in str(refused.value)


def answers(monkeypatch, *addresses):
    """A name server that gives these answers in turn, the last one for ever; returns what it was asked."""
    asked = []

    def look_up(host, port, **_):
        asked.append(host)
        these = addresses[min(len(asked), len(addresses)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in these]

    monkeypatch.setattr(reaching.socket, "getaddrinfo", look_up)
    return asked


def test_a_name_with_one_address_inside_among_open_ones_is_refused(monkeypatch):
    answers(monkeypatch, ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(Forbidden, match="leads to an address inside"):
        resolve(parse_target("https://hooks.example.com/", OPEN), OPEN, 1)


def test_a_name_that_turns_to_the_inside_after_the_check_gains_nothing(monkeypatch):
    asked = answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    reached = []

    def connect(_self, host, port, *_):
        reached.append((host, port))
        raise reaching.httpcore.ConnectError("no way out of this test")

    monkeypatch.setattr(reaching.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(Unreached, match="the connection failed"):
        post("https://hooks.example.com/x", b"{}", {}, OPEN)
    assert asked == ["hooks.example.com"]  # asked once: the answer that was checked is the one that counts
    assert reached == [("93.184.216.34", 443)]


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(reaching.socket, "getaddrinfo", lambda *_, **__: [over.wait(60)][1:])
    with pytest.raises(Unreached, match="no name server"):  # who waits a minute is told "no address" instead
        post("https://hooks.example.com/", b"{}", {}, WebhookSettings(seconds=0.3))
    over.set()


@pytest.mark.parametrize("answer", [hang, drip_headers, huge_header, garbage], ids=lambda f: f.__name__)
def test_a_target_that_hangs_drips_or_talks_nonsense_is_left_at_the_deadline(answer):
    with raw(answer) as port:
        began = time.monotonic()
        with pytest.raises(Unreached):
            post(f"http://127.0.0.1:{port}/", b"{}", {}, INSIDE)
        assert time.monotonic() - began < TARGETS_PATIENCE / 2


def test_a_target_whose_answer_never_ends_has_answered_with_its_first_line():
    with raw(endless_body) as port:
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}, INSIDE) == 200


@pytest.mark.parametrize("where", ["the same place again", "inside"])
def test_a_redirect_is_an_answer_and_never_followed(where):
    with sink() as target, sink() as inside:
        target.headers["Location"] = f"{target.url}/loop" if where != "inside" else f"{inside.url}/metadata"
        target.statuses = [302] * 5
        assert post(f"{target.url}/x", b"{}", {}, INSIDE) == 302
        assert (len(target.got), inside.got) == (1, [])


def test_what_is_sent_arrives_whole_with_its_headers():
    with sink() as target:
        assert post(f"{target.url}/a/b?c=d", b'{"n": 1}', {"X-One": "1"}, INSIDE) == 200
    ((path, headers, body),) = target.got
    assert (path, body, headers["X-One"], headers["Host"]) == ("/a/b?c=d", '{"n": 1}', "1", f"127.0.0.1:{target.port}")


def test_a_proxy_named_in_the_environment_sees_nothing(monkeypatch):
    with sink() as proxy, sink() as target:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(target.url, b"{}", {}, INSIDE) == 200
        assert (len(target.got), proxy.got) == (1, [])


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        (WebhookSettings(allow=("127.0.0.0/8",), plain_http=True), True),
        (WebhookSettings(allow=("localhost",), plain_http=True), True),
        (WebhookSettings(allow=("10.0.0.0/8", "hooks.example.com"), plain_http=True), False),
        (WebhookSettings(plain_http=True), False),
    ],
    ids=["its network is named", "its name is named", "others are named", "nothing is named"],
)
def test_inside_is_reached_only_where_the_settings_name_it(settings, fine):
    with sink() as target:
        url = f"http://localhost:{target.port}/"
        if fine:
            assert post(url, b"{}", {}, settings) == 200
        else:
            with pytest.raises(Forbidden):
                post(url, b"{}", {}, settings)
            assert target.got == []


def test_plain_http_to_the_open_internet_is_refused_even_where_plain_http_is_on(monkeypatch):
    answers(monkeypatch, ["93.184.216.34"])
    with pytest.raises(Forbidden, match="plain http"):
        post("http://hooks.example.com/", b"{}", {}, WebhookSettings(plain_http=True))


def test_a_closed_door_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreached, match="the connection failed"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, INSIDE)


@pytest.mark.parametrize("value", ["10.0.0.0/99", "not a name", "1.2.3", "http://x"])
def test_a_setting_that_names_no_target_is_refused(value):
    with pytest.raises(ValueError, match="neither a machine's name nor a network"):
        WebhookSettings(allow=(value,))
