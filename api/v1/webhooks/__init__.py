"""Webhooks of version 1: registering them, and the changes that they are about."""
