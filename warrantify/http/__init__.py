"""What every endpoint shares: envelope and errors, JSON in and out, limits, middleware."""
