"""The file to upload over the network: its whole text, recorded on the issues, and never a row of others' accounts."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from opswheel.visibility.arrival import Stated
from opswheel.wheel.loading import Said

from ...stories.seller import Seller, at
from .kit import fresh_key, opened, problem

SKUS = ("CUP", "JUG")


@pytest.fixture(scope="module")
def slipped(tmp_path_factory):
    """The same cup under two accounts; in both its price slips from 20.00 to 2.00 in one night."""
    seller = Seller(tmp_path_factory.mktemp("two") / "shop")

    def load(*paths):
        for account in ("main", "other"):
            said = Said(account=account, days=Stated(), by="ines")
            assert {r.error for r in seller.workspace.loader().load(paths, said)} == {None}

    seller._tick()
    load(seller.sales(-40, -2, skus=SKUS), seller.listings(0, skus=SKUS), seller.stock(0, skus=SKUS))
    seller.now = at(1)
    seller._tick()
    load(seller.listings(1, skus=SKUS, prices={"CUP": 2.0}))
    seller.run()
    seller.workspace.ledger.close()
    return seller.folder


@pytest.fixture
def house(slipped, tmp_path):
    shutil.copytree(slipped, tmp_path / "shop")
    house = opened(tmp_path / "shop", at(1))
    house.user("boss", "admin")
    yield house
    house.ledger.close()


@pytest.fixture
def boss(house):
    return house.api("boss")


@pytest.fixture
def tom(house):
    return house.api(house.user("tom", "operator", "other"))


def of(api, kind):
    """The issues of a kind by account."""
    return {i["account"]: i["id"] for i in api.get(f"/queue?kind={kind}&limit=500").json()["issues"]}


def packed(api, number):
    return [e for e in api.get(f"/issues/{number}").json()["events"] if e["event"] == "packed"]


def test_the_answer_is_the_file_and_each_issue_tells_it_was_made(house, boss):
    number = of(boss, "price_too_low")["main"]
    found = boss.post("/fixpack", {"kind": "price_too_low", "account": "main"})
    assert found.status_code == 200, found.text
    told = found.json()
    assert (told["pack"], told["issues"], told["rows"]) == ("amazon_prices", [number], 1)
    assert told["text"].splitlines()[1].split("\t")[:2] == ["CUP", "20.00"]
    assert told["checksum"] == hashlib.sha256(told["text"].encode()).hexdigest()
    assert told["file"] == "amazon_prices-amazon-US.txt"
    [event] = packed(boss, number)
    assert (event["by"], event["detail"]["file"]) == ("boss", told["file"])
    assert [(r.who, r.subject) for r in house.log("fixpack")] == [("boss", "kind/price_too_low")]


def test_a_file_asked_for_twice_with_one_key_is_made_once(boss):
    number = of(boss, "price_too_low")["main"]
    key = {"Idempotency-Key": fresh_key()}
    first, again = (boss.post("/fixpack", {"issues": [number]}, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert len(packed(boss, number)) == 1


def test_who_sees_one_account_gets_its_rows_only(boss, tom):
    numbers = of(boss, "price_too_low")
    assert set(numbers) == {"main", "other"}
    told = problem(boss.post("/fixpack", {"kind": "price_too_low"}), 400, "wrong_use")
    assert "one account and channel" in told["detail"]
    found = tom.post("/fixpack", {"kind": "price_too_low"}).json()
    assert (found["account"], found["issues"]) == ("other", [numbers["other"]])
    problem(tom.post("/fixpack", {"issues": [numbers["main"]]}), 404, "not_found")
    problem(tom.post("/fixpack", {"issues": [numbers["other"], numbers["main"]]}), 404, "not_found")
    problem(tom.post("/fixpack", {"kind": "price_too_low", "account": "main"}), 403, "not_allowed")
    assert packed(boss, numbers["main"]) == []


def test_who_sees_several_accounts_says_which(house):
    both = house.api(house.user("uma", "operator", "main", "other"))
    told = problem(both.post("/fixpack", {"kind": "price_too_low"}), 422, "bad_request")
    assert "main, other" in told["next_step"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "bad_request"),
        ({"kind": "price_too_low", "issues": [1]}, 422, "bad_request"),
        ({"kind": "no_such_kind"}, 404, "not_found"),
        ({"issues": [99999]}, 404, "not_found"),
        ({"kind": "price_too_low", "account": "main", "pack": "no_such_pack"}, 400, "wrong_use"),
    ],
)
def test_what_no_file_can_be_made_of_gets_a_reason_and_leaves_no_trace(house, boss, body, status, code):
    problem(boss.post("/fixpack", body), status, code)
    assert house.log("fixpack") == []


def test_a_viewer_makes_no_file(house):
    problem(house.api(house.user("ada", "viewer")).post("/fixpack", {"kind": "price_too_low"}), 403, "not_allowed")
