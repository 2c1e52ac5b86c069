"""The vendor's pages: the queue in the order in which it is to be worked, and a ticket with all it takes to decide."""
