"""Every table module, imported once, so that migrations and tests see the whole schema."""

from models.tables import (
    access,
    changes,
    consumers,
    deliveries,
    enterprises,
    knowledge,
    listings,
    measures,
    policies,
    procedures,
    records,
    remedies,
    runs,
    signing,
    trees,
    webhooks,
)

__all__ = [
    "access",
    "changes",
    "consumers",
    "deliveries",
    "enterprises",
    "knowledge",
    "listings",
    "measures",
    "policies",
    "procedures",
    "records",
    "remedies",
    "runs",
    "signing",
    "trees",
    "webhooks",
]
