"""What takes long: ``make soak`` runs it whole, the test suite a short form."""
