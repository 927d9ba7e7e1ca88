"""One module per kind of page: what it shows is declared as a dataclass beside its routes."""
