"""The API. Import from the modules, never from the package."""
