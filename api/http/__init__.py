"""Reads query strings and bodies, writes formats and problems. Contains no SQL."""
