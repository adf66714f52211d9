-- {n} issues spread over 365 days up to {end}: three in five fixed and verified, one in ten closed otherwise, the rest open.
INSERT INTO issues (id, fingerprint, episode, kind, account, channel, subject_type, subject_key, sku, state, version, owner,
                    route, touched, first_action_at, opened_run, detected_at, onset_day, last_good_day, category, tier,
                    inherited, repeat_of, fixed_at, verified_at, closed_at, resolution, root_cause, muted)
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {n}),
     dated AS (SELECT i, 1 + (i * 365) / ({n} + 1) AS run, i % 12 AS k, i % 10 AS fate, (i * 7919) % 200 AS hours FROM numbers),
     timed AS (SELECT *, datetime('{start}', '+' || run || ' days') AS found FROM dated)
SELECT i, 'k1:kind-' || k || ':listing:' || i, 1, 'kind-' || k, 'main', CASE i % 3 WHEN 0 THEN 'amazon:US' ELSE 'amazon:UK' END,
       'listing', 'L' || i, 'S' || i,
       CASE WHEN fate < 6 THEN 'verified' WHEN fate = 6 THEN 'closed' ELSE 'in_progress' END, 10, 'owner-' || (i % 20),
       'route', 1, datetime(found, '+' || (hours / 4) || ' hours') || '.000000', run, found || '.000000',
       date(found, '-1 days'), date(found, '-2 days'), 'Category ' || (i % 30), 1 + i % 3, 0,
       CASE WHEN i % 9 = 0 AND i > 60 * ({n} / 365) THEN ((i - 60 * ({n} / 365)) / 10) * 10 + 1 END,
       CASE WHEN fate < 6 THEN datetime(found, '+' || hours || ' hours') || '.000000' END,
       CASE WHEN fate < 6 THEN datetime(found, '+' || (hours + 72) || ' hours') || '.000000' END,
       CASE WHEN fate < 6 THEN datetime(found, '+' || (hours + 72) || ' hours') || '.000000'
            WHEN fate = 6 THEN datetime(found, '+' || hours || ' hours') || '.000000' END,
       CASE WHEN fate < 6 THEN 'fixed' WHEN fate = 6 THEN 'accepted_risk' END,
       CASE WHEN fate < 7 THEN 'image' END, 0
FROM timed
