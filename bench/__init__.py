"""How the figures of docs/performance.md are made."""
