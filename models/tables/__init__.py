"""The tables, one module per aggregate; `base` holds the constraint naming convention."""
