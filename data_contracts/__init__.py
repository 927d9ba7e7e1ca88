"""Words: what a pupil, a mark and a suspension are, and which extracts can be believed."""
