"""Everything that answers somebody: browsers, programs, the command line."""
