"""The numbers of the textbook, one test each."""
