"""Commands about the database itself, one file each; attached in `wsgi.py`."""
