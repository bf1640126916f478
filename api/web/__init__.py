"""Pages for people, and the addresses outside `/v1`."""
