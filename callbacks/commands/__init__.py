"""The commands of ``lifeline``; ``app.py`` puts them together."""
