"""Schemas of statistics."""
