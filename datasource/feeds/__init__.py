"""Files from outside: how a file's columns map onto orders and nodes, and how its rows become events."""
