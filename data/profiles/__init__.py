"""Profiles as data, one YAML file per table layout; `examples/` holds an invented file for each."""
