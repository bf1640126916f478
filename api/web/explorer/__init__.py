"""The explorer: its page with the first answer, its frames in other pages, and oEmbed."""
