"""Schemas of mappings."""
