"""Questions with the interpretation that is right, and how many of them a planner gets exactly."""
