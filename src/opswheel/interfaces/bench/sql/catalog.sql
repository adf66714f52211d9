-- One row per listing: how it sells, and what is wrong with it since how many days. All follows from its number.
SELECT 'SKU-' || lpad(i::VARCHAR, 7, '0')                        AS sku,
       'B' || lpad(i::VARCHAR, 9, '0')                           AS item_id,
       'Category ' || (hash(i, 1) % 12)::VARCHAR                 AS category,
       500 + (hash(i, 2) % 9500)::BIGINT                         AS price_minor,
       exp(-3.0 + 4.5 * ((hash(i, 3) % 10000) / 10000.0))        AS pace,
       CASE WHEN hash(i, 4) % 10000 < 200 THEN 'off'
            WHEN hash(i, 4) % 10000 < 350 THEN 'out'
            WHEN hash(i, 4) % 10000 < 420 THEN 'hidden'
            WHEN hash(i, 4) % 10000 < 475 THEN 'lost'
            WHEN hash(i, 4) % 10000 < 500 THEN 'slip'
            WHEN hash(i, 4) % 10000 < 520 THEN 'low'
            ELSE 'fine' END                                      AS fault,
       1 + (hash(i, 5) % 10)::INT                                AS age
FROM range({n}) r(i)
