"""The ledger: what each customer was granted, reserved and used of every allowance, in chains nobody can quietly rewrite."""
