"""Real processes of the sample shop's releases that read and write customers all the time."""
