"""The demo shop: a seeded simulation of a distributor, with a past and then a life in real time."""
