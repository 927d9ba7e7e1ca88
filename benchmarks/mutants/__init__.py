"""Small faults put into the source, to see that the tests notice them."""
