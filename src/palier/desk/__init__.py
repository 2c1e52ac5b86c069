"""The vendor's pages: the queue and the ticket."""
