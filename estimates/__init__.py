"""Estimates: the amount of a repair, and who approves it (docs/contract.md section 9)."""
