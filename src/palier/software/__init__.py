"""Known defects of the vendor's software: what deviates, in which versions, the way round it, and the patch that fixes it."""
