"""The database: the only room where SQL is written. Rows, queries, migrations, row-level security."""
