"""Webhooks: registered addresses, and signed messages about changes that are sent to them."""
