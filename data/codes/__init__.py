"""Code tables of national standards, kept as small data files: regions, industries."""
