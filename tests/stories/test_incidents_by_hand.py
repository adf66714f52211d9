"""Several issues people know to be one problem are one row, morning after morning, until somebody takes them apart."""

from __future__ import annotations

import pytest

from opswheel.interfaces.answers.incidents import make_incident, take_apart
from opswheel.wheel.writing import RunWriter

from .seller import Seller, at, refusal

SKUS = ("BOWL", "CUP", "JUG", "PLATE")
OFF = SKUS[:3]


@pytest.fixture(scope="module")
def began(tmp_path_factory):
    """Three listings off, too few for a burst: three rows, of which nobody but a person knows that they are one."""
    seller = Seller(tmp_path_factory.mktemp("hand") / "shop")
    seller.load(seller.sales(-40, -2, skus=SKUS), seller.listings(0, skus=SKUS))
    seller.run()
    morning(seller, 1)
    return seller


@pytest.fixture
def seller(began, tmp_path):
    return began.copy(tmp_path / "shop")


def morning(seller, n, off=OFF):
    seller.now = at(n)
    seller.load(seller.listings(n, off, skus=SKUS))
    return seller.run()


def together(seller, *numbers, title="the feed lost its images", by="ines"):
    seller._tick()
    return make_incident(seller.workspace, numbers, title, by)


def shown(seller):
    """(issue, incident, how many it stands for) of each row."""
    return [(r["id"], r["incident"], r["incident_issues"]) for r in seller.queue()["issues"]]


def test_what_people_put_together_is_one_row_at_once_and_after_every_run(seller):
    assert shown(seller) == [(1, None, None), (2, None, None), (3, None, None)]
    made = together(seller, 1, 3)
    assert (made["incident"], made["issues"]) == (1, [1, 3])
    assert shown(seller) == [(1, 1, 2), (2, None, None)]
    assert [r["id"] for r in seller.queue(incident=1)["issues"]] == [1, 3]
    assert seller.events(1)[-1] == seller.events(3)[-1] == "joined"
    alone = seller.why(2)["parts"][0]["value"]
    for n in (2, 3):
        morning(seller, n)
        assert shown(seller) == [(1, 1, 2), (2, None, None)]
        assert [r["id"] for r in seller.queue(incident=1)["issues"]] == [1, 3]
    assert seller.why(1)["parts"][0]["value"] == pytest.approx(2 * alone, rel=0.05)  # it ranks by the money of both


def test_a_morning_with_an_incident_made_by_hand_is_a_replay_of_itself(seller):
    together(seller, 1, 3)
    morning(seller, 2)
    take_apart(seller.workspace, 1, "ines")
    morning(seller, 3)
    kept = ("sku", "incident_id", "incident_issues", "folded", "inhibited_by", "rank")
    told = [tuple(r[k] for k in kept) for r in seller.run(at(2)).rows]
    assert told == [tuple(r[k] for k in kept) for r in seller.recorded(3)]
    assert [r[1] for r in told if r[0] != "CUP"] == [1, 1]


def test_it_can_be_taken_apart_and_stays_so(seller):
    together(seller, 1, 2, 3)
    morning(seller, 2)
    assert shown(seller) == [(1, 1, 3)]
    seller._tick()
    assert take_apart(seller.workspace, 3, "olga")["issues"] == [1, 2, 3]
    assert sorted(shown(seller)) == [(1, None, None), (2, None, None), (3, None, None)]
    morning(seller, 3)
    assert sorted(shown(seller)) == [(1, None, None), (2, None, None), (3, None, None)]
    assert [e for e in seller.events(2) if e in ("joined", "left")] == ["joined", "left"]
    assert refusal(lambda: take_apart(seller.workspace, 2, "olga")).startswith("Issue 2 is in no incident")


def test_one_that_healed_leaves_the_others_together_and_the_last_one_stands_for_itself(seller):
    together(seller, 1, 2, 3)
    for n in (2, 3):
        morning(seller, n, OFF[1:])
    assert shown(seller) == [(2, 1, 2)]
    for n in (4, 5):
        morning(seller, n, OFF[2:])
    assert shown(seller) == [(3, None, None)]


def test_whoever_acts_while_a_run_is_at_work_is_not_overruled_by_it(seller, monkeypatch):
    finish = RunWriter.finish

    def meanwhile(act):
        def first(self, summary):
            act()
            finish(self, summary)

        monkeypatch.setattr(RunWriter, "finish", first)

    meanwhile(lambda: together(seller, 1, 3))
    morning(seller, 2)
    assert shown(seller) == [(1, 1, 2), (2, None, None)]
    meanwhile(lambda: take_apart(seller.workspace, 1, "ines"))
    morning(seller, 3)
    assert sorted(shown(seller)) == [(1, None, None), (2, None, None), (3, None, None)]
    monkeypatch.setattr(RunWriter, "finish", finish)
    morning(seller, 4)
    assert sorted(shown(seller)) == [(1, None, None), (2, None, None), (3, None, None)]


@pytest.mark.parametrize(
    ("numbers", "title", "said"),
    [
        ((1,), "x", "One issue alone is no incident."),
        ((1, 1), "x", "One issue alone is no incident."),
        ((1, 2), "  ", "What do they have in common?"),
        ((1, 2), "x" * 121, "The name has 121 characters."),
        ((1, 99), "x", "There is no issue 99."),
    ],
    ids=["one", "one said twice", "no name", "a name like a letter", "none of that number"],
)
def test_what_makes_no_incident_is_refused_with_a_sentence(seller, numbers, title, said):
    assert refusal(lambda: together(seller, *numbers, title=title)).startswith(said)
    assert {i for _, i, _ in shown(seller)} == {None}


def test_an_issue_is_in_one_incident_and_an_ended_one_in_none(seller):
    together(seller, 1, 2)
    assert refusal(lambda: together(seller, 3, 2)).startswith("Issue 2 belongs to incident 1 already.")
    seller.close(3, root_cause="feed_fault", minutes=5.0)
    take_apart(seller.workspace, 1, "ines")
    assert refusal(lambda: together(seller, 1, 3)).startswith("Issue 3 is fixed already.")
    assert seller.events(1)[-1] == "left"  # all or none


def test_a_burst_a_run_found_is_neither_joined_nor_taken_apart(tmp_path):
    many = tuple(f"MUG{n}" for n in range(8))
    seller = Seller(tmp_path / "shop")
    seller.load(seller.sales(-40, -2, skus=many), seller.listings(0, skus=many))
    seller.run()
    seller.now = at(1)
    seller.load(seller.listings(1, many[:5], skus=many))
    seller.run()
    assert refusal(lambda: together(seller, 1, 2)).startswith("Issue 1 belongs to incident 1 already.")
    assert refusal(lambda: take_apart(seller.workspace, 1, "ines")).startswith("Incident 1 was found by a run")
