"""Pages for people, and the addresses outside of a version."""
