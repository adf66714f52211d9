"""Where tables live: the lake (immutable Parquet, named by a manifest) and the ledger (SQL)."""
