"""Over real TLS: events reach who proves to be the target, and nobody else ever reads a byte of them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization

from opswheel.interfaces.service import hooks
from opswheel.interfaces.service.scheduler import Service

from .certificates import authority, certificate, tls_sink

SETTINGS = '[team]\nme = "ines"\n\n[webhooks]\nallow = ["localhost"]\nseconds = 5\n'
NOT_BELIEVED = "its certificate is not believed"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("strange"), "strange")


@pytest.fixture
def shop(make, here, ours, monkeypatch):
    """A machine that believes our authority, and sends by https only."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.path))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return make(SETTINGS)


def work(shop):
    service = Service(shop)
    service.feed()
    return service.work_off()


def deliveries(shop):
    return hooks.list_deliveries(shop, None, None, 10)["deliveries"]


def test_an_event_arrives_where_the_certificate_is_believed_and_names_the_target(shop, ours):
    with tls_sink(certificate(ours, "localhost")) as target:
        hooks.add_hook(shop, f"{target.url}/hook", ["run_finished"], "ines")
        assert work(shop) == 1
        ((path, headers, body),) = target.got
    assert (path, headers["Host"]) == ("/hook", f"localhost:{target.port}")
    assert headers["X-Opswheel-Signature"].startswith("t=") and '"run_finished"' in body
    assert [(d["state"], d["status"], d["error"]) for d in deliveries(shop)] == [("sent", 200, None)]


def wrong_name(ours, _strange):
    return certificate(ours, "hooks.example.com")


def wrong_signer(_ours, strange):
    return certificate(strange, "localhost")


def run_out(ours, _strange):
    return certificate(ours, "localhost", days=(-9, -2))


def its_own_signer(_ours, strange):
    """The strange authority's own certificate, shown as if it were a server's."""
    plain = serialization.NoEncryption()
    key = strange.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = strange.path.with_name("alone.pem")
    path.write_bytes(key + strange.path.read_bytes())
    return path


@pytest.mark.parametrize("shown", [wrong_name, wrong_signer, run_out, its_own_signer], ids=lambda f: f.__name__)
def test_nothing_is_sent_to_who_cannot_prove_to_be_the_target(shop, ours, strange, shown):
    with tls_sink(shown(ours, strange)) as target:
        hook = hooks.add_hook(shop, f"{target.url}/hook", ["run_finished"], "ines")["webhook"]
        work(shop)
        (waiting,) = deliveries(shop)
        assert (waiting["state"], waiting["attempts"], waiting["error"]) == ("waiting", 1, NOT_BELIEVED)
        tried = hooks.test_hook(shop, hook["id"])["delivery"]
        assert (tried["state"], tried["error"]) == ("dead", NOT_BELIEVED)
        assert target.got == []


def test_a_target_whose_certificate_is_never_mended_ends_among_the_dead_and_goes_when_it_is(shop, ours, strange):
    with tls_sink(certificate(strange, "localhost")) as target:
        hooks.add_hook(shop, f"{target.url}/hook", ["run_finished"], "ines")
        for _ in range(20):
            work(shop)
            shop.clock.on(hours=2)
        (dead,) = deliveries(shop)
        assert (dead["state"], dead["attempts"], dead["error"]) == ("dead", 12, NOT_BELIEVED)
        assert target.got == []
        shop.clock.on(days=1)
    with pytest.MonkeyPatch.context() as patch, tls_sink(certificate(strange, "localhost")) as target:
        patch.setenv("SSL_CERT_FILE", str(strange.path))  # from now on the machine believes the other authority
        _move(shop, target.port)
        hooks.retry_delivery(shop, dead["id"])
        work(shop)
        assert len(target.got) == 1
    assert [d["state"] for d in deliveries(shop)] == ["sent"]


def _move(shop, port):
    """The same target at another port, as a test cannot keep one."""
    from opswheel.core.contracts import WEBHOOKS

    with shop.ledger.write() as connection:
        connection.execute(WEBHOOKS.sql_table().update().values(url=f"https://localhost:{port}/hook"))
