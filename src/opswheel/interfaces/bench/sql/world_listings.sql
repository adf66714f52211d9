SELECT sku, item_id, 'Title of ' || sku AS title, 'Brand' AS brand, category, 'new' AS condition,
       CASE WHEN fault = 'off' AND {day} >= {today} - age THEN 'inactive' ELSE 'active' END AS status,
       'marketplace' AS fulfillment,
       CASE WHEN fault = 'slip' AND {day} >= {today} - age THEN price_minor // 10 ELSE price_minor END AS price_minor,
       'USD' AS currency, NULL AS quantity_units, DATE '2025-01-01' AS opened_on
FROM catalog
