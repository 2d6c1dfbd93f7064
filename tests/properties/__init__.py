"""Laws that must hold for any input, checked on what hypothesis makes up."""
