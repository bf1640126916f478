"""API keys, and the first answers to requests that are sent again."""
