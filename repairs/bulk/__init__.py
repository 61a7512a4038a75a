"""One upload of many orders, from the form to the summary mail."""
