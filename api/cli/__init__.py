"""Commands for the database itself, one file for each. `wsgi.py` adds them to the application."""
