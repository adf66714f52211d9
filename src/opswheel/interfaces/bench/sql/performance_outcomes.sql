-- One outcome for each issue a person closed.
INSERT INTO outcomes (issue_id, version, at, by, kind, tier, resolution, root_cause, minutes, minutes_source, supported,
                      cleared, loss_stopped_per_day, currency, booked_at)
SELECT id, 8, coalesce(fixed_at, closed_at), owner, kind, tier, resolution, root_cause, 5 + id % 30, 'typed', 1,
       10.0 + id % 90, 1.0 + id % 9, 'USD', verified_at
FROM issues WHERE resolution IS NOT NULL
