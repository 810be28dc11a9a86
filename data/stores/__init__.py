"""All SQL over our own tables, one module per aggregate."""
