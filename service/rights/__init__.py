"""How long records live, and what the people they are about may ask for."""
