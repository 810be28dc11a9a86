"""Where a plan runs: PostgreSQL for one to some thousands, DuckDB for the whole city; behind one small protocol."""
