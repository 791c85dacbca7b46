"""Everything that touches data: the store, its write path and fold, one module per question, feeds, demo."""
