"""From a flag to help: views, decisions, supports, reviews, notes and a pupil's own words."""
