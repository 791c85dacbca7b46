"""The pages: each fetches what it shows, and one router builds them for the first view and for every tick."""
