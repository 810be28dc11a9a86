"""Shipped procedures: one YAML per list, each version with its clause."""
