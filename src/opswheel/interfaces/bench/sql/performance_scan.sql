-- The baseline: every event read once.
SELECT event, count(*), min(at), max(at), sum(length(payload)) FROM issue_events GROUP BY event
