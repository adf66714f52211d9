SELECT sku, item_id, 'X' || item_id AS fnsku, 'marketplace' AS fulfillment,
       CASE WHEN fault = 'out' AND {day} >= {today} - age THEN 0
            WHEN fault = 'low' THEN 5 + (pace * 20)::BIGINT
            ELSE 60 + (pace * 360)::BIGINT END AS sellable_units,
       0 AS transfer_units, 0 AS reserved_units, 0 AS unsellable_units, 0 AS inbound_working_units,
       0 AS inbound_shipped_units, 0 AS inbound_receiving_units
FROM catalog
