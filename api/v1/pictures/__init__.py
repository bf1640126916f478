"""Pictures of the views: the question of each, its rows as the API answers them, and the drawing."""
