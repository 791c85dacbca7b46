"""What it looks like: functions from values to Dash components; one file per page, shared parts beside them."""
