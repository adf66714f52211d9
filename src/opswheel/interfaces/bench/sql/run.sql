-- One pass over the daily rows that aggregates, per item, the columns a run reads of them.
SELECT account,
       channel,
       item_id,
       sum(units)                    AS units,
       sum(sales_minor)              AS sales_minor,
       sum(page_views)               AS page_views,
       sum(featured_view_hundredths) AS featured_view_hundredths,
       max(from_day)                 AS last_day
FROM daily
GROUP BY account, channel, item_id
