"""Issues that are one problem, put together over the network."""

from __future__ import annotations

from .kit import problem


def test_issues_are_one_row_until_somebody_takes_them_apart(house):
    api = house.api(house.user("kim", "operator"))
    rows = {i["id"]: i for i in api.get("/queue?limit=200").json()["issues"]}
    one, two = [i for i, row in rows.items() if row["lane"] == "queue"][:2]
    made = api.post("/incident", {"ids": [one, two], "title": "a bad template"}).json()
    assert (made["title"], made["issues"]) == ("a bad template", sorted([one, two]))
    assert two not in [i["id"] for i in api.get("/queue?limit=200").json()["issues"]]
    problem(api.post("/incident", {"ids": [one, two], "title": "again"}), 409, "conflict")
    apart = api.post("/incident/apart", {"id": two}).json()
    assert apart["issues"] == sorted([one, two])
    assert two in [i["id"] for i in api.get("/queue?limit=200").json()["issues"]]
