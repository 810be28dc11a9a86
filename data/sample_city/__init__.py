"""An invented city of enterprises and their records: seeded, of any size, and marked as a sample in every name."""
