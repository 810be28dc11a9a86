"""Whole-policy checks: what no single field can know."""
