"""How the figures of docs/developers/performance.md are made."""
