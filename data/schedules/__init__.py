"""What the service does by itself, and when."""
