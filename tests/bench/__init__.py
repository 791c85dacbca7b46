"""Speed, measured: ``make bench`` prints it; no test depends on it."""
