"""What a panel looks for in the months after each of its days, kept as a data file."""
