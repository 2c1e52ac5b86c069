"""The customer's pages: what is open, a new request that says beforehand what will happen, a request and its clock."""
