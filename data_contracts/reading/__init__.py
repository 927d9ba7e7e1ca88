"""Reading extracts: from a file's bytes to a canonical table, with the evidence for every step."""
