"""The nouns of the house: identifiers, records, policies, results, listings, changes, and the tables that keep them."""
