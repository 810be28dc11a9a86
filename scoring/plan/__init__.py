"""The plan: a published policy becomes one relational expression over a relation of questions. Pure; runs nothing."""
