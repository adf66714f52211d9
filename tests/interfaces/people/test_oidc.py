"""Sign-in by a company's own provider: only what the provider signed, for us, now, for this very sign-in, lets in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, unquote_plus, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from opswheel.core.contracts import KEPT_ANSWERS
from opswheel.core.errors import BadSettings
from opswheel.interfaces.people import oidc
from opswheel.interfaces.serving import build_app
from tests.interfaces.api.kit import HERE, House

ISSUER = "https://id.example.com/shop"
CLIENT, SECRET = "opswheel client", "s3cret/+"
SETTINGS = f'[serve.oidc]\nissuer = "{ISSUER}"\nclient_id = "{CLIENT}"\n'
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
INES = {"sub": "u1", "email": "Ines@Example.com", "email_verified": True}


class Company:
    """A tiny provider: knows codes it gave out, checks who trades them, signs tokens. `lie` changes what it does."""

    def __init__(self, clock, **lie):
        self.clock, self.lie, self.codes, self.said = clock, lie, {}, []

    def agree(self, address, person=INES):
        """Somebody says who they are; returns where the browser is sent."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid email")
        assert asked["code_challenge_method"] == "S256"
        code = f"code {len(self.codes)}"
        self.codes[code] = (asked, person)
        return f"/sign-in/oidc/back?{httpx.QueryParams({'code': code, 'state': asked['state']})}"

    def __call__(self, request):
        self.said.append(request.url.path)
        if request.url.path.endswith("/.well-known/openid-configuration"):
            places = {n: f"{ISSUER}/{n}" for n in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return httpx.Response(200, json={"issuer": ISSUER, **places, **self.lie.get("discovery", {})})
        if request.url.path.endswith("/jwks_uri"):
            odd = {"kty": "XYZ", "kid": "one"}
            return httpx.Response(200, json={"keys": [odd, KEY.as_dict(private=False)]})
        assert request.url.path.endswith("/token_endpoint")
        return self._trade(request)

    def _trade(self, request):
        form = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        name, _, secret = base64.b64decode(request.headers["authorization"].split()[1]).decode().partition(":")
        asked, person = self.codes.pop(form["code"], (None, None))
        if asked is None or (unquote_plus(name), unquote_plus(secret)) != (CLIENT, SECRET):
            return httpx.Response(400, json={"error": "invalid_grant"})
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        assert proof == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"] == f"{HERE}/sign-in/oidc/back"
        return httpx.Response(200, json={"id_token": self._signed(asked["nonce"], person), "access_token": "a"})

    def _signed(self, nonce, person):
        now = oidc._seconds(self.clock.at)
        claims = {"iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **person}
        claims |= {k: v(now) if callable(v) else v for k, v in self.lie.get("claims", {}).items()}
        for name in self.lie.get("without", ()):
            del claims[name]
        if self.lie.get("none"):
            parts = ({"alg": "none"}, claims)
            words = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
            return f"{'.'.join(words)}."
        if "shared" in self.lie:  # the public key taken for a shared secret
            parts = ({"alg": "HS256", "kid": "one"}, claims)
            words = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
            made = hmac.digest(KEY.as_pem(private=False), words.encode(), "sha256")
            return f"{words}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.lie.get("key", KEY))
        if "tamper" in self.lie:
            head, _, tail = token.split(".")
            changed = base64.urlsafe_b64encode(json.dumps(claims | self.lie["tamper"]).encode()).decode().rstrip("=")
            token = f"{head}.{changed}.{tail}"
        return token


def _house(ledger, tmp_path, monkeypatch, **lie):
    monkeypatch.setenv(oidc.SECRET, SECRET)
    house = House(tmp_path, ledger, settings=SETTINGS)
    house.company = Company(house.clock, **lie)
    house.app.state.oidc.client = httpx.Client(transport=httpx.MockTransport(house.company))
    house.user("boss", "admin")
    _mail(house, house.user("ines", "operator"), "ines@example.com")
    _mail(house, house.user("tom", "operator"), "tom@example.com")
    return house


def _mail(house, name, email):
    from opswheel.core.contracts import USERS

    users = USERS.sql_table()
    with house.ledger.write() as connection:
        connection.execute(users.update().where(users.c.name == name).values(email=email))


@pytest.fixture
def house(ledger, tmp_path, monkeypatch):
    return _house(ledger, tmp_path, monkeypatch)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A house on SQLite whose company lies as a test says."""
    from opswheel.storage.ledger import Ledger

    made = []

    def build(**lie):
        ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
        ledger.prepare()
        made.append(ledger)
        return _house(ledger, tmp_path, monkeypatch, **lie)

    yield build
    for ledger in made:
        ledger.close()


class Browser:
    """Keeps its cookies; follows nothing by itself."""

    def __init__(self, house, base=HERE):
        import asyncio

        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False, client=("127.0.0.1", 40_000))
        self._client = httpx.AsyncClient(transport=transport, base_url=base)
        self._run, self.cookies = asyncio.run, self._client.cookies

    def get(self, path):
        return self._run(self._client.get(path))

    def begin(self, to="/wheel"):
        went = self.get(f"/sign-in/oidc?next={to}")
        assert went.status_code == 303, went.text
        return went

    def me(self):
        return self.get("/api/v1/me")


def come_in(house, person=INES, browser=None):
    browser = browser or Browser(house)
    return browser, browser.get(house.company.agree(browser.begin().headers["location"], person))


def test_whom_the_company_vouches_for_gets_the_ordinary_session_of_that_user(house):
    browser, came = come_in(house)
    assert (came.status_code, came.headers["location"]) == (303, "/wheel")
    told = browser.me().json()
    assert (told["name"], told["role"], told["via"]) == ("ines", "operator", "session")
    line = house.log("sign_in")[-1]
    assert (line.who, json.loads(line.detail)) == ("ines", {"how": "oidc"})
    assert not [name for name in browser.cookies if name.endswith("_oidc")]


def test_the_cookie_is_out_of_reach_and_tells_nothing_that_is_secret(alone):
    house = alone()
    for base, secure in ((HERE, False), (HERE.replace("http:", "https:"), True)):
        went = Browser(house, base).begin()
        cookie = went.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=600" in cookie
        assert ("Secure" in cookie) is secure
        asked = {k: v[0] for k, v in parse_qs(urlsplit(went.headers["location"]).query).items()}
        shown = base64.urlsafe_b64decode(cookie.partition("=")[2].strip('"').partition(".")[0] + "==").decode()
        assert asked["state"] not in shown and asked["nonce"] not in shown
        assert asked["state"] != asked["nonce"]


def refused(house, answer, words, browser):
    """Not let in, told why on the sign-in page, and no session."""
    assert answer.status_code in (401, 429), answer.text
    assert words in answer.text.replace("&#39;", "'"), answer.text
    assert "Sign in with your company" in answer.text
    assert browser.me().status_code == 401
    assert not house.log("sign_in")


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "another"}},
        {"without": ["nonce"]},
        {"claims": {"aud": "another client"}},
        {"claims": {"aud": [CLIENT, "another client"]}},
        {"without": ["aud"]},
        {"claims": {"iss": "https://evil.example.com"}},
        {"claims": {"exp": lambda now: now - 61}},
        {"without": ["exp"]},
        {"claims": {"iat": lambda now: now + 3600}},
        {"key": STRANGER},
        {"tamper": {"email": "tom@example.com"}},
        {"none": True},
        {"shared": True},
    ],
    ids=[
        "wrong nonce", "no nonce", "another's audience", "for two, not said by whom", "no audience", "another issuer",
        "expired", "never expires", "from the future", "a stranger's key", "tampered", "unsigned",
        "the key as a secret",
    ],
)  # fmt: skip
def test_a_token_that_is_not_the_companys_word_for_this_sign_in_lets_nobody_in(alone, lie):
    house = alone(**lie)
    browser, came = come_in(house)
    refused(house, came, "cannot be trusted", browser)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"sub": "1", "email": "eve@example.com", "email_verified": True}, "has the e-mail address eve@example.com"),
        ({**INES, "email_verified": False}, "no verified e-mail address"),
        ({**INES, "email_verified": "true"}, "no verified e-mail address"),
        ({"sub": "1", "email": "ines@example.com"}, "no verified e-mail address"),
        ({"sub": "1"}, "no verified e-mail address"),
        ({**INES, "email": "<script>alert(1)</script>@x"}, "has the e-mail address &lt;script&gt;"),
    ],
    ids=["unknown", "unverified", "verified by a word", "not told whether", "no address", "a script for an address"],
)
def test_who_is_no_user_here_is_told_so_and_nobody_is_added(alone, person, words):
    house = alone()
    browser, came = come_in(house, person)
    refused(house, came, words, browser)
    assert "eve@" not in str(house.log())


def test_a_disabled_user_stays_out_also_when_the_company_vouches_for_them(house):
    from opswheel.interfaces.people import audit, users

    users.change(house.workspace, "ines", disabled=True, doer=audit.Doer("boss"))
    browser, came = come_in(house)
    refused(house, came, "Nobody who may sign in here", browser)
    assert [r.subject for r in house.log("sign_in.refused")] == ["user/ines"]


def test_a_state_is_taken_once_by_the_browser_that_began_it_and_soon(house):
    browser = Browser(house)
    back = house.company.agree(browser.begin().headers["location"])
    kept = dict(browser.cookies)
    other = Browser(house)
    refused(house, other.get(back), "begun in another browser", other)
    other.begin()
    refused(house, other.get(back), "belongs to another sign-in", other)
    asked = len(house.company.said)
    assert browser.get(back).status_code == 303
    thief = Browser(house)
    thief.cookies.update(kept)
    again = thief.get(house.company.agree(f"{ISSUER}/x?{_same_question(house, back)}"))
    assert again.status_code == 401 and "was used already" in again.text
    assert len(house.company.said) == asked + 3  # discovery, keys and token of the one that was right; nothing else
    late = Browser(house)
    back = house.company.agree(late.begin().headers["location"])
    house.clock.forward(minutes=10)
    answer = late.get(back)
    assert answer.status_code == 401 and "too long ago" in answer.text


def _same_question(house, back):
    state = parse_qs(urlsplit(back).query)["state"][0]
    asked = {"response_type": "code", "client_id": CLIENT, "scope": "openid email", "state": state, "nonce": "n"}
    return httpx.QueryParams(asked | {"code_challenge_method": "S256", "code_challenge": "c"})


@pytest.mark.parametrize("part", ["seed", "mark"])
def test_a_forged_cookie_begins_nothing(alone, part):
    house = alone()
    browser = Browser(house)
    back = house.company.agree(browser.begin().headers["location"])
    name, value = next((n, v) for n, v in browser.cookies.items() if n.endswith("_oidc"))
    told, _, mark = value.strip('"').partition(".")
    seed = base64.urlsafe_b64encode(json.dumps(["x", "/", 9**12]).encode()).decode()
    forged = f"{seed}.{mark}" if part == "seed" else f"{told}.{mark[::-1]}"
    other = Browser(house)
    other.cookies.set(name, forged)
    refused(house, other.get(back), "begun in another browser", other)


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"discovery": {"issuer": "https://evil.example.com"}}, "another issuer than the settings"),
        ({"discovery": {"authorization_endpoint": "http://id.example.com/a"}}, "did not answer as expected"),
        ({"discovery": {"authorization_endpoint": None}}, "did not answer as expected"),
    ],
    ids=["another's document", "not over https", "no address"],
)
def test_a_discovery_document_that_is_not_the_issuers_sends_nobody_anywhere(alone, lie, words):
    house = alone(**lie)
    browser = Browser(house)
    refused(house, browser.get("/sign-in/oidc"), words, browser)


def test_a_company_that_says_no_or_cannot_be_reached_is_told_on_the_page(alone):
    house = alone()
    browser = Browser(house)
    state = parse_qs(urlsplit(browser.begin().headers["location"]).query)["state"][0]
    refused(house, browser.get(f"/sign-in/oidc/back?error=access_denied&state={state}"), "did not let you in", browser)
    back = house.company.agree(browser.begin().headers["location"])
    house.company.codes.clear()
    refused(house, browser.get(back), "did not answer as expected", browser)

    def nobody(request):
        raise httpx.ConnectError("no route", request=request)

    house.app.state.oidc.client = httpx.Client(transport=httpx.MockTransport(nobody))
    refused(house, browser.get("/sign-in/oidc"), "cannot be reached", browser)


@pytest.mark.parametrize(
    "to", ["//evil.example.com", "https://evil.example.com/", "/\\evil.example.com", "javascript:1"]
)
def test_nobody_is_led_elsewhere_after_signing_in(alone, to):
    house = alone()
    browser = Browser(house)
    went = browser.get(house.company.agree(browser.begin(to).headers["location"]))
    assert (went.status_code, went.headers["location"]) == (303, "/")


def test_without_the_setting_there_is_no_such_route_and_no_link(alone, tmp_path):
    house = alone()
    assert "Sign in with your company" in Browser(house).get("/sign-in").text
    (tmp_path / "opswheel.toml").write_text("")
    del house.workspace.__dict__["settings"]
    house.app = build_app(house.workspace)
    plain = Browser(house)
    assert "your company" not in plain.get("/sign-in").text
    assert plain.get("/sign-in/oidc").status_code == 404


def test_what_is_missing_is_said_when_the_server_starts(alone, monkeypatch):
    house = alone()
    monkeypatch.setenv(oidc.SECRET, "")
    with pytest.raises(BadSettings, match="OPSWHEEL_OIDC_SECRET is empty"):
        build_app(house.workspace)
    monkeypatch.setenv(oidc.SECRET, SECRET)
    monkeypatch.setattr(oidc, "find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"needs the extra `oidc`.*opswheel\[oidc\]"):
        build_app(house.workspace)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('issuer = "https://id.example.com"', "go together"),
        ('issuer = "http://id.example.com"\nclient_id = "x"', "begins with https"),
        ('issuer = "http://localhost.example.com"\nclient_id = "x"', "begins with https"),
        ('issuer = "https://id.example.com"\nclient_id = "x"\nscopes = ["email"]', "at least openid"),
        ('issuer = "https://id.example.com"\nclient_id = "x"\nsecret = "y"', "secret"),
    ],
    ids=["half", "plain http", "a name that begins like ours", "no openid", "the secret in the file"],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path, said, words):
    from opswheel.core.settings import read_settings

    (tmp_path / "opswheel.toml").write_text(f"[serve.oidc]\n{said}\n")
    with pytest.raises(BadSettings, match=words):
        read_settings(tmp_path)


def test_the_keys_of_the_company_may_change_and_of_several_the_right_one_is_taken():
    told = {"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}, KEY.as_dict(private=False), "x", {"kty": "RSA"}]}
    from opswheel.interfaces.people.provider import _keys

    found = _keys(told)
    assert isinstance(found, KeySet) and [k.kid for k in found.keys] == ["one"]


def test_what_was_used_is_forgotten_with_the_answers_kept_for_a_day(house):
    come_in(house)
    with house.ledger.read() as connection:
        rows = connection.execute(KEPT_ANSWERS.sql_table().select()).all()
    assert [(r.who, r.status, r.at) for r in rows] == [("", None, house.clock.at)]
