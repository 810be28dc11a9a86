"""Targets of the city and delays of law for those who deliver, kept as data files."""
