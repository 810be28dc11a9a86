"""Readers of delivered files: CSV, XLSX, JSON Lines and Parquet as one stream of rows, whatever the file's size."""
