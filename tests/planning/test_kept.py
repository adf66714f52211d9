"""A choice comes back from the ledger as it was made, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from opswheel.core.contracts import FORECAST_MODELS
from opswheel.planning import kept
from opswheel.planning.combine import Weights
from opswheel.planning.forecast import Choice
from opswheel.planning.intervals import GRID, STRETCHES, Spread
from opswheel.planning.models import NAMES
from opswheel.planning.segments import SEGMENTS

HERE = ("main", "amazon:US")
AT = datetime(2026, 3, 2, 16)


def choice(seed):
    rng = np.random.default_rng(seed)
    shape = (len(SEGMENTS), len(STRETCHES))
    levels = np.broadcast_to(GRID ** rng.uniform(0.8, 1.2), (*shape, len(GRID))).copy()
    weights = Weights(rng.dirichlet(np.ones(len(NAMES)), len(SEGMENTS)), 0.5)
    evidence = ({"segment": "fast", "items": 9, "origins": 3, "bias": 0.01, "error": 0.7, "rivals": {"pooled": 0.8}},)
    return Choice(weights, Spread(rng.random(shape), levels, np.zeros(shape)), evidence, 3)


def test_the_newest_choice_of_a_channel_is_the_one_used(ledger):
    first, last, other = choice(1), choice(2), choice(3)
    with ledger.write() as connection:
        for place, one, at in ((HERE, first, AT - timedelta(days=7)), (HERE, last, AT), (("main", "x:UK"), other, AT)):
            connection.execute(sa.insert(FORECAST_MODELS.sql_table()), kept.model_rows(place, one, at))
    with ledger.read() as connection:
        at, found = kept.last_choice(connection, HERE)
        assert kept.last_choice(connection, ("main", "nowhere")) is None
    assert at == AT
    assert found.weights.by_segment == pytest.approx(last.weights.by_segment, abs=1e-5)
    assert found.weights.yearly == 0.5
    assert found.spread.v == pytest.approx(last.spread.v, abs=1e-5)
    assert found.spread.levels == pytest.approx(last.spread.levels, abs=5e-3)


def test_a_choice_says_its_error_beside_the_best_model_alone(ledger):
    with ledger.write() as connection:
        connection.execute(sa.insert(FORECAST_MODELS.sql_table()), kept.model_rows(HERE, choice(1), AT))
        rows = {r.segment: r for r in connection.execute(sa.select(FORECAST_MODELS.sql_table()))}
    assert (rows["fast"].error, rows["fast"].best_alone, rows["fast"].source) == (0.7, 0.8, "back-test")
    assert rows["rare"].items == 0
