"""What the desk's figures say: promises kept and missed, what is due, how old the open work is, who has how much."""
