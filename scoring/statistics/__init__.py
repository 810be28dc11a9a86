"""What is learned from answers and records afterwards; nothing here reaches a grade."""
