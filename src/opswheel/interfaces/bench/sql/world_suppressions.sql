SELECT sku, item_id, 'Title of ' || sku AS title,
       CASE WHEN fault = 'hidden' THEN 'search_suppressed' ELSE 'suppressed' END AS state,
       'Missing info' AS reason, 'A required value is missing.' AS issue_text, {today} - age AS since_day
FROM catalog
WHERE (fault = 'hidden' OR (fault = 'off' AND hash(sku) % 2 = 0)) AND {day} >= {today} - age
