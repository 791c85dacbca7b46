"""What the product knows: the lifeline, its visits and their numbers. Pure: no I/O, no SQL, no Dash, no clock."""
