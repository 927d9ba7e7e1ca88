"""What is said about every suggested pupil at every exit, checked; and each check proved by a fault it finds."""
