"""The demonstration: five vendors with customers, people and tickets of the last weeks."""
