-- The bare read: every column as text, nothing checked, straight to Parquet.
COPY (
    FROM read_csv({source}, delim = '	', quote = '', escape = '', header = true, auto_detect = false, columns = {columns})
) TO {target} (FORMAT parquet, COMPRESSION zstd)
