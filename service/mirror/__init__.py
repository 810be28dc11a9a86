"""A consumer of the feed that stands alone: it needs `models`, one HTTP client and one signature library, and nothing else of the house."""
