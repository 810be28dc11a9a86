"""Every table module, imported once, so that migrations and tests see the whole schema."""

from models.tables import (access, changes, deliveries, enterprises, knowledge, listings, measures, policies, procedures, records, remedies, runs, signing, trees)

__all__ = ["access", "changes", "deliveries", "enterprises", "knowledge", "listings", "measures", "policies", "procedures", "records", "remedies", "runs", "signing", "trees"]
