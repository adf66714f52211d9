-- An All Listings export of {n} rows; accents, so that the encoding matters.
SELECT 'Handmade stoneware café mug no. ' || i || ', 350 ml, glazed by hand' AS "item-name",
       '0711' || lpad(i::VARCHAR, 9, '0')                                  AS "listing-id",
       'MUG-' || lpad(i::VARCHAR, 7, '0')                                  AS "seller-sku",
       (10 + i % 40) || '.99'                                              AS price,
       (i % 500)::VARCHAR                                                  AS quantity,
       '2022-07-11T01:34:18-07:00'                                         AS "open-date",
       'y'                                                                 AS "item-is-marketplace",
       '1'                                                                 AS "product-id-type",
       '11'                                                                AS "item-condition",
       'B' || lpad(i::VARCHAR, 9, '0')                                     AS asin1,
       'B' || lpad(i::VARCHAR, 9, '0')                                     AS "product-id",
       '0'                                                                 AS "pending-quantity",
       CASE WHEN i % 2 = 0 THEN 'DEFAULT' ELSE 'AMAZON_NA' END             AS "fulfillment-channel",
       'Migrated Template'                                                 AS "merchant-shipping-group",
       CASE WHEN i % 20 = 0 THEN 'Inactive' ELSE 'Active' END              AS status,
       ''                                                                  AS nothing
FROM range({n}) r(i)
