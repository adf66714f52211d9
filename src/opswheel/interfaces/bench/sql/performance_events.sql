-- Ten events for each issue, in the order they happened to it.
INSERT INTO issue_events (issue_id, version, at, event, by, run_id, payload)
WITH RECURSIVE steps(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM steps WHERE v < 10)
SELECT id, v, strftime('%Y-%m-%d %H:%M:%S', detected_at, '+' || ((v - 1) * (1 + id % 9)) || ' hours') || '.000000',
       CASE v WHEN 1 THEN 'opened' WHEN 2 THEN 'assigned' WHEN 3 THEN 'acknowledged' WHEN 4 THEN 'claimed' WHEN 5 THEN 'noted'
              WHEN 6 THEN CASE WHEN id % 20 = 0 THEN 'waiting' ELSE 'noted' END
              WHEN 7 THEN CASE WHEN id % 20 = 0 THEN 'answered' ELSE 'noted' END
              WHEN 8 THEN CASE WHEN id % 10 < 7 THEN 'closed' ELSE 'noted' END
              WHEN 9 THEN CASE WHEN id % 10 < 6 THEN 'absent' ELSE 'noted' END
              ELSE CASE WHEN id % 10 < 6 THEN 'verified' ELSE 'noted' END END,
       CASE WHEN v IN (1, 2, 9, 10) THEN 'opswheel' ELSE 'owner-' || (id % 20) END, NULL,
       CASE v WHEN 6 THEN '{"state": "waiting", "waiting_on": "the supplier", "touched": true}'
              WHEN 8 THEN '{"state": "fixed", "resolution": "fixed", "root_cause": "image", "rank": ' || (id % 50)
                          || ', "passed_over": ' || (id % 4) || ', "minutes": 12.0}'
              ELSE '{"state": "in_progress", "touched": true, "note": "asked about it, and wrote down what they said"}' END
FROM issues CROSS JOIN steps
ORDER BY id, v
