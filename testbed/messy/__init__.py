"""Messy extracts whose truth is known: layouts, what real exports do to them, and the judge of each file."""
