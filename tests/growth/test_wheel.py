"""A wheel that cannot be computed with is refused in a sentence; one that can gives the matrices all else rests on."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth.wheel import Link, Node, Wheel


def node(name, **told):
    return Node(name, name.title(), **({"measure": "counted"} | told))


def shop(*links, nodes=("ads", "traffic", "sales"), **told):
    return Wheel("shop", "week", "sales", tuple(node(name) for name in nodes), links, **told)


ADS = Link("ads", "traffic", mean=0.12, sd=0.06)
TRAFFIC = Link("traffic", "sales", kind="identity", mean=1.0)
BUDGET = Link("sales", "ads", kind="policy", mean=0.2, sd=0.1, lag_periods=1)


def test_a_sound_wheel_is_let_through():
    assert shop(ADS, TRAFFIC, BUDGET).validate().names == ("ads", "traffic", "sales")


@pytest.mark.parametrize(
    ("links", "sentence"),
    [
        pytest.param(
            (ADS, TRAFFIC, Link("trafic", "sales", mean=0.1, sd=0.1)),
            "names a driver 'trafic' that is not there (did you mean 'traffic'?). Its drivers are: ads, traffic",
            id="a typo in a link names the driver that was meant",
        ),
        pytest.param(
            (ADS, TRAFFIC, Link("sales", "ads", mean=0.2, sd=0.1)),
            "within the same week and run in a circle: ads -> traffic -> sales -> ads. Give one of them a lag",
            id="causes that close a circle within one week",
        ),
        pytest.param((ADS, ADS, TRAFFIC), "The link ads -> traffic is there 2 times.", id="a link told twice"),
        pytest.param((TRAFFIC,), "Nothing leads to or from the driver ads. Link it", id="a driver nobody uses"),
        pytest.param(
            (ADS, TRAFFIC, Link("sales", "ads", kind="policy", mean=0.2, sd=0.1, lag_periods=0)),
            "answers within the same period: which moved first cannot be told.",
            id="an ad budget set from the same week's sales",
        ),
        pytest.param(
            (Link("ads", "traffic", mean=0.12, sd=0.06, sign=-1), TRAFFIC),
            "has the sign -1 and the mean +0.12.",
            id="a sign against its mean",
        ),
        pytest.param((Link("ads", "traffic", sd=0.06), TRAFFIC), "has no sign.", id="neither sign nor mean"),
        pytest.param((Link("ads", "traffic", mean=0.1), TRAFFIC), "to be learned and has no spread", id="no spread"),
        pytest.param(
            (ADS, Link("traffic", "sales", kind="identity", mean=1.0, sd=0.1)),
            "is fixed (identity) and yet uncertain.",
            id="accounting that is uncertain",
        ),
        pytest.param((Link("ads", "ads", mean=0.4, sd=0.1), TRAFFIC), "leads back to itself", id="a link to itself"),
        pytest.param(
            (Link("ads", "traffic", mean=0.1, sd=0.1, lag_periods=-1), TRAFFIC),
            "has a lag of -1",
            id="effect before cause",
        ),
        pytest.param(
            (Link("ads", "traffic", kind="polcy", mean=0.1, sd=0.1), TRAFFIC),  # type: ignore[arg-type]
            "has the kind 'polcy' (did you mean 'policy'?)",
            id="a kind that is none",
        ),
    ],
)
def test_a_wheel_that_cannot_be_meant_says_what_is_wrong_and_what_to_do(links, sentence):
    with pytest.raises(BadWheel) as refused:
        shop(*links).validate()
    assert sentence in str(refused.value)
    assert refused.value.next_step


def test_a_same_week_rule_is_let_through_when_it_says_how_far_data_may_mislead():
    shop(
        Link("sales", "ads", kind="policy", mean=0.2, sd=0.1, tau=0.1),
        TRAFFIC,
        Link("ads", "traffic", mean=0.1, sd=0.1, lag_periods=1),
    ).validate()


@pytest.mark.parametrize(
    ("driver", "sentence"),
    [
        (node("ads", own_mean=1.0, own_sd=0.1), "cannot keep 1 (sd 0.1) of its own past."),
        (node("ads", own_mean=0.9, own_sd=0.1, own_fixed=True), "is fixed and yet uncertain."),
        (node("ads", measure=None), "needs either what measures it or why nothing does."),
        (node("ads", unmeasured="nothing does"), "needs either what measures it or why nothing does."),
    ],
)
def test_a_driver_says_what_measures_it_and_forgets_at_least_a_little(driver, sentence):
    wheel = Wheel("shop", "week", "sales", (driver, node("traffic"), node("sales")), (ADS, TRAFFIC))
    with pytest.raises(BadWheel, match=None) as refused:
        wheel.validate()
    assert sentence in str(refused.value)


def test_matrices_put_each_effect_at_its_delay_and_persistence_on_the_diagonal():
    wheel = Wheel(
        "shop",
        "week",
        "sales",
        (node("ads", own_mean=0.4, own_sd=0.2), node("traffic"), node("sales")),
        (ADS, TRAFFIC, BUDGET),
    )
    at = wheel.coefficients()
    assert sorted(at) == [0, 1]
    assert at[0].tolist() == [[0, 0, 0], [0.12, 0, 0], [0, 1, 0]]
    assert at[1].tolist() == [[0.4, 0, 0.2], [0, 0, 0], [0, 0, 0]]


def test_draws_give_one_matrix_each_and_leave_other_links_at_their_prior():
    wheel = shop(ADS, TRAFFIC, BUDGET)
    at = wheel.coefficients({("ads", "traffic"): np.array([0.1, 0.2, 0.3])})
    assert at[0].shape == (3, 3, 3)
    assert at[0][:, 1, 0].tolist() == [0.1, 0.2, 0.3]
    assert at[0][:, 2, 1].tolist() == [1, 1, 1]
    with pytest.raises(BadWheel, match="no link ads -> sales"):
        wheel.coefficients({("ads", "sales"): 1.0})


def test_links_are_added_changed_and_taken_out_without_touching_the_wheel_they_came_from():
    wheel = shop(ADS, TRAFFIC)
    richer = wheel.add_link(BUDGET)
    assert [link.key for link in richer.links_into("ads")] == [("sales", "ads")]
    assert richer.change_link("sales", "ads", lag_periods=2).link("sales", "ads").lag_periods == 2
    assert richer.without(("sales", "ads")) == wheel
    with pytest.raises(BadWheel, match="2 times"):
        wheel.add_link(ADS)
    with pytest.raises(BadWheel, match="Into sales leads: traffic"):
        wheel.link("ads", "sales")
    with pytest.raises(BadWheel, match="did you mean 'sales'"):
        wheel.node("sale")
