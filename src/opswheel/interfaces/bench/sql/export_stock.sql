-- A Manage FBA Inventory export of {n} rows.
SELECT 'MUG-' || lpad(i::VARCHAR, 7, '0')       AS sku,
       'X' || lpad(i::VARCHAR, 9, '0')          AS fnsku,
       'B' || lpad(i::VARCHAR, 9, '0')          AS asin,
       'Handmade stoneware café mug no. ' || i  AS "product-name",
       'New'                                    AS condition,
       (10 + i % 40) || '.99'                   AS "your-price",
       'No'                                     AS "mfn-listing-exists",
       'Yes'                                    AS "afn-listing-exists",
       '0.05'                                   AS "per-unit-volume",
       (i % 37)::VARCHAR                        AS units,
       ''                                       AS nothing
FROM range({n}) r(i)
