"""Pictures of the views: plain rows in, SVG text out, and PNG from SVG."""
