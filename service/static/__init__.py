"""What pages load besides themselves: one style sheet and one mark."""
