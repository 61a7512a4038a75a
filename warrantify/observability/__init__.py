"""Log lines, the access line of each request, and metrics."""
