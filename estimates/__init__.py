"""Estimates: the amount of a repair, and who approves it (CONTRACT section 9)."""
