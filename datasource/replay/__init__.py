"""The replay: a recording on a tape, and the store that it is played into."""
