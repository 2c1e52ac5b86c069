"""Services promised beside tickets: who is on call, and who is paged."""
