"""Rules on telling an enterprise before others are told."""
