"""Read the words of a figure as a number with bounds. The importer and `/v1/check` use it."""
