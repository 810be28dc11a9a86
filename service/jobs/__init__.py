"""What the service does by itself, beside what it is asked."""
