"""A tiny site for drills of servers: quick, slow and streamed answers, health and drain."""
