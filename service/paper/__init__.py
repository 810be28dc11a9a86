"""What leaves the house on paper: receipts as PDF/A."""
