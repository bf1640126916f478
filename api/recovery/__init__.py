"""Rebuild the tables from the change log, and compare two databases."""
