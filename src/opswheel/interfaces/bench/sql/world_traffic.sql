SELECT item_id, NULL AS sku, item_id AS parent_id, 'child' AS level, {day} AS from_day, {day} AS to_day,
       views AS sessions, views AS page_views, (views * share * 100)::BIGINT AS featured_view_hundredths,
       units, units * price_minor AS sales_minor, 'USD' AS currency
FROM (
    SELECT *,
           40 + (pace * 20)::BIGINT + (hash(sku, {seed}) % 7)::BIGINT AS views,
           CASE WHEN fault = 'lost' AND bad THEN 0.3 ELSE 0.96 END AS share,
           (pace * CASE WHEN bad AND fault IN ('off', 'out') THEN 0 WHEN bad AND fault = 'hidden' THEN 0.4 ELSE 1 END
            + (hash(sku, {seed}, 7) % 1000) / 1000.0)::BIGINT AS units
    FROM (SELECT *, {day} >= {today} - age AS bad FROM catalog)
)
