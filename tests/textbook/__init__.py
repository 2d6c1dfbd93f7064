"""The numbers of the article."""
