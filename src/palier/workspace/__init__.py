"""What people work with besides the tickets themselves: saved views, drafts, canned answers, who is looking, settings."""
